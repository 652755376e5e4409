// Uses the pages of `cargo local` in a browser, by mouse and keyboard alone, as somebody would who has just found them.
//
//   node .ci/browser/newcomer.mjs [the built program; target/debug/local if none is named]
//
// Needs Node 20, Debian's chromium, and `npm ci` in this folder. Starts a shop of its own, in memory, on port 9200. The
// stories are in stories/.

import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { chromium } from "playwright-core";
import { START, Shop } from "./shop.mjs";
import { account } from "./stories/account.mjs";
import { newcomer } from "./stories/newcomer.mjs";
import { onThePhone } from "./stories/phone.mjs";
import { previews } from "./stories/previews.mjs";
import { blocked, held, secondProof } from "./stories/refusals.mjs";
import { SCREENSHOTS, Visitor } from "./visitor.mjs";

const CHROMIUM = "/usr/bin/chromium";
const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

// Milliseconds. All stories, with a debug build on a busy machine.
const EVERYTHING = 480_000;

const DESKTOP = { width: 1200, height: 900 };
const PHONE = { width: 390, height: 800 };

const STORIES = [
  ["newcomer", DESKTOP, newcomer],
  ["account", DESKTOP, account],
  ["second-proof", DESKTOP, secondProof],
  ["held", DESKTOP, held],
  ["blocked", DESKTOP, blocked],
  ["phone", PHONE, onThePhone],
  ["previews", PHONE, previews],
];

let passed = 0;
let failed = 0;

/** Ends a story whose later steps have nothing to begin with. */
class Stop extends Error {}

async function tell(browser, [name, viewport, story]) {
  console.log(`\n${name}`);
  const visitor = await Visitor.arrive(browser, viewport);
  const step = async (title, work) => {
    try {
      await work();
    } catch (error) {
      failed += 1;
      console.log(`  FAILED  ${title}\n      ${(error.stack ?? `${error}`).replaceAll("\n", "\n      ")}`);
      await visitor.photograph(`${name}-${failed}`);
      throw new Stop();
    }
    passed += 1;
    console.log(`  ok      ${title}`);
  };

  try {
    await story(visitor, step);
    await step("the console is clean, and no other host was asked", async () => {
      const faults = visitor.faults.splice(0);
      assert.deepEqual([...visitor.strangers], []);
      assert.deepEqual(faults, visitor.refusals);
    });
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    const unexpected = visitor.faults.filter((fault) => !visitor.refusals.includes(fault));
    if (unexpected.length) console.log(`      The console said: ${unexpected.join("; ")}`);
  } finally {
    await visitor.context.close();
  }
}

async function run(shop) {
  await rm(SCREENSHOTS, { recursive: true, force: true });
  await shop.start();
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS, timeout: START });
  try {
    for (const story of STORIES) await tell(browser, story);
  } finally {
    await browser.close();
  }
}

const shop = new Shop();
// Whatever happens, the shop ends with this program. Playwright ends the browser likewise.
process.on("exit", () => shop.child?.kill("SIGKILL"));
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => process.exit(1));

const tooLong = setTimeout(() => {
  console.log(`\nFAILED: not done after ${EVERYTHING / 1000} s`);
  report(1);
  process.exit(1);
}, EVERYTHING);

function report(more) {
  failed += more;
  const end = shop.output.trimEnd().split("\n").slice(-40).join("\n");
  if (failed) console.log(`\nThe end of what the shop said:\n${end}`);
  console.log(`\n${passed} passed, ${failed} failed`);
}

let broken = 0;
try {
  await run(shop);
} catch (error) {
  broken = 1;
  console.log(`\nFAILED: ${error.stack ?? error}`);
}
await shop.end();
clearTimeout(tooLong);
report(broken);
process.exitCode = failed ? 1 : 0;
