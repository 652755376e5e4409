// The pages as a visitor uses them: the account page and the inbox.

import assert from "node:assert/strict";
import { button, heading, sees, told, type } from "./visitor.mjs";

// The account page

export const openWay = (page, name) => page.getByRole("tab", { name, exact: true }).click();
export const way = (page, name) => page.getByRole("tabpanel", { name, exact: true });

/** By keyboard from the address on. */
export async function signIn(page, email, password) {
  await openWay(page, "Sign in");
  await type(way(page, "Sign in").getByLabel("E-mail"), email);
  await page.keyboard.press("Tab");
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.type(password);
  await page.keyboard.press("Enter");
}

/** Lets the list of demo customers fill in the forms. */
export async function signInAs(page, email) {
  await button(page, `Use ${email}`).click();
  await told(page, `The forms are filled in for ${email}.`);
  await button(way(page, "Sign in"), "Sign in").click();
}

export const codeField = (page) => page.getByRole("textbox", { name: "Code" });

export async function enterCode(page, code) {
  await type(codeField(page), code);
  await page.keyboard.press("Enter");
}

/** Opens a part of the account page, unless it is open, and gives it. */
export async function openPart(page, name) {
  const part = page.locator("details").filter({ has: heading(page, name) });
  await part.waitFor();
  if ((await part.getAttribute("open")) === null) await part.locator("summary").click();
  return part;
}

export async function signOut(page) {
  await button(page, /^Sign out$/).click();
  await told(page, "You are signed out.");
}

export async function signedIn(page, title, email) {
  await sees(heading(page, title));
  await sees(page.getByText(`You are signed in as ${email}.`));
}

export async function chooseDeletion(page, mode) {
  await openPart(page, "Your data");
  await button(page, "Delete account…").click();
  await sees(heading(page, "Delete your account?"));
  await page.getByLabel(mode).check();
  await button(page, "Delete my account").click();
}

// The inbox

/** Opens the newest mail that has this subject, once it is there, and gives what its frame shows. */
export async function openMail(inbox, to, subject) {
  await inbox.bringToFront();
  const mails = inbox.getByRole("navigation", { name: "Mails, newest first" }).getByRole("link");
  await mails.filter({ hasText: to }).filter({ hasText: subject }).first().click();
  await sees(inbox.getByRole("heading", { name: subject, level: 2 }));
  return inbox.frameLocator("iframe[title='The mail']");
}

export async function readCode(inbox, to, subject) {
  const mail = await openMail(inbox, to, subject);
  const code = (await mail.locator(".code").innerText()).trim();
  assert.match(code, /^\d{6}$/);
  return code;
}
