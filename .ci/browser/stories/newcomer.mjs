// Somebody signs up, comes back, forgets the password, and leaves for good.

import assert from "node:assert/strict";
import {
  chooseDeletion,
  codeField,
  enterCode,
  openMail,
  openPart,
  openWay,
  readCode,
  signIn,
  signOut,
  signedIn,
  way,
} from "../pages.mjs";
import { SHOP } from "../shop.mjs";
import { button, hasFocus, heading, sees, told, type } from "../visitor.mjs";

const SIGN_UP = "Confirm your email address for Demo store";
const RESET = "Choose a new password at Demo store";

export async function newcomer(visitor, step) {
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
    await openPart(shop, "What the access token says");
    await button(shop, "Refresh the session").click();
    await told(shop, "The session has new tokens.");
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
