// What the pages say when the shop says no.

import { chooseDeletion, codeField, readCode, signIn, signInAs, signedIn } from "../pages.mjs";
import { button, sees, told } from "../visitor.mjs";

export async function secondProof(visitor, step) {
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

export async function held(visitor, step) {
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

export async function blocked(visitor, step) {
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
