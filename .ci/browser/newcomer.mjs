// Uses the pages of `cargo local` in a browser, by mouse and keyboard alone, as somebody would who has just found them.
//
//   node .ci/browser/newcomer.mjs [the built program; target/debug/local if none is named]
//
// Needs Node 20, Debian's chromium, and `npm ci` in this folder. Starts a shop of its own, in memory, on port 9200.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const SCREENSHOTS = path.join(ROOT, "target/ci/browser");
const PROGRAM = path.resolve(process.argv[2] ?? path.join(ROOT, "target/debug/local"));

const PORT = 9200;
const SHOP = `http://127.0.0.1:${PORT}`;
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

// Milliseconds. A password is hashed by a debug build, perhaps on a busy machine.
const START = 120_000;
const ACTION = 20_000;
const END = 10_000;
const EVERYTHING = 480_000;

const DESKTOP = { width: 1200, height: 900 };
const PHONE = { width: 390, height: 800 };
const SMALL_PHONE = { width: 360, height: 740 };

// ── The shop ─────────────────────────────────────────────────────────────────────────────────────────────────────────

class Shop {
  output = "";

  async start() {
    this.child = spawn(PROGRAM, ["--memory", "--port", String(PORT)], { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => (this.output += text));
    }
    await once(this.child, "spawn");
    // Its own word for it, too: another program might answer on the port.
    const demo = () => fetch(`${SHOP}/demo.json`, { signal: AbortSignal.timeout(1000) });
    const answers = () => demo().then(({ ok }) => ok, () => false);
    const deadline = Date.now() + START;
    while (!(this.output.includes("The shop is open.") && (await answers()))) {
      if (this.ended) throw new Error(`${PROGRAM} did not start`);
      if (Date.now() > deadline) throw new Error(`${PROGRAM} did not answer within ${START / 1000} s`);
      await sleep(200);
    }
  }

  get ended() {
    const { pid, exitCode, signalCode } = this.child;
    return pid === undefined || exitCode !== null || signalCode !== null;
  }

  async end() {
    if (!this.child || this.ended) return;
    const exit = once(this.child, "exit");
    this.child.kill("SIGTERM");
    await Promise.race([exit, sleep(END)]);
    if (!this.ended) this.child.kill("SIGKILL");
  }
}

// ── Visitors ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Somebody at a browser of their own. Whatever goes wrong behind the pages is kept for the end of the story. */
class Visitor {
  faults = [];
  refusals = [];
  strangers = new Set();

  static async arrive(browser, viewport) {
    const visitor = new Visitor();
    visitor.context = await browser.newContext({ viewport, locale: "en-GB" });
    visitor.context.setDefaultTimeout(ACTION);
    visitor.watch();
    return visitor;
  }

  /** What a browser itself reports: errors and violations of a content security policy come by the console. */
  watch() {
    this.context.on("request", (request) => {
      if (new URL(request.url()).origin !== SHOP) this.strangers.add(request.url());
    });
    this.context.on("weberror", (error) => this.faults.push(`${error.error()}`));
    this.context.on("console", (message) => {
      if (!["error", "warning"].includes(message.type())) return;
      // A refusal is an error to the console, whether or not the page deals with it.
      const status = /^Failed to load resource: the server responded with a status of (\d+)/.exec(message.text())?.[1];
      const { url } = message.location();
      this.faults.push(status ? `${status} ${new URL(url).pathname}` : `${message.text()} (${url})`);
    });
  }

  /** Says beforehand what will be refused: `"401 /demo/login"`. */
  expects(refusal) {
    this.refusals.push(refusal);
  }

  async open(address) {
    const page = await this.context.newPage();
    await page.goto(SHOP + address);
    return page;
  }

  /** Follows a link that opens a tab of its own. */
  async follow(link) {
    const [page] = await Promise.all([this.context.waitForEvent("page"), link.click()]);
    await page.waitForLoadState();
    return page;
  }

  /** The whole of each open page. */
  async photograph(name) {
    await mkdir(SCREENSHOTS, { recursive: true });
    for (const [at, page] of this.context.pages().entries()) {
      const file = path.join(SCREENSHOTS, `${name}-${at + 1}.png`);
      const taken = await page.screenshot({ path: file, fullPage: true, timeout: END }).then(() => true, () => false);
      if (taken) console.log(`      ${page.url()} is in ${path.relative(ROOT, file)}`);
    }
  }
}

const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds).unref());
const heading = (page, name) => page.getByRole("heading", { name, exact: true });
const button = (page, name) => page.getByRole("button", { name });
const sees = (locator) => locator.waitFor({ state: "visible" });
const told = (page, text) => sees(page.getByRole("status").filter({ hasText: text }));

