// The views of the account page: exactly one shows at a time.

import { byId } from "/assets/ui.js";

export function show(name, title) {
  for (const view of document.querySelectorAll("[data-view]")) {
    view.hidden = view.dataset.view !== name;
    if (!view.hidden) byId("title").textContent = title ?? view.dataset.title;
  }
  byId("demo").hidden = name !== "signed-out" || !byId("customers").hasChildNodes();
  byId("title").focus();
}
