// The code step: a mailed code is entered, and redeemed.

import { call } from "/assets/api.js";
import { byId, onClick, onSubmit, say } from "/assets/ui.js";
import { show } from "/assets/views.js";

const verify = (proof) => call("verify-code", proof);

let step;
let resendTimer;

/**
 * Shows the step. `send` has a code mailed, or `challenge` is one that was mailed already and cannot be sent again. The
 * code goes to `redeem`, and what it gives to `done`.
 */
export async function askForCode({ intro, send, challenge, redeem = verify, done, cancel }) {
  step = { send, redeem, done, cancel, challenge: challenge ?? (await send()) };
  byId("code-intro").textContent = intro;
  byId("enter-code-form").reset();
  byId("resend").hidden = !send;
  show("enter-code");
  holdResend(step.challenge.resend_after);
  byId("code-input").focus();
}

onSubmit(byId("enter-code-form"), async ({ code }) => {
  const { redeem, done, challenge } = step;
  await done(await redeem({ challenge_id: challenge.challenge_id, code }));
});

onClick("resend", byId("enter-code-form"), async () => {
  try {
    step.challenge = await step.send();
  } catch (problem) {
    holdResend(problem.retryAfter);
    throw problem;
  }
  holdResend(step.challenge.resend_after);
  say("A new code is on its way. Only the newest one works.");
});

onClick("code-cancel", byId("enter-code-form"), () => step.cancel());

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
