// Keyboard shortcuts: "/" and ctrl-K go to the search, "?" opens the help, "g" and a letter go to
// a page. Single keys do nothing while one types, and can be switched off in the help.

import { isLetter } from "./keys.js";

const KEPT = "single-keys";
const WAIT_MS = 1500; // for the letter after "g"
const help = document.getElementById("shortcuts");
const search = document.getElementById("search");
const choice = document.getElementById("single_keys");
let goesUntil = 0;

function kept() {
  try {
    return localStorage.getItem(KEPT) !== "off";
  } catch {
    return true; // a browser that keeps nothing
  }
}

function isTyping(target) {
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
}

function toSearch() {
  if (search?.checkVisibility?.() ?? search) {
    search.focus();
    search.select();
    return;
  }
  const link = document.querySelector("a.search-link"); // on a phone
  if (link) location.assign(link.href);
}

function goTo(letter) {
  const entry = help?.querySelector(`[data-go="${CSS.escape(letter)}"]`);
  if (entry) location.assign(entry.dataset.url);
  return Boolean(entry);
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing) return;
  if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && isLetter(event, "k")) {
    event.preventDefault();
    toSearch();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (!kept() || document.querySelector("dialog[open]")) return;
  if (event.timeStamp < goesUntil) {
    goesUntil = 0;
    if (goTo(event.key)) event.preventDefault();
    return;
  }
  if (event.key === "/") {
    event.preventDefault();
    toSearch();
  } else if (event.key === "?" && help?.showModal) {
    event.preventDefault();
    help.showModal();
  } else if (event.key === "g") {
    goesUntil = event.timeStamp + WAIT_MS;
  }
});

if (choice) {
  choice.checked = kept();
  choice.addEventListener("change", () => {
    try {
      localStorage.setItem(KEPT, choice.checked ? "on" : "off");
    } catch {
      // A browser that keeps nothing: they stay as they are.
    }
  });
}

for (const opener of document.querySelectorAll("[data-shortcuts]")) {
  opener.hidden = !help?.showModal;
  opener.addEventListener("click", () => help.showModal());
}
