// How the pages talk to Vestibule: one function to call an operation, and what a browser keeps of its answers.

const STORE = "demo";
/** The operations that are no POST. */
const METHODS = { "view-account": "GET", "update-account": "PATCH", "export-account": "GET" };

/** An answer that is not a success. `status` is 0 when there was no answer at all. */
export class Problem extends Error {
  constructor(status, body = {}, retryAfter = 0) {
    super(body.detail ?? body.title ?? "Something went wrong. Please try again.");
    this.status = status;
    this.code = body.code;
    this.fields = body.errors ?? [];
    this.holds = body.holds ?? [];
    this.retryAfter = retryAfter;
  }
}

/** Calls an operation of the shop; gives its JSON answer, or null where there is none, or throws a `Problem`. */
export async function call(operation, body, accessToken) {
  const headers = body ? { "Content-Type": "application/json" } : {};
  if (accessToken) headers.Authorization = `Bearer ${accessToken}`;

  let answer;
  try {
    const method = METHODS[operation] ?? "POST";
    answer = await fetch(`/${STORE}/${operation}`, { method, headers, body: JSON.stringify(body) });
  } catch {
    throw new Problem(0, { detail: "The shop cannot be reached. Is “cargo local” still running?" });
  }

  const json = await answer.json().catch(() => null);
  if (answer.ok) return json;
  throw new Problem(answer.status, json ?? {}, Number(answer.headers.get("Retry-After")) || 0);
}

/** The session lives as long as the tab. */
export const session = {
  get: () => JSON.parse(sessionStorage.getItem("session")),
  set: (value) => sessionStorage.setItem("session", JSON.stringify(value)),
  clear: () => sessionStorage.removeItem("session"),
};

/** The device token outlives the session. It vouches for one address, so each address has its own. */
export const device = {
  get: (email) => localStorage.getItem(deviceKey(email)) ?? undefined,
  set: (email, token) => localStorage.setItem(deviceKey(email), token),
};
const deviceKey = (email) => `device_token ${email.toLowerCase()}`;

/** What an access token says. Reading is not verifying: a shop's server checks the signature against the JWKS. */
export function claims(token) {
  const base64 = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
  const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes));
}
