// The account page of the demo store: everything a storefront does with Vestibule, in one place. Here are the ways in;
// what a customer finds behind them is in account.js.

import { showAccount } from "/assets/account.js";
import { call, session } from "/assets/api.js";
import { askForCode } from "/assets/code-step.js";
import "/assets/deletion.js";
import { ENDED, keep, withDevice } from "/assets/signed-in.js";
import { attempt, byId, element, onSubmit, say, tabs } from "/assets/ui.js";
import { show } from "/assets/views.js";

function showSignedOut() {
  session.clear();
  show("signed-out");
}
addEventListener(ENDED, showSignedOut);

async function signIn(fresh) {
  keep(fresh);
  for (const form of document.forms) form.reset();
  await showAccount();
}

// Ways in

const ways = tabs(byId("ways"), () => say());
const WAYS = ["sign-in", "code", "create", "forgot"];
const openFromAddress = () => ways(WAYS.find((way) => location.hash === `#${way}`) ?? WAYS[0]);
addEventListener("hashchange", openFromAddress);

onSubmit(byId("sign-in-form"), async (body) => signIn(await call("login", withDevice(body))));

onSubmit(byId("code-form"), (body) =>
  askForCode({
    intro: `If ${body.email} can sign in here, a code is on its way to it.`,
    send: () => call("send-code", withDevice(body)),
    done: signIn,
    cancel: showSignedOut,
  }),
);

onSubmit(byId("create-form"), ({ marketing_consent, ...body }) =>
  askForCode({
    intro: `We have written to ${body.email}. If it has an account already, the mail says so and holds no code.`,
    send: () => call("create-account", { ...body, marketing_consent: marketing_consent === "on" }),
    done: signIn,
    cancel: showSignedOut,
  }),
);

onSubmit(byId("forgot-form"), async (body) => {
  await call("forgot-password", withDevice(body));
  say(`If ${body.email} has an account, a link to choose a new password is on its way.`);
});

// Demo customers

function demoCustomer({ email, password, what }) {
  const use = element("button", { type: "button", class: "compact", "aria-label": `Use ${email}` }, "Use");
  use.addEventListener("click", () => {
    for (const field of document.querySelectorAll('[name="email"]')) field.value = email;
    byId("sign-in-password").value = password ?? "";
    if (!password && !byId("sign-in").hidden) ways("code");
    say(`The forms are filled in for ${email}.`);
  });
  const row = element("li", {}, element("div", {}, element("strong", {}, email), use), element("p", {}, what));
  if (password) row.append(element("p", { class: "soft small" }, "Password: ", element("code", {}, password)));
  return row;
}

async function loadDemo() {
  const answer = await fetch("/demo.json").catch(() => null);
  if (!answer?.ok) return;
  const { customers, owner_key_file } = await answer.json();
  byId("owner-key-file").textContent = owner_key_file;
  byId("customers").replaceChildren(...customers.map(demoCustomer));
}

openFromAddress();
await loadDemo();
if (session.get()) await attempt(byId("account"), showAccount);
else showSignedOut();
