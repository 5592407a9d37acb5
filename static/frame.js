// The frame of every page: menus that close, failed requests said in words, forms sent once.

// --- Menus ------------------------------------------------------------------------

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// --- Toasts -----------------------------------------------------------------------

const SHOWN_MS = 12000;
const words = document.getElementById("words")?.dataset ?? {};

function toast(text, kind = "") {
  const box = document.createElement("div");
  box.className = `toast ${kind}`;
  const line = document.createElement("p");
  line.textContent = text;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "link";
  close.textContent = words.close;
  close.addEventListener("click", () => box.remove());
  box.append(line, close);
  document.getElementById("toasts").append(box);
  setTimeout(() => box.remove(), SHOWN_MS);
}

document.addEventListener("voicex:toast", (event) => toast(event.detail.text, event.detail.kind));

// --- Requests of htmx that fail ------------------------------------------------------

document.addEventListener("htmx:responseError", (event) => {
  const { status } = event.detail.xhr;
  if (status === 401) return; // kept_forms.js; the browser is on its way to the log-in
  toast(status >= 500 ? words.failed : words.refused, "error");
});
for (const name of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, () => toast(words.offline, "error"));
}

// A form that was refused comes back with 422 and its errors: it is swapped in like a page.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.xhr.status === 422) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
});

// --- Texts that are too long ---------------------------------------------------------

// A browser cuts what is pasted to the limit of its field, and says nothing. The server refuses it
// in words, and all of it is still there.
function takeTextsWhole(field) {
  if (field?.matches("textarea[maxlength]")) field.removeAttribute("maxlength");
}

takeTextsWhole(document.activeElement); // it may have the focus before this script runs
document.addEventListener("focusin", (event) => takeTextsWhole(event.target));

// --- Buttons that wait ----------------------------------------------------------------

// A form sent twice does its work twice, however long the first takes. The browser's back button
// must find it usable again. The button is also freed if the page stays open: after a download
// (`data-download`), or when loading was stopped, by Escape or otherwise.
const DOWNLOAD_MS = 2000;
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented || form.target) return;
  const button = event.submitter;
  if (!button || button.classList.contains("segment")) return;
  if (button.getAttribute("aria-busy") === "true") {
    event.preventDefault();
    return;
  }
  button.setAttribute("aria-busy", "true");
  if ("download" in form.dataset) {
    setTimeout(() => button.removeAttribute("aria-busy"), DOWNLOAD_MS);
  }
});
function freeButtons() {
  for (const button of document.querySelectorAll("form button[aria-busy]")) {
    button.removeAttribute("aria-busy");
  }
}
window.addEventListener("pageshow", freeButtons);
globalThis.navigation?.addEventListener("navigateerror", freeButtons);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.defaultPrevented) freeButtons();
});
