// Calls in the name of whoever is signed in: with their access token, and with a fresh proof where one is asked for.

import { call, claims, device, session } from "/assets/api.js";
import { askForCode } from "/assets/code-step.js";

/** Dispatched on the window when there is nobody signed in any more. */
export const ENDED = "session-ended";
export const end = () => dispatchEvent(new Event(ENDED));

export const withDevice = (body) => ({ ...body, device_token: device.get(body.email) });

export function keep(fresh) {
  session.set(fresh);
  device.set(fresh.account.email, fresh.device_token);
}

export async function refresh() {
  try {
    keep(await call("refresh-session", { refresh_token: session.get().refresh_token }));
  } catch (problem) {
    if ([401, 403, 410].includes(problem.status)) end();
    throw problem;
  }
}

/** Calls an operation for the customer who is signed in; an access token that has run out is replaced once. */
export async function callSignedIn(operation, body) {
  try {
    return await call(operation, body, session.get().access_token);
  } catch (problem) {
    if (problem.code !== "invalid_token") throw problem;
    await refresh();
    return call(operation, body, session.get().access_token);
  }
}

/** Does what needs a fresh sign-in. If the last one is too old, a mailed code makes up for it. */
export async function withFreshProof(work, { purpose = "sign-in", cancel }) {
  try {
    await work();
  } catch (problem) {
    if (problem.code !== "proof_required") throw problem;
    const { email } = session.get().account;
    await askForCode({
      intro: `You signed in a while ago. To be sure that it is you, we have sent a code to ${email}.`,
      send: () => call("send-code", withDevice({ email, purpose })),
      done: (fresh) => replace(fresh).then(work),
      cancel,
    });
  }
}

/** A proof opens a session of its own; the one before it would stay behind in the list. */
async function replace(fresh) {
  const { sid } = claims(session.get().access_token);
  keep(fresh);
  await call("logout", { session_id: sid }, fresh.access_token);
}
