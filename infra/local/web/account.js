// What a customer who is signed in sees and changes of the account.

import { addressForms } from "/assets/addresses.js";
import { call, claims, session } from "/assets/api.js";
import { askForCode } from "/assets/code-step.js";
import { sessionList } from "/assets/sessions.js";
import { callSignedIn, end, keep, refresh, withDevice, withFreshProof } from "/assets/signed-in.js";
import { byId, day, download, facts, onClick, onSubmit, say, showFieldErrors } from "/assets/ui.js";
import { show } from "/assets/views.js";

/** What the shop said of the account last. */
let account;

/** Reads the account and shows it. `part` is where to go on. */
export async function showAccount(part) {
  render(await callSignedIn("view-account"));
  show("signed-in", greeting(account));
  if (!part) return;
  byId(part).open = true;
  byId(part).querySelector("summary").focus();
}

function render(seen) {
  account = seen;
  byId("title").textContent = greeting(seen);
  byId("who").textContent = seen.email;
  showProfile(seen);
  showAddresses(seen);
  showPassword(seen);
  showSessions(seen.sessions);
  byId("claims").replaceChildren(...facts(Object.entries(claims(session.get().access_token)).map(readable)));
}

function greeting({ name }) {
  const hello = session.get().account.is_new ? "Welcome" : "Hello";
  return name ? `${hello}, ${name}` : hello;
}

const showAddresses = addressForms(render);
const showSessions = sessionList(() => showAccount("sessions"));

// Profile

function showProfile({ name, locale, marketing_consent: consent }) {
  const { elements } = byId("profile-form");
  elements.name.value = name ?? "";
  const listed = [...elements.locale.options].some(({ value }) => value === (locale ?? ""));
  if (!listed) elements.locale.add(new Option(locale, locale));
  elements.locale.value = locale ?? "";
  elements.marketing_consent.checked = consent?.given ?? false;
  byId("profile-consent-hint").textContent = consent ? `${consent.given ? "Yes" : "No"}, since ${day(consent.at)}.` : "";
}

onSubmit(byId("profile-form"), async ({ name = null, locale = null, marketing_consent: consent }) => {
  const given = consent === "on";
  // Who was never asked has not refused by saving another field.
  const said = given === (account.marketing_consent?.given ?? false) ? {} : { marketing_consent: given };
  render(await callSignedIn("update-account", { name, locale, ...said }));
  say("Your profile is saved.");
});

// Password

function showPassword({ email, sign_in_methods: { password } }) {
  byId("password-username").value = email;
  byId("password-none").hidden = password;
  byId("password-current-field").hidden = !password;
  byId("password-current").required = password;
}

onSubmit(byId("password-form"), (body) =>
  withFreshProof(async () => {
    await callSignedIn("change-password", body).catch(tellAtTheField);
    // The new password has revoked every device token, this browser's among them: a refresh brings it another.
    await refresh();
    byId("password-form").reset();
    await showAccount("password");
    say("Your new password is set. This account is signed out everywhere else.");
  }, back("password")),
);

function tellAtTheField(problem) {
  if (problem.code === "invalid_credentials") {
    problem.fields = [{ field: "current_password", code: "wrong_password" }];
  }
  throw problem;
}

// E-mail address: a code from the present mailbox, then one from the new

onSubmit(byId("email-form"), ({ new_email }) => {
  const { email } = account;
  return askForCode({
    intro: `To be sure that it is you, we have sent a code to your present address, ${email}.`,
    send: () => call("send-code", withDevice({ email, purpose: "change-email" })),
    redeem: (proof) => callSignedIn("change-email", { ...proof, new_email }).catch(backToTheAddress),
    done: (challenge) =>
      askForCode({
        intro: `Now for the new one: we have sent another code to ${new_email}.`,
        challenge,
        done: moved,
        ...back("email"),
      }),
    ...back("email"),
  });
});

async function backToTheAddress(problem) {
  if (problem.fields.some(({ field }) => field === "new_email")) {
    await showAccount("email");
    showFieldErrors(byId("email-form"), problem.fields);
  }
  throw problem;
}

async function moved(fresh) {
  keep(fresh);
  byId("email-form").reset();
  await showAccount("email");
  say(`From now on you sign in as ${fresh.account.email}. We have written to the old address, too.`);
}

// Everything there is

onClick("export", byId("account"), () =>
  withFreshProof(async () => {
    const everything = await callSignedIn("export-account");
    download(`account-${everything.exported_at.slice(0, 10)}.json`, everything);
    await showAccount("data");
    say("The file holds everything that the shop keeps about you.");
  }, back("data")),
);

// The session

onClick("sign-out", byId("account"), async () => {
  await callSignedIn("logout", {});
  end();
  say("You are signed out.");
});

onClick("refresh", byId("account"), async () => {
  await refresh();
  await showAccount("token");
  say("The session has new tokens. The old ones are used up.");
});

/** A claim as a person reads it: moments as local time, the rest as it is. */
function readable([name, value]) {
  if (["iat", "exp", "nbf", "auth_time"].includes(name)) return [name, new Date(value * 1000).toLocaleString()];
  return [name, typeof value === "string" ? value : JSON.stringify(value)];
}

function back(part) {
  return { cancel: () => showAccount(part) };
}
