// Somebody at a browser of their own, and what somebody does there.

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { ROOT, SHOP } from "./shop.mjs";

export const SCREENSHOTS = path.join(ROOT, "target/ci/browser");

// Milliseconds. A password is hashed by a debug build, perhaps on a busy machine.
const ACTION = 20_000;
const PHOTOGRAPH = 10_000;

/** Somebody at a browser of their own. Whatever goes wrong behind the pages is kept for the end of the story. */
export class Visitor {
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
      const taken = await page.screenshot({ path: file, fullPage: true, timeout: PHOTOGRAPH }).then(() => true, () => false);
      if (taken) console.log(`      ${page.url()} is in ${path.relative(ROOT, file)}`);
    }
  }
}

export const heading = (page, name) => page.getByRole("heading", { name, exact: true });
export const button = (page, name) => page.getByRole("button", { name });
export const sees = (locator) => locator.waitFor({ state: "visible" });
export const told = (page, text) => sees(page.getByRole("status").filter({ hasText: text }));

export const hasFocus = (locator) => locator.evaluate((element) => element === document.activeElement);

/** Types over whatever a field holds. */
export async function type(field, text) {
  await field.click();
  await field.press("ControlOrMeta+A");
  await field.pressSequentially(text);
}

/** Nothing sticks out at the side, neither of the page nor of the mail in its frame. */
export async function fits(page, what) {
  for (const frame of page.frames()) {
    const [wide, room] = await frame.evaluate(() => [document.scrollingElement.scrollWidth, innerWidth]);
    assert(wide <= room, `${what} is ${wide} px wide on a screen of ${room} px: ${frame.url()}`);
  }
}
