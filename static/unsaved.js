// `<form data-unsaved="id">`: what is typed there is never lost. A question before the page is
// left, a copy in this browser that is offered when the form is opened again, Ctrl-S to save.
// Without this file the form is saved with its button alone.
//
// A copy is kept for one person, and names the state of the draft that it was written over (the
// field `view`): sent after a colleague's change, the server refuses it once and shows the change.

import { isLetter } from "./keys.js";

const PREFIX = "voicex:unsaved:";
const KEPT_MS = 7 * 24 * 3600 * 1000;
const WAIT_MS = 400; // after a key, until the copy is written
const person = document.body.dataset.person ?? "";

// --- Copies ------------------------------------------------------------------------

function readCopy(key) {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null");
  } catch {
    return null;
  }
}

function writeCopy(key, copy) {
  try {
    localStorage.setItem(key, JSON.stringify(copy));
  } catch {
    // The storage is full or switched off: the question before leaving is what is left.
  }
}

function forget(key) {
  try {
    localStorage.removeItem(key);
  } catch {
    // Switched off: there is none.
  }
}

function copies() {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));
  } catch {
    return [];
  }
}

// Of other people at this computer, and of long ago.
function forgetOldCopies() {
  for (const key of copies()) {
    const copy = readCopy(key);
    if (copy?.person !== person || !(Date.now() - copy.at < KEPT_MS)) forget(key);
  }
}

// --- The form -----------------------------------------------------------------------

function fieldsOf(form) {
  const passed = ["hidden", "password", "file", "submit", "button"];
  return [...form.elements].filter((field) => field.name && !passed.includes(field.type));
}

function isTick(field) {
  return field.type === "checkbox" || field.type === "radio";
}

// Against what the server wrote into the page, not what a browser may have put back on a reload.
function isChanged(field) {
  if (isTick(field)) return field.checked !== field.defaultChecked;
  if (field.tagName !== "SELECT") return field.value !== field.defaultValue;
  const options = [...field.options];
  const chosen = options.find((option) => option.defaultSelected) ?? options[0];
  return field.value !== (chosen?.value ?? "");
}

// What differs from the page; all that is in the fields where the page has no more than that.
function changesIn(form, isRefused) {
  const changed = fieldsOf(form).filter((field) => isRefused || isChanged(field));
  return changed.map((field) => {
    const value = isTick(field) ? field.checked : field.value;
    return { name: field.name, of: isTick(field) ? field.value : "", value };
  });
}

function fieldOf(form, { name, of }) {
  return fieldsOf(form).find((field) => field.name === name && (!isTick(field) || field.value === of));
}

