// A customer sees to the account: profile, addresses, password, sessions, e-mail address, and everything in a file.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { enterCode, openMail, openPart, openWay, readCode, signIn, signedIn, way } from "../pages.mjs";
import { Visitor, button, hasFocus, heading, sees, told, type } from "../visitor.mjs";

const EMAIL = "noor@example.com";
const NEW_EMAIL = "noor@elsewhere.example";
const [FIRST, SECOND] = ["four patient herons", "nine winding staircases"];

export async function account(visitor, step) {
  const shop = await visitor.open("/");
  const inbox = await visitor.open("/inbox");

  /** Enters the code of a mail where the shop's page asks for it. */
  async function enterMailed(to, subject) {
    const code = await readCode(inbox, to, subject);
    await shop.bringToFront();
    await enterCode(shop, code);
  }

  await step("an account needs neither a name nor a password", async () => {
    await shop.bringToFront();
    await openWay(shop, "Create account");
    await type(way(shop, "Create account").getByLabel("E-mail"), EMAIL);
    await shop.keyboard.press("Enter");
    await sees(heading(shop, "Check your mail"));
    await enterMailed(EMAIL, "Confirm your email address for Demo store");
    await signedIn(shop, "Welcome", EMAIL);
  });

  await step("the profile is saved, and still there after a reload", async () => {
    const summary = shop.locator("summary").filter({ has: heading(shop, "Profile") });
    await summary.focus();
    await shop.keyboard.press("Enter");
    const profile = await openPart(shop, "Profile");
    await type(profile.getByLabel("Name"), "Noor");
    await profile.getByLabel("Language of your mails").selectOption("Español");
    await profile.getByLabel("Send me news and offers").check();
    await button(profile, "Save the profile").click();
    await told(shop, "Your profile is saved.");
    await sees(heading(shop, "Welcome, Noor"));

    await shop.reload();
    await sees(heading(shop, "Welcome, Noor"));
    await openPart(shop, "Profile");
    assert.equal(await profile.getByLabel("Language of your mails").inputValue(), "es");
    assert(await profile.getByLabel("Send me news and offers").isChecked(), "the consent is forgotten");
    await sees(profile.getByText(/^Yes, since /));
    await profile.getByLabel("Language of your mails").selectOption("English");
    await button(profile, "Save the profile").click();
    await told(shop, "Your profile is saved.");
  });

  await step("an address is held against the rules of its country, and told where it breaks them", async () => {
    const shipping = await openPart(shop, "Shipping address");
    const postalCode = shipping.getByLabel("Postal code");
    await shipping.getByLabel("Country").selectOption("United Kingdom");
    await type(shipping.getByLabel("Street and number"), "10 Downing Street");
    await type(shipping.getByLabel("City"), "London");
    for (const [typed, told] of [["", "Please fill this in."], ["75002", "This country has no such postal code."]]) {
      visitor.expects("422 /demo/update-account");
      await postalCode.fill(typed);
      await button(shipping, "Save the shipping address").click();
      await sees(shipping.getByText(told));
      assert(await hasFocus(postalCode), "the field in question has no focus");
      assert.equal(await postalCode.getAttribute("aria-invalid"), "true");
    }
    await postalCode.fill("sw1a2aa");
    await shop.keyboard.press("Enter");
    await told(shop, "Your shipping address is saved.");
    assert.equal(await postalCode.inputValue(), "SW1A 2AA");
    assert.equal(await postalCode.getAttribute("aria-invalid"), null);

    const billing = await openPart(shop, "Billing address");
    await button(billing, "Copy the shipping address").click();
    await button(billing, "Save the billing address").click();
    await told(shop, "Your billing address is saved.");
    await button(billing, "Remove it").click();
    await told(shop, "Your billing address is removed.");
    await sees(billing.locator("summary").getByText("none yet"));
    await sees(shipping.locator("summary").getByText("10 Downing Street, London"));
  });

  await step("a first password is set, then another by the present one", async () => {
    const password = await openPart(shop, "Password");
    assert(await password.getByLabel("Present password").isHidden(), "a password is asked for that there is none of");
    await type(password.getByLabel("New password"), FIRST);
    await shop.keyboard.press("Enter");
    await told(shop, "Your new password is set.");
    await openMail(inbox, EMAIL, "Your password at Demo store was changed");

    await shop.bringToFront();
    visitor.expects("401 /demo/change-password");
    await type(password.getByLabel("Present password"), "four impatient herons");
    await type(password.getByLabel("New password"), SECOND);
    await shop.keyboard.press("Enter");
    await sees(password.getByText("This is not your present password."));
    await type(password.getByLabel("Present password"), FIRST);
    await shop.keyboard.press("Enter");
    await told(shop, "Your new password is set.");
  });

  await step("another browser shows in the list, and is signed out from here", async () => {
    const elsewhere = await Visitor.arrive(visitor.context.browser(), { width: 390, height: 800 });
    const other = await elsewhere.open("/");
    await signIn(other, EMAIL, SECOND);
    await signedIn(other, "Hello, Noor", EMAIL);

    await shop.reload();
    const sessions = await openPart(shop, "Where you are signed in");
    const rows = sessions.getByRole("list", { name: "Sessions" }).getByRole("listitem");
    await sees(rows.nth(1));
    assert.equal(await rows.count(), 2);
    assert.equal(await rows.filter({ hasText: "this one" }).count(), 1);
    await sees(rows.filter({ hasNotText: "this one" }).getByText("Chrome on Linux"));
    await button(rows.filter({ hasNotText: "this one" }), /^Sign out Chrome on Linux/).click();
    await told(shop, "Chrome on Linux is signed out.");
    assert.equal(await rows.count(), 1);

    await other.reload();
    await sees(way(other, "Sign in"));
    await elsewhere.context.close();
  });

  await step("the account moves once both mailboxes are proved, and the old one is told", async () => {
    const email = await openPart(shop, "E-mail address");
    await type(email.getByLabel("New e-mail address"), NEW_EMAIL);
    await shop.keyboard.press("Enter");
    await sees(shop.getByText(`we have sent a code to your present address, ${EMAIL}.`));
    await enterMailed(EMAIL, "Confirm the change of your email address at Demo store");
    await sees(shop.getByText(`we have sent another code to ${NEW_EMAIL}.`));
    assert(await button(shop, /^Send it again/).isHidden(), "a code is offered again that takes another proof");
    await enterMailed(NEW_EMAIL, "Confirm your new email address for Demo store");
    await told(shop, `From now on you sign in as ${NEW_EMAIL}.`);
    await signedIn(shop, "Hello, Noor", NEW_EMAIL);
    await openMail(inbox, EMAIL, "Your email address at Demo store was changed");
    await shop.bringToFront();
  });

  await step("everything can be downloaded, after another proof if the sign-in is old", async () => {
    // Nobody waits here for ten minutes: the first answer is what it would be then, and all others are the shop's.
    const answer = { status: 403, json: { code: "proof_required", detail: "This needs a fresh sign-in." } };
    await shop.route("**/demo/export-account", (route) => route.fulfill(answer), { times: 1 });
    visitor.expects("403 /demo/export-account");
    await openPart(shop, "Your data");
    await button(shop, "Download everything").click();
    await sees(shop.getByText("You signed in a while ago."));
    const [download] = await Promise.all([shop.waitForEvent("download"), enterMailed(NEW_EMAIL, "Your code to sign in at Demo store")]);
    await told(shop, "The file holds everything that the shop keeps about you.");
    const everything = JSON.parse(await readFile(await download.path(), "utf8"));
    assert.equal(everything.account.email, NEW_EMAIL);
    assert.equal(everything.account.shipping_address.postal_code, "SW1A 2AA");
    assert.equal(everything.account.sessions.length, 1, "the session before the proof is still there");
  });
}
