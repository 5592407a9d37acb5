// The admin's lists that search, and its lists to choose several from: both are drawn without the
// label of their field, so screen readers announce a field without a name. Without this file they
// work all the same.

function labelOf(id) {
  const label = document.getElementById(id)?.labels?.[0];
  if (label && !label.id) label.id = `${id}-label`;
  return label;
}

function nameParts() {
  // What is chosen: a text field within a list, says select2; it is the list's value.
  for (const chosen of document.querySelectorAll(".select2-selection__rendered[role=textbox]")) {
    const label = labelOf(chosen.id.slice("select2-".length, -"-container".length));
    if (!label) continue;
    chosen.removeAttribute("role");
    chosen.removeAttribute("aria-readonly");
    const list = chosen.closest("[role=combobox]");
    list.setAttribute("aria-labelledby", `${label.id} ${chosen.id}`);
    list.setAttribute("aria-controls", chosen.id.replace(/container$/, "results"));
  }
  // What opens below: the field to search in, and what it finds.
  for (const found of document.querySelectorAll(".select2-results__options:not([aria-labelledby])")) {
    const label = labelOf(found.id.slice("select2-".length, -"-results".length));
    if (!label) continue;
    found.setAttribute("aria-labelledby", label.id);
    found.closest(".select2-dropdown").querySelector("[role=searchbox]")
      ?.setAttribute("aria-labelledby", label.id);
  }
  // Of what can be chosen, a title alone says what it is.
  for (const list of document.querySelectorAll("select[id$=_from][title]:not([aria-label])")) {
    list.setAttribute("aria-label", list.title);
  }
  for (const icon of document.querySelectorAll(".help-tooltip[aria-label]:not([role])")) {
    icon.setAttribute("role", "img");
  }
}

document.addEventListener("DOMContentLoaded", () => {
  nameParts();
  new MutationObserver(nameParts).observe(document.body, { childList: true, subtree: true });
});