function fill(form, changes) {
  for (const change of changes) {
    const field = fieldOf(form, change);
    if (!field) continue;
    if (isTick(field)) field.checked = change.value;
    else field.value = change.value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

class Unsaved {
  constructor(form) {
    this.form = form;
    this.key = `${PREFIX}${form.dataset.unsaved}`;
    this.view = form.elements.view;
    // What was refused is in the fields, and nowhere else.
    this.isRefused = "unsavedRefused" in form.dataset;
    this.isLeaving = false;
    this.state = form.querySelector("[data-unsaved-state]");
    form.addEventListener("input", () => this.#changed());
    form.addEventListener("change", () => this.#changed());
    form.addEventListener("submit", (event) => this.#submitted(event));
    document.addEventListener("keydown", (event) => this.#pressed(event));
    window.addEventListener("beforeunload", (event) => this.#asked(event));
    window.addEventListener("pagehide", () => this.#keep());
    window.addEventListener("pageshow", () => { this.isLeaving = false; });
    this.#offer();
    this.#show();
  }

  get isDirty() {
    return this.isRefused || fieldsOf(this.form).some(isChanged);
  }

  #changed() {
    this.#show();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#keep(), WAIT_MS);
  }

  #show() {
    this.state.textContent = this.isDirty ? this.state.dataset.changed : "";
  }

  #keep() {
    clearTimeout(this.timer);
    if (this.isOffered) return; // what is offered is not overwritten unseen
    const changes = changesIn(this.form, this.isRefused);
    if (changes.length > 0) {
      const copy = { person, at: Date.now(), view: this.view.value, changes, isSent: this.isLeaving };
      writeCopy(this.key, copy);
    } else {
      forget(this.key);
    }
  }

  #submitted(event) {
    if (event.defaultPrevented || event.submitter?.formTarget) return;
    this.isLeaving = true;
    this.isOffered = false;
    this.#keep();
  }

  #pressed(event) {
    if (!isLetter(event, "s") || !(event.ctrlKey || event.metaKey) || event.altKey) return;
    event.preventDefault();
    if (!event.shiftKey) this.form.requestSubmit(this.form.querySelector("[data-save]"));
  }

  #asked(event) {
    if (this.isLeaving || !this.isDirty) return;
    event.preventDefault();
    event.returnValue = ""; // browsers of before 2024 look at this one
  }

  // --- The copy of an earlier visit ----------------------------------------------------

  #offer() {
    const copy = readCopy(this.key);
    // After a refusal, or a log-in in between, the fields have what was sent.
    const isHere = this.isRefused || document.getElementById("interrupted");
    if (!copy || isHere || !this.#differs(copy)) {
      if (copy && !isHere) forget(this.key);
      return;
    }
    this.isOffered = true;
    const notice = document.querySelector("[data-unsaved-copy]");
    const at = new Date(copy.at);
    const time = notice.querySelector("[data-unsaved-at]");
    time.dateTime = at.toISOString();
    time.textContent = at.toLocaleString(document.documentElement.lang || undefined, { dateStyle: "medium", timeStyle: "short" });
    const close = () => { notice.hidden = true; this.isOffered = false; };
    notice.querySelector("[data-unsaved-restore]").addEventListener("click", () => {
      close();
      fill(this.form, copy.changes);
      this.view.value = copy.view;
      this.#changed();
      fieldsOf(this.form).find(isChanged)?.focus();
    });
    notice.querySelector("[data-unsaved-forget]").addEventListener("click", () => {
      close();
      forget(this.key);
      this.#changed();
    });
    notice.hidden = false;
  }

  // Whether the copy says anything that the page does not.
  #differs(copy) {
    return copy.changes.some((change) => {
      const field = fieldOf(this.form, change);
      return field && (isTick(field) ? field.checked : field.value) !== change.value;
    });
  }
}

// --- Facts to fill in: a link leads to the brackets of its fact -------------------------

function selectGap(number) {
  const facts = document.getElementById("id_facts");
  if (!facts || !(number > 0)) return;
  let from = 0;
  let found = 0;
  for (const line of facts.value.split("\n")) {
    const gap = /\[\[.*?\]\]/.exec(line);
    if (gap && ++found === number) {
      facts.focus();
      facts.setSelectionRange(from + gap.index, from + gap.index + gap[0].length);
      // To the line itself: a browser does not scroll a field to what is selected in it.
      const share = facts.value.slice(0, from).split("\n").length / facts.value.split("\n").length;
      facts.scrollTop = Math.max(0, share * facts.scrollHeight - facts.clientHeight / 2);
      facts.scrollIntoView({ block: "center" });
      return;
    }
    from += line.length + 1;
  }
}

// --- The page ---------------------------------------------------------------------------

forgetOldCopies();
// The page of the draft: what this person sent has arrived when the draft is theirs, and another.
for (const { dataset } of document.querySelectorAll("[data-unsaved-saved]")) {
  const key = `${PREFIX}${dataset.unsavedSaved}`;
  const copy = readCopy(key);
  if (copy?.isSent && copy.view !== dataset.unsavedView && dataset.unsavedBy === person) forget(key);
}
for (const form of document.querySelectorAll("form[data-unsaved]")) new Unsaved(form);
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-fill]");
  if (!link || !document.getElementById("id_facts")) return;
  event.preventDefault();
  selectGap(Number(link.dataset.fill));
});
selectGap(Number(new URLSearchParams(location.search).get("fill")));
