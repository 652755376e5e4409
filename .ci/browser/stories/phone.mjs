// Everything on a phone: one pane at a time, and nothing that scrolls sideways.

import assert from "node:assert/strict";
import { codeField, enterCode, openMail, openPart, openWay, readCode, signOut, signedIn, way } from "../pages.mjs";
import { SHOP } from "../shop.mjs";
import { button, fits, heading, sees, type } from "../visitor.mjs";

const SMALL_PHONE = { width: 360, height: 740 };
const PARTS = [
  "Profile",
  "Shipping address",
  "Billing address",
  "Password",
  "E-mail address",
  "Where you are signed in",
  "Your data",
  "What the access token says",
];

export async function onThePhone(visitor, step) {
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
    for (const name of PARTS) await openPart(shop, name);
    for (const colorScheme of ["light", "dark"]) {
      await shop.emulateMedia({ colorScheme });
      await fits(shop, `the account, ${colorScheme}`);
    }
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