const hasFocus = (locator) => locator.evaluate((element) => element === document.activeElement);

/** Types over whatever a field holds. */
async function type(field, text) {
  await field.click();
  await field.press("ControlOrMeta+A");
  await field.pressSequentially(text);
}

/** Nothing sticks out at the side, neither of the page nor of the mail in its frame. */
async function fits(page, what) {
  for (const frame of page.frames()) {
    const [wide, room] = await frame.evaluate(() => [document.scrollingElement.scrollWidth, innerWidth]);
    assert(wide <= room, `${what} is ${wide} px wide on a screen of ${room} px: ${frame.url()}`);
  }
}

// The account page

const openWay = (page, name) => page.getByRole("tab", { name, exact: true }).click();
const way = (page, name) => page.getByRole("tabpanel", { name, exact: true });

/** By keyboard from the address on. */
async function signIn(page, email, password) {
  await openWay(page, "Sign in");
  await type(way(page, "Sign in").getByLabel("E-mail"), email);
  await page.keyboard.press("Tab");
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.type(password);
  await page.keyboard.press("Enter");
}

/** Lets the list of demo customers fill in the forms. */
async function signInAs(page, email) {
  await button(page, `Use ${email}`).click();
  await told(page, `The forms are filled in for ${email}.`);
  await button(way(page, "Sign in"), "Sign in").click();
}

const codeField = (page) => page.getByRole("textbox", { name: "Code" });

async function enterCode(page, code) {
  await type(codeField(page), code);
  await page.keyboard.press("Enter");
}

async function signOut(page) {
  await button(page, /^Sign out$/).click();
  await told(page, "You are signed out.");
}

async function signedIn(page, title, email) {
  await sees(heading(page, title));
  await sees(page.getByText(`You are signed in as ${email}.`));
}

async function chooseDeletion(page, mode) {
  await button(page, "Delete account…").click();
  await sees(heading(page, "Delete your account?"));
  await page.getByLabel(mode).check();
  await button(page, "Delete my account").click();
}

// The inbox

/** Opens the newest mail that has this subject, once it is there, and gives what its frame shows. */
async function openMail(inbox, to, subject) {
  await inbox.bringToFront();
  const mails = inbox.getByRole("navigation", { name: "Mails, newest first" }).getByRole("link");
  await mails.filter({ hasText: to }).filter({ hasText: subject }).first().click();
  await sees(inbox.getByRole("heading", { name: subject, level: 2 }));
  return inbox.frameLocator("iframe[title='The mail']");
}

async function readCode(inbox, to, subject) {
  const mail = await openMail(inbox, to, subject);
  const code = (await mail.locator(".code").innerText()).trim();
  assert.match(code, /^\d{6}$/);
  return code;
}

// ── The stories ──────────────────────────────────────────────────────────────────────────────────────────────────────

const SIGN_UP = "Confirm your email address for Demo store";
const RESET = "Choose a new password at Demo store";

