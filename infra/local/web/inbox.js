// Every mail that the shop has sent, as its customers see it. The address bar says which one is open: /inbox#<id>.

import { byId, element, facts, tabs } from "/assets/ui.js";

const REFRESH_MS = 2000;
const SANDBOX = "allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation";

let mails = [];
let shown; // the id of the mail in the reading pane

const address = (id) => `#${encodeURIComponent(id)}`;
const links = () => [...byId("list").querySelectorAll("a")];

// List: rows are kept from one refresh to the next, so that focus and scroll stay where they are.

function renderList() {
  const list = byId("list");
  const rows = new Map([...list.children].map((row) => [row.dataset.id, row]));
  const ids = new Set(mails.map(({ id }) => id));
  for (const [id, row] of rows) if (!ids.has(id)) row.remove();
  mails.forEach((mail, at) => {
    if (!rows.has(mail.id)) list.insertBefore(newRow(mail), list.children[at] ?? null);
  });
  for (const link of links()) link.setAttribute("aria-current", link.hash === location.hash);
}

function newRow({ id, to, subject, sent_at }) {
  const link = element(
    "a",
    { href: address(id) },
    element("strong", {}, subject),
    element("span", { class: "soft small" }, to),
    element("time", { class: "soft small", datetime: sent_at }, shortTime(sent_at)),
  );
  return element("li", { "data-id": id }, link);
}

function shortTime(moment) {
  const date = new Date(moment);
  const today = date.toDateString() === new Date().toDateString();
  return date.toLocaleString(undefined, today ? { timeStyle: "medium" } : { dateStyle: "medium" });
}

byId("list").addEventListener("keydown", (event) => {
  const all = links();
  const at = all.indexOf(event.target);
  const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: all.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  all[to]?.focus();
});

// Reading pane: drawn when another mail is opened, and left alone by a refresh.

const openForm = tabs(byId("forms"));

function renderMail() {
  const mail = mails.find(({ id }) => address(id) === location.hash);
  const panes = byId("panes");
  panes.toggleAttribute("data-reading", location.hash !== "");
  panes.toggleAttribute("data-empty", mails.length === 0);
  byId("mail").hidden = !mail;
  byId("blank").hidden = Boolean(mail);
  if (!mail) renderBlank();
  else if (mail.id !== shown) renderOpened(mail);
  shown = mail?.id;
}

const BLANK = {
  empty: {
    title: "No mail yet",
    text: "Create an account in the demo store, or sign in there with a code: the mail shows up here by itself.",
    link: "Open the demo store",
    href: "/",
  },
  gone: {
    title: "This mail is gone",
    text: "The inbox has been emptied since, or the shop was started anew.",
    link: "All mails",
    href: "#",
  },
  unchosen: { title: "Choose a mail", text: "It is shown here as the customer sees it.", link: "", href: "#" },
};

function renderBlank() {
  const { title, text, link, href } = mails.length === 0 ? BLANK.empty : location.hash ? BLANK.gone : BLANK.unchosen;
  byId("blank-title").textContent = title;
  byId("blank-text").textContent = text;
  byId("blank-link").textContent = link;
  byId("blank-link").href = href;
}

function renderOpened({ id, store, kind, to, subject, text, headers, sent_at }) {
  byId("subject").textContent = subject;
  byId("to").textContent = to;
  byId("kind").textContent = `${store} · ${kind}`;
  byId("sent").textContent = new Date(sent_at).toLocaleString(undefined, { dateStyle: "long", timeStyle: "medium" });
  byId("sent").dateTime = sent_at;
  byId("text-body").textContent = text;
  byId("header-list").replaceChildren(...facts(Object.entries(headers)));
  // A new frame each time: to change the address of the old one would add a step to the browser's history.
  const src = `/inbox/${encodeURIComponent(id)}.html`;
  byId("html").replaceChildren(element("iframe", { sandbox: SANDBOX, src, title: "The mail" }));
  if (byId("list").offsetParent === null) byId("subject").focus(); // one pane: the list has made room for the mail
}

addEventListener("hashchange", () => {
  const left = shown;
  render();
  if (left && !location.hash) links().find((link) => link.hash === address(left))?.focus();
});

// Refresh

function render() {
  renderList();
  renderMail();
  document.title = mails.length ? `Inbox (${mails.length})` : "Inbox";
  byId("empty").disabled = mails.length === 0;
}

async function load() {
  try {
    const answer = await fetch("/inbox.json", { cache: "no-store" });
    if (!answer.ok) throw new Error(`inbox.json: ${answer.status}`);
    mails = await answer.json();
  } catch {
    byId("status").textContent = "No connection. Is “cargo local” still running?";
    return;
  }
  byId("status").textContent = "";
  render();
}

async function keepLoading() {
  await load();
  setTimeout(keepLoading, REFRESH_MS);
}

byId("empty").addEventListener("click", async () => {
  if (!confirm("Delete every mail in this inbox?")) return;
  await fetch("/inbox.json", { method: "DELETE" }).catch(() => {}); // `load` says it if the shop is gone
  history.replaceState(null, "", location.pathname);
  await load();
});

openForm("html");
keepLoading();
