// What the pages have in common: elements, messages, forms, tabs.

import { Problem } from "/assets/api.js";

export const byId = (id) => document.getElementById(id);

/** Makes an element. Data only ever enters a page as text, here or through `textContent`. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** Rows of names and values for a `<dl>`. */
export const facts = (pairs) =>
  pairs.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, String(value))]);

/** Shows a message in the page's live region; no text clears it. */
export function say(text = "", tone = "good") {
  const region = byId("message");
  region.textContent = text;
  region.dataset.tone = tone;
  if (text) region.scrollIntoView({ block: "nearest" });
}

/** Runs `work`, one at a time per `scope`, and shows the problem it meets in the live region and next to the fields. */
export async function attempt(scope, work) {
  if (scope.hasAttribute("aria-busy")) return;
  scope.setAttribute("aria-busy", "true");
  say();
  clearFieldErrors(scope);
  try {
    await work();
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    const shown = showFieldErrors(scope, problem.fields);
    const wait = problem.retryAfter ? ` Try again in ${duration(problem.retryAfter)}.` : "";
    say(shown ? "Please check what is marked." : problem.message + wait, "bad");
  } finally {
    scope.removeAttribute("aria-busy");
  }
}

/** Calls `send` with a form's values. Those left empty are left out, and a password is taken as typed. */
export function onSubmit(form, send) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const filled = [...new FormData(form)].filter(([, value]) => value !== "");
    attempt(form, () => send(Object.fromEntries(filled)));
  });
}

/** Does `work` when a button is pressed. */
export function onClick(id, scope, work) {
  byId(id).addEventListener("click", () => attempt(scope, () => work()));
}

const FIELD_ERRORS = {
  empty: "Please fill this in.",
  too_short: "This is too short.",
  too_long: "This is too long.",
  wrong_password: "This is not your present password.",
  too_common: "Too many people use this one. Please choose another.",
  invalid_characters: "This holds a character that cannot be used here.",
  invalid_address: "This does not look like an e-mail address.",
  invalid_local_part: "The part before the @ cannot be used.",
  invalid_domain: "The part after the @ cannot be used.",
  same_address: "This is your address already.",
  invalid_code_format: "A code has 6 or 8 digits, or 10 letters and digits.",
  link_in_name: "A name cannot hold a link.",
  country_required: "Please choose a country.",
  street_required: "Please fill this in.",
  too_many_lines: "Three lines at most, please.",
  city_required: "Please fill this in.",
  region_required: "This country’s addresses need one.",
  postal_code_required: "Please fill this in.",
  invalid_postal_code: "This country has no such postal code.",
};
const FIELD_ERROR = "Please check this.";

/** Tells errors at the fields that they are about, leads to the first, and says whether there was one. */
export function showFieldErrors(scope, errors) {
  let first;
  for (const { field, code } of errors) {
    const input = scope.querySelector(`[name="${CSS.escape(field)}"]`);
    if (!input) continue;
    const error = element("p", { class: "field-error", id: `${input.id}-error` }, FIELD_ERRORS[code] ?? FIELD_ERROR);
    input.closest(".field").append(error);
    input.setAttribute("aria-invalid", "true");
    input.setAttribute("aria-errormessage", error.id);
    for (let part = input.closest("details"); part; part = part.parentElement.closest("details")) part.open = true;
    first ??= input;
  }
  first?.focus();
  return Boolean(first);
}

function clearFieldErrors(scope) {
  for (const error of scope.querySelectorAll(".field-error")) error.remove();
  for (const input of scope.querySelectorAll("[aria-invalid]")) {
    input.removeAttribute("aria-invalid");
    input.removeAttribute("aria-errormessage");
  }
}

/** Hands the browser a file of JSON to keep. */
export function download(name, json) {
  const href = URL.createObjectURL(new Blob([JSON.stringify(json, null, 2)], { type: "application/json" }));
  element("a", { href, download: name }).click();
  URL.revokeObjectURL(href);
}

/** A day as a person writes it. */
export const day = (time) => new Date(time).toLocaleDateString(undefined, { dateStyle: "long" });

/** Seconds as a person says them. */
export function duration(seconds) {
  const [count, unit] =
    seconds < 100 ? [seconds, "second"] : seconds < 5400 ? [seconds / 60, "minute"] : [seconds / 3600, "hour"];
  return new Intl.NumberFormat("en", { style: "unit", unit, unitDisplay: "long" }).format(Math.ceil(count));
}

/** Wires a tab list for mouse and keyboard. Gives a function that opens a tab by the id of its panel. */
export function tabs(list, opened = () => {}) {
  const all = [...list.querySelectorAll("[role=tab]")];
  const panel = (tab) => tab.getAttribute("aria-controls");

  function open(id) {
    for (const tab of all) {
      const chosen = panel(tab) === id;
      tab.setAttribute("aria-selected", chosen);
      tab.tabIndex = chosen ? 0 : -1;
      byId(panel(tab)).hidden = !chosen;
    }
    opened(id);
  }

  list.addEventListener("click", ({ target }) => {
    const tab = target.closest("[role=tab]");
    if (tab) open(panel(tab));
  });
  list.addEventListener("keydown", (event) => {
    const at = all.indexOf(event.target);
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: -1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const tab = all.at(to % all.length);
    tab.focus();
    open(panel(tab));
  });
  return open;
}
