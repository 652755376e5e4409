// The page that a reset link opens. The token is in the fragment, which no server and no log ever sees, and nothing is
// spent until the form is sent: a mail scanner that follows the link changes nothing.

import { call, session } from "/assets/api.js";
import { byId, onSubmit } from "/assets/ui.js";

let token;

function show(id, title) {
  for (const part of ["reset-form", "bad-link", "done"]) byId(part).hidden = part !== id;
  byId("title").textContent = title;
  byId("title").focus();
}

function refuse(title, reason) {
  byId("bad-link-reason").textContent = reason;
  show("bad-link", title);
}

/** Takes the token out of the address bar, so that it is neither bookmarked nor shared nor left in the history. */
function start() {
  token = new URLSearchParams(location.hash.slice(1)).get("token");
  history.replaceState(null, "", location.pathname);
  if (token) show("reset-form", "Choose a new password");
  else refuse("This link is not complete", "Open it again from the mail, or ask for a new one.");
}

onSubmit(byId("reset-form"), async ({ password }) => {
  try {
    await call("reset-password", { token, password });
  } catch (problem) {
    const dead = [401, 404, 410].includes(problem.status) || problem.fields.some(({ field }) => field === "token");
    if (!dead) throw problem;
    return refuse("This link no longer works", "It has run out, has been used, or a newer one was asked for.");
  }
  session.clear();
  byId("reset-form").reset();
  show("done", "Your password is set");
});

byId("reveal").addEventListener("change", ({ target }) => {
  byId("password").type = target.checked ? "text" : "password";
});

// Another link opened in the same tab changes the fragment only.
addEventListener("hashchange", () => location.hash && start());
start();