async function newcomer(visitor, step) {
  const email = "zoe@example.com";
  const name = "Zoë O’Neil";
  const [first, second] = ["seven green bicycles", "eleven quiet lighthouses"];
  const wrong = "The e-mail address or the password is wrong.";
  const shop = await visitor.open("/");
  let inbox;

  await step("an account is made with the code from the mail", async () => {
    await openWay(shop, "Create account");
    const form = way(shop, "Create account");
    await type(form.getByLabel("E-mail"), email);
    await type(form.getByLabel("Name"), name);
    await type(form.getByLabel("Password"), first);
    await form.getByLabel("Send me news and offers").check();
    await button(form, "Create account").click();
    await sees(heading(shop, "Check your mail"));
    assert(await button(shop, /^Send it again in \d+ s$/).isDisabled(), "another mail can be asked for at once");
    assert(await hasFocus(codeField(shop)), "the code cannot be typed at once");

    inbox = await visitor.follow(shop.getByRole("link", { name: "open the inbox" }));
    const code = await readCode(inbox, email, SIGN_UP);
    await shop.bringToFront();
    visitor.expects("401 /demo/verify-code");
    await enterCode(shop, code === "000000" ? "000001" : "000000");
    await told(shop, "The code is wrong.");
    await enterCode(shop, code);
    await signedIn(shop, `Welcome, ${name}`, email);
  });

  await step("a reload keeps the session, and a refresh renews it", async () => {
    await shop.reload();
    await signedIn(shop, `Welcome, ${name}`, email);
    await button(shop, "Refresh the session").click();
    await told(shop, "The session has new tokens.");
    await shop.getByText("What the access token says").click();
    await sees(shop.getByText(`${SHOP}/demo`, { exact: true }));
  });

  await step("signing out, and in again by password", async () => {
    await signOut(shop);
    await signIn(shop, email, first);
    await signedIn(shop, `Hello, ${name}`, email);
  });

  await step("the mailed link leads to a new password", async () => {
    await signOut(shop);
    await openWay(shop, "Forgot password");
    await type(way(shop, "Forgot password").getByLabel("E-mail"), email);
    await shop.keyboard.press("Enter");
    await told(shop, `If ${email} has an account, a link to choose a new password is on its way.`);

    await followReset(inbox, email);
    visitor.expects("422 /demo/reset-password");
    await type(inbox.getByLabel("New password"), "short");
    await inbox.keyboard.press("Enter");
    await sees(inbox.getByText("This is too short."));
    await inbox.getByLabel("Show the password").check();
    await type(inbox.getByLabel("New password"), second);
    await button(inbox, "Set the password").click();
    await sees(heading(inbox, "Your password is set"));
  });

  await step("the old password is refused, the new one signs in", async () => {
    await inbox.getByRole("link", { name: "Sign in" }).click();
    visitor.expects("401 /demo/login");
    await signIn(inbox, email, first);
    await told(inbox, wrong);
    await signIn(inbox, email, second);
    await signedIn(inbox, `Hello, ${name}`, email);
  });

  await step("the link does not work twice", async () => {
    const again = await visitor.open("/inbox");
    await followReset(again, email);
    visitor.expects("410 /demo/reset-password");
    await type(again.getByLabel("New password"), "twelve loud lighthouses");
    await again.keyboard.press("Enter");
    await sees(heading(again, "This link no longer works"));
    await again.close();
  });

  await step("an erased account cannot sign in any more", async () => {
    await chooseDeletion(inbox, "Erase everything");
    await told(inbox, "Your account and your personal data have been erased.");
    visitor.expects("401 /demo/login");
    await signIn(inbox, email, second);
    await told(inbox, wrong);
    const farewell = await visitor.follow(inbox.getByRole("link", { name: "Inbox" }));
    await openMail(farewell, email, "Your account at Demo store has been erased");
  });
}

/** From the mail to the page that it links to, in the same tab; the token leaves the address bar at once. */
async function followReset(inbox, email) {
  const mail = await openMail(inbox, email, RESET);
  await mail.getByRole("link", { name: "Choose a new password" }).click();
  await sees(heading(inbox, "Choose a new password"));
  await sees(inbox.getByLabel("New password"));
  assert.equal(inbox.url(), `${SHOP}/reset-password`);
}

async function secondProof(visitor, step) {
  const email = "ada@example.com";
  const shop = await visitor.open("/");

  await step("whoever signed in a while ago proves it once more before the account closes", async () => {
    await signInAs(shop, email);
    await signedIn(shop, "Hello, Ada", email);
    // Nobody waits here for ten minutes: the first answer is what it would be then, and all others are the shop's.
    const answer = { status: 403, json: { code: "proof_required", detail: "This needs a fresh sign-in." } };
    await shop.route("**/demo/delete-account", (route) => route.fulfill(answer), { times: 1 });
    visitor.expects("403 /demo/delete-account");
    await chooseDeletion(shop, "Close it");

    await sees(shop.getByText("You signed in a while ago."));
    const inbox = await visitor.follow(shop.getByRole("link", { name: "open the inbox" }));
    const code = await readCode(inbox, email, "Confirm the deletion of your account at Demo store");
    await shop.bringToFront();
    await codeField(shop).click();
    await shop.keyboard.type(code);
    await button(shop, "Continue").click();
    await told(shop, "Your account is closed.");
  });
}

async function held(visitor, step) {
  const email = "held@example.com";
  const shop = await visitor.open("/");

  await step("what keeps an account open is shown", async () => {
    await signInAs(shop, email);
    await signedIn(shop, "Hello, Heidi", email);
    for (const mode of ["Close it", "Erase everything"]) {
      visitor.expects("409 /demo/delete-account");
      await chooseDeletion(shop, mode);
      await told(shop, "The account cannot be deleted while these holds stand.");
      const holds = shop.getByRole("list", { name: "What keeps the account open" });
      await sees(holds.getByRole("listitem").filter({ hasText: "A subscription is running (since " }));
      await button(shop, "Keep it").click();
      await signedIn(shop, "Hello, Heidi", email);
    }
  });
}

