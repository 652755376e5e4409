// The account page of the demo store: everything a storefront does with Vestibule, in one place.

import { call, claims, device, session } from "/assets/api.js";
import { attempt, byId, element, facts, onSubmit, say, tabs } from "/assets/ui.js";

// Views: exactly one shows at a time.

function show(name, title) {
  for (const view of document.querySelectorAll("[data-view]")) {
    view.hidden = view.dataset.view !== name;
    if (!view.hidden) byId("title").textContent = title ?? view.dataset.title;
  }
  byId("demo").hidden = name !== "signed-out" || !byId("customers").hasChildNodes();
  byId("title").focus();
}

function showSignedOut() {
  session.clear();
  show("signed-out");
}

function showSignedIn() {
  const { access_token, account } = session.get();
  byId("who").textContent = account.email;
  byId("claims").replaceChildren(...facts(Object.entries(claims(access_token)).map(readable)));
  const greeting = account.is_new ? "Welcome" : "Hello";
  show("signed-in", account.name ? `${greeting}, ${account.name}` : greeting);
}

/** A claim as a person reads it: moments as local time, the rest as it is. */
function readable([name, value]) {
  if (["iat", "exp", "nbf", "auth_time"].includes(name)) return [name, new Date(value * 1000).toLocaleString()];
  return [name, typeof value === "string" ? value : JSON.stringify(value)];
}

// Sessions

function keep(fresh) {
  session.set(fresh);
  device.set(fresh.account.email, fresh.device_token);
}

function signIn(fresh) {
  keep(fresh);
  for (const form of document.forms) form.reset();
  showSignedIn();
}

async function refresh() {
  try {
    keep(await call("refresh-session", { refresh_token: session.get().refresh_token }));
  } catch (problem) {
    if ([401, 403, 410].includes(problem.status)) showSignedOut();
    throw problem;
  }
}

/** Calls an operation for the customer who is signed in; an access token that has run out is replaced once. */
async function callSignedIn(operation, body) {
  try {
    return await call(operation, body, session.get().access_token);
  } catch (problem) {
    if (problem.status !== 401) throw problem;
    await refresh();
    return call(operation, body, session.get().access_token);
  }
}

// Ways in

const ways = tabs(byId("ways"), () => say());
const WAYS = ["sign-in", "code", "create", "forgot"];
const openFromAddress = () => ways(WAYS.find((way) => location.hash === `#${way}`) ?? WAYS[0]);
addEventListener("hashchange", openFromAddress);

const withDevice = (body) => ({ ...body, device_token: device.get(body.email) });

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

// The code step: { intro, send, done, cancel }, and the challenge that `send` opened last

let step;

async function askForCode(next) {
  const challenge = await next.send();
  step = { ...next, challenge };
  byId("code-intro").textContent = next.intro;
  byId("enter-code-form").reset();
  show("enter-code");
  holdResend(challenge.resend_after);
  byId("code-input").focus();
}

onSubmit(byId("enter-code-form"), async ({ code }) =>
  step.done(await call("verify-code", { challenge_id: step.challenge.challenge_id, code })),
);

byId("resend").addEventListener("click", () =>
  attempt(byId("enter-code-form"), async () => {
    try {
      step.challenge = await step.send();
    } catch (problem) {
      holdResend(problem.retryAfter);
      throw problem;
    }
    holdResend(step.challenge.resend_after);
    say("A new code is on its way. Only the newest one works.");
  }),
);

byId("code-cancel").addEventListener("click", () => {
  say();
  step.cancel();
});

let resendTimer;
function holdResend(seconds) {
  const button = byId("resend");
  const end = Date.now() + seconds * 1000;
  const tick = () => {
    const left = Math.ceil((end - Date.now()) / 1000);
    button.disabled = left > 0;
    button.textContent = left > 0 ? `Send it again in ${left} s` : "Send it again";
    if (left <= 0) clearInterval(resendTimer);
  };
  clearInterval(resendTimer);
  resendTimer = setInterval(tick, 1000);
  tick();
}

// Signed in

const onAction = (id, work) => byId(id).addEventListener("click", () => attempt(byId("session-actions"), work));

onAction("refresh", async () => {
  await refresh();
  showSignedIn();
  say("The session has new tokens. The old ones are used up.");
});

async function signOut(body, message) {
  await callSignedIn("logout", body);
  showSignedOut();
  say(message);
}
onAction("sign-out", () => signOut({}, "You are signed out."));
onAction("sign-out-everywhere", () => signOut({ everywhere: true }, "You are signed out on every device."));

// Deletion: a fresh proof if the sign-in is old, and the holds if something keeps the account open

const DELETED = {
  close: "Your account is closed. You can come back with the same address.",
  erase: "Your account and your personal data have been erased.",
};
const HOLDS = {
  subscription: "A subscription is running",
  membership: "A membership is running",
  dispute: "A dispute is open",
  legal: "The law asks the shop to keep it for now",
};

onAction("delete", () => {
  byId("delete-form").reset();
  showDeletion();
});
byId("delete-cancel").addEventListener("click", () => {
  say();
  showSignedIn();
});
onSubmit(byId("delete-form"), deleteAccount);

function showDeletion(holds = []) {
  const items = holds.map(({ kind, since }) => {
    const date = new Date(since).toLocaleDateString(undefined, { dateStyle: "long" });
    return element("li", {}, `${HOLDS[kind] ?? kind} (since ${date}).`);
  });
  byId("holds").replaceChildren(...items);
  byId("holds").hidden = holds.length === 0;
  show("delete");
}

async function deleteAccount({ mode }) {
  try {
    await callSignedIn("delete-account", { mode });
  } catch (problem) {
    if (problem.code === "proof_required") return proveAndDelete(mode);
    if (problem.code === "held") showDeletion(problem.holds);
    throw problem;
  }
  showSignedOut();
  say(DELETED[mode]);
}

function proveAndDelete(mode) {
  const { email } = session.get().account;
  return askForCode({
    intro: `You signed in a while ago. To be sure that it is you, we have sent a code to ${email}.`,
    send: () => call("send-code", withDevice({ email, purpose: "delete-account" })),
    done: (fresh) => {
      keep(fresh);
      return deleteAccount({ mode });
    },
    cancel: showDeletion,
  });
}

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
if (session.get()) showSignedIn();
else showSignedOut();
