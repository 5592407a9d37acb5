// Puts back what was typed before a session ended: from `#interrupted`, which the server
// writes after an interrupted POST, or from this tab's storage, when htmx was redirected to the
// login. What was typed into the other forms of a page is put back when one of them was sent.
// Nothing is ever sent from here.

const STORED = "voicex:typed";
const person = document.body.dataset.person ?? "";

// Hidden fields are the page's own, but for those that say what it showed: what was typed was typed
// over that, not over what is stored by now (`is_as_shown` in accounts/form_recovery.py).
// What no page shows again is kept nowhere; the names are those of accounts/form_recovery.py.
const SECRET = /password|token|secret|key|code|credential|otp|^value$/i;

function isText(field) {
  if (field.type === "hidden") return field.name.startsWith("initial-") || ["view", "latest"].includes(field.name);
  return field.name && !SECRET.test(field.name) && !["password", "file", "submit", "button", "image"].includes(field.type);
}

function postForms() {
  return [...document.querySelectorAll("main form")].filter((form) => form.method === "post");
}

function typedInto(form) {
  return [...form.elements].filter(isText).flatMap((field) => {
    if (field.type === "checkbox" || field.type === "radio") {
      return field.checked ? [[field.name, field.value]] : [];
    }
    return [[field.name, field.value]];
  });
}

function fill(form, typed) {
  const values = Map.groupBy ? Map.groupBy(typed, ([name]) => name) : grouped(typed);
  for (const field of [...form.elements].filter(isText)) {
    const given = (values.get(field.name) ?? []).map(([, value]) => value);
    if (field.type === "checkbox" || field.type === "radio") {
      field.checked = given.includes(field.value);
    } else if (field.tagName === "SELECT" && field.multiple) {
      for (const option of field.options) option.selected = given.includes(option.value);
    } else if (given.length > 0) {
      field.value = given[0];
    }
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

function grouped(pairs) {
  const groups = new Map();
  for (const pair of pairs) groups.set(pair[0], [...(groups.get(pair[0]) ?? []), pair]);
  return groups;
}

// The form that shares the most field names with what was typed.
function formFor(names) {
  const known = new Set(names);
  const scored = postForms().map((form) => {
    const own = new Set([...form.elements].filter(isText).map((field) => field.name));
    return [[...own].filter((name) => known.has(name)).length, form];
  });
  scored.sort(([a], [b]) => b - a);
  return scored.length > 0 && scored[0][0] > 0 ? scored[0][1] : null;
}

function restoreFromPage() {
  const section = document.getElementById("interrupted");
  if (!section) return;
  const typed = [...section.querySelectorAll("[data-name]")].map((text) => [text.dataset.name, text.value]);
  const form = formFor(typed.map(([name]) => name));
  if (!form) return;
  fill(form, typed);
  section.querySelector("details").open = false;
}

function restoreFromTab() {
  const stored = JSON.parse(sessionStorage.getItem(STORED) ?? "null");
  if (!stored || stored.page !== location.pathname || !person) return;
  sessionStorage.removeItem(STORED);
  if (stored.person !== person) return;
  const forms = postForms();
  const names = namesOf(forms);
  let isRestored = false;
  for (const { name, index, action, typed } of stored.forms) {
    // A form may stand elsewhere by now, or have other fields.
    const form = forms[names.indexOf(name)] ?? forms[index];
    if (form?.getAttribute("action") !== action) continue;
    fill(form, typed);
    isRestored = true;
  }
  if (isRestored) {
    const text = document.getElementById("words").dataset.restored;
    document.dispatchEvent(new CustomEvent("voicex:toast", { detail: { text } }));
  }
}

// What each form is called: by its action and fields, and which of those it is.
function namesOf(forms) {
  const known = new Map();
  return forms.map((form) => {
    const fields = new Set([...form.elements].filter(isText).map((field) => field.name));
    const name = [form.getAttribute("action"), ...fields].join(" ");
    known.set(name, (known.get(name) ?? 0) + 1);
    return `${name} ${known.get(name)}`;
  });
}

function isChosen(select) {
  const options = [...select.options];
  // Of one that has no choice yet the browser shows the first.
  const isUnset = !select.multiple && !options.some((option) => option.defaultSelected);
  return isUnset ? select.selectedIndex > 0 : options.some((option) => option.selected !== option.defaultSelected);
}

function isChanged(form) {
  return [...form.elements].filter(isText).some((field) => {
    if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
    if (field.tagName === "SELECT") return isChosen(field);
    return field.type !== "hidden" && field.value !== field.defaultValue;
  });
}

function keep(isKept) {
  const forms = postForms()
    .map((form, index, all) => ({ form, index, name: namesOf(all)[index] }))
    .filter(({ form }) => isKept(form))
    .map(({ form, index, name }) => ({ name, index, action: form.getAttribute("action"), typed: typedInto(form) }));
  if (forms.length === 0) return;
  sessionStorage.setItem(STORED, JSON.stringify({ page: location.pathname, person, forms }));
}

document.addEventListener("htmx:beforeOnLoad", (event) => {
  if (event.detail.xhr.status === 401) keep(() => true);
});

// The page is loaded anew, without what was typed elsewhere on it. Not prevented: htmx does not.
document.addEventListener("submit", (event) => {
  const sent = event.target;
  if (sent.method === "post" && !event.defaultPrevented) keep((form) => form !== sent && isChanged(form));
});

restoreFromPage();
restoreFromTab();