async function blocked(visitor, step) {
  const email = "blocked@example.com";
  const shop = await visitor.open("/");

  await step("a block is told after the right password alone", async () => {
    visitor.expects("401 /demo/login");
    await signIn(shop, email, "not the right password");
    await told(shop, "The e-mail address or the password is wrong.");
    visitor.expects("403 /demo/login");
    await signInAs(shop, email);
    await told(shop, "Your account has been blocked. Please write to help@shop.example.");
  });
}

async function onThePhone(visitor, step) {
  const email = "grace@example.com";
  const subject = /^Votre code/;
  const shop = await visitor.open("/");
  let inbox;

  await step("the inbox shows one pane: the list, a mail, and the list again", async () => {
    await button(shop, `Use ${email}`).click();
    await button(way(shop, "Sign in with a code"), "Mail me a code").click();
    await sees(heading(shop, "Check your mail"));
    inbox = await visitor.follow(shop.getByRole("link", { name: "open the inbox" }));
    const list = inbox.getByRole("navigation");
    const rows = list.getByRole("link").filter({ hasText: email });
    await sees(rows.first());
    assert(await inbox.getByRole("article").isHidden(), "the reading pane shows next to the list");

    await openMail(inbox, email, subject);
    assert(await list.isHidden(), "the list shows next to the mail");
    await inbox.getByRole("link", { name: "All mails" }).click();
    await sees(rows.first());
    await inbox.keyboard.press("Enter"); // the mail that was open has the focus
    await sees(inbox.getByRole("heading", { name: subject, level: 2 }));
    await inbox.goBack();
    await sees(rows.first());
  });

  await step("a mail shows as HTML, as text, and with its headers", async () => {
    const code = await readCode(inbox, email, subject);
    await inbox.getByRole("tab", { name: "Text" }).click();
    await sees(inbox.getByRole("tabpanel", { name: "Text" }).getByText(code));
    await inbox.keyboard.press("ArrowRight");
    const headers = inbox.getByRole("tabpanel", { name: "Headers" });
    await sees(headers.getByText(email));
    await sees(headers.getByText(subject));
    assert(await inbox.locator("iframe").isHidden(), "the HTML shows next to the headers");
    await inbox.getByRole("tab", { name: "HTML" }).click();
    await sees(inbox.locator("iframe"));

    await shop.bringToFront();
    await enterCode(shop, code);
    await signedIn(shop, "Hello, Grace", email);
  });

  await step("no page scrolls sideways on a small phone", async () => {
    await shop.setViewportSize(SMALL_PHONE);
    await shop.getByText("What the access token says").click();
    await fits(shop, "the signed-in view");
    await button(shop, "Delete account…").click();
    await fits(shop, "the deletion");
    await button(shop, "Keep it").click();
    await signOut(shop);
    for (const name of ["Sign in", "Create account", "Forgot password", "Sign in with a code"]) {
      await openWay(shop, name);
      await fits(shop, name);
    }
    const long = `${"an-address-without-end".repeat(2)}@example.com`;
    await type(way(shop, "Sign in with a code").getByLabel("E-mail"), long);
    await shop.keyboard.press("Enter");
    await sees(heading(shop, "Check your mail"));
    await fits(shop, "the code");

    const reset = await visitor.open("/reset-password#token=of-no-use");
    await reset.setViewportSize(SMALL_PHONE);
    await sees(heading(reset, "Choose a new password"));
    await fits(reset, "the reset page");
    await reset.goto(`${SHOP}/reset-password?`);
    await sees(heading(reset, "This link is not complete"));
    await fits(reset, "the reset page without a token");

    await inbox.bringToFront();
    await inbox.setViewportSize(SMALL_PHONE);
    for (const name of ["Text", "Headers", "HTML"]) {
      await inbox.getByRole("tab", { name }).click();
      await fits(inbox, `a mail, ${name}`);
    }
    await inbox.getByRole("link", { name: "All mails" }).click();
    await fits(inbox, "the inbox");
  });

  await step("the inbox can be emptied", async () => {
    inbox.once("dialog", (dialog) => dialog.accept());
    await button(inbox, "Delete all").click();
    await sees(heading(inbox, "No mail yet"));
    await fits(inbox, "the empty inbox");
  });
}

const STORIES = [
  ["newcomer", DESKTOP, newcomer],
  ["second-proof", DESKTOP, secondProof],
  ["held", DESKTOP, held],
  ["blocked", DESKTOP, blocked],
  ["phone", PHONE, onThePhone],
];

// ── Running them ─────────────────────────────────────────────────────────────────────────────────────────────────────

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
