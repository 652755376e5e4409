// Where a customer is signed in, and how to end it.

import { callSignedIn, end } from "/assets/signed-in.js";
import { attempt, byId, element, onClick, say } from "/assets/ui.js";

const METHODS = { pwd: "with the password", otp: "with a code" };

/** Wires the list. Gives a function that shows sessions in it; `ended` is called when one of them is gone. */
export function sessionList(ended) {
  onClick("sign-out-everywhere", byId("sessions"), async () => {
    await callSignedIn("logout", { everywhere: true });
    end();
    say("You are signed out on every device.");
  });

  async function signOut({ id, current, name }) {
    await callSignedIn("logout", { session_id: id });
    if (current) end();
    else await ended();
    say(current ? "You are signed out." : `${name} is signed out.`);
  }

  function row({ id, current, method, user_agent, signed_in_at, last_used_at }) {
    const name = browser(user_agent ?? "");
    const used = moment(last_used_at);
    const label = current ? "Sign out here" : `Sign out ${name}, last used ${used}`;
    const button = element("button", { type: "button", class: "compact", "aria-label": label }, "Sign out");
    button.addEventListener("click", () => attempt(byId("sessions"), () => signOut({ id, current, name })));
    const title = element("p", {}, element("strong", {}, name), current ? " – this one" : "");
    const history = `Last used ${used}. Signed in ${METHODS[method]} ${moment(signed_in_at)}.`;
    return element("li", {}, element("div", {}, title, button), element("p", { class: "soft small" }, history));
  }

  return (sessions) => {
    byId("sessions-now").textContent = sessions.length === 1 ? "this browser alone" : `${sessions.length} sessions`;
    byId("session-list").replaceChildren(...sessions.map(row));
  };
}

const moment = (time) => new Date(time).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });

// Browsers name others as well as themselves, so the order counts.
const BROWSERS = { Edg: "Edge", OPR: "Opera", Firefox: "Firefox", FxiOS: "Firefox", Chrome: "Chrome", CriOS: "Chrome", Safari: "Safari" };
const SYSTEMS = { iPhone: "iPhone", iPad: "iPad", Android: "Android", Windows: "Windows", "Mac OS": "Mac", CrOS: "ChromeOS", Linux: "Linux" };

/** A browser as its owner knows it: "Firefox on Windows". Anything else goes by the first word of what it says. */
function browser(userAgent) {
  const named = (names) => Object.entries(names).find(([word]) => userAgent.includes(word))?.[1];
  const [program, system] = [named(BROWSERS), named(SYSTEMS)];
  if (!program) return userAgent.split(/[/ ]/)[0] || "Unknown browser";
  return system ? `${program} on ${system}` : program;
}
