// Deletion: a fresh proof if the sign-in is old, and the holds if something keeps the account open.

import { showAccount } from "/assets/account.js";
import { callSignedIn, end, withFreshProof } from "/assets/signed-in.js";
import { byId, day, element, onClick, onSubmit, say } from "/assets/ui.js";
import { show } from "/assets/views.js";

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

onClick("delete", byId("account"), () => {
  byId("delete-form").reset();
  showDeletion();
});

onClick("delete-cancel", byId("delete-form"), () => showAccount("data"));

onSubmit(byId("delete-form"), ({ mode }) =>
  withFreshProof(
    async () => {
      try {
        await callSignedIn("delete-account", { mode });
      } catch (problem) {
        if (problem.code === "held") showDeletion(problem.holds);
        throw problem;
      }
      end();
      say(DELETED[mode]);
    },
    { purpose: "delete-account", cancel: showDeletion },
  ),
);

function showDeletion(holds = []) {
  const items = holds.map(({ kind, since }) => element("li", {}, `${HOLDS[kind] ?? kind} (since ${day(since)}).`));
  byId("holds").replaceChildren(...items);
  byId("holds").hidden = holds.length === 0;
  show("delete");
}
