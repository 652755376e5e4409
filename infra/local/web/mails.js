// Every mail in every language, with sample data. The address bar says which one is open: /mails#<language>/<name>.

import { byId, element } from "/assets/ui.js";

const FIRST_LANGUAGE = "en";

let mails = [];

const view = byId("view").elements;
const address = (language, name) => `#${language}/${name}`;
const opened = () => mails.find(({ language, name }) => address(language, name) === location.hash);

function renderList(language) {
  const inLanguage = mails.filter((mail) => mail.language === language);
  byId("list").replaceChildren(...inLanguage.map(row));
}

function row({ language, name, subject }) {
  const href = address(language, name);
  const link = element("a", { href }, element("strong", {}, subject), element("span", { class: "soft small" }, name));
  link.setAttribute("aria-current", href === location.hash);
  return element("li", {}, link);
}

function renderMail(mail) {
  byId("panes").toggleAttribute("data-reading", Boolean(mail));
  byId("mail").hidden = !mail;
  byId("blank").hidden = Boolean(mail);
  if (!mail) return;
  const { language, name, subject, text } = mail;
  view.language.value = language;
  byId("subject").textContent = subject;
  byId("subject").lang = byId("text").lang = language;
  byId("text").textContent = text;
  byId("html").toggleAttribute("data-phone", view.phone.checked);
  const src = `/mails/${language}/${name}.html?dark=${view.dark.checked}`;
  // A new frame each time: to change the address of the old one would add a step to the browser's history.
  byId("html").replaceChildren(element("iframe", { sandbox: "", src, title: "The mail" }));
}

function render() {
  const mail = opened();
  const scrolled = byId("list").parentElement.scrollTop;
  renderList(mail?.language ?? FIRST_LANGUAGE);
  byId("list").parentElement.scrollTop = scrolled;
  renderMail(mail);
}

byId("view").addEventListener("change", ({ target }) => {
  const mail = opened();
  if (target === view.language) location.hash = address(target.value, mail.name);
  else renderMail(mail);
});
addEventListener("hashchange", render);

async function load() {
  const answer = await fetch("/mails.json", { cache: "no-store" }).catch(() => undefined);
  if (!answer?.ok) {
    byId("status").textContent = "The mails cannot be shown. Is “cargo local” still running?";
    return;
  }
  mails = await answer.json();
  const names = new Intl.DisplayNames("en", { type: "language" });
  const languages = new Set(mails.map(({ language }) => language));
  view.language.append(...[...languages].map((tag) => element("option", { value: tag }, names.of(tag))));
  render();
}

load();
