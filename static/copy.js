// Copy buttons: `<button data-copy="id of an input">`. They stay hidden without this file,
// because the input beside them can be selected and copied by hand.

const FEEDBACK_MS = 2000;

async function copy(field) {
  field.select();
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(field.value);
  } else {
    // Browsers offer the clipboard API on https and localhost only.
    document.execCommand("copy");
  }
}

for (const button of document.querySelectorAll("button[data-copy]")) {
  const field = document.getElementById(button.dataset.copy);
  const label = button.querySelector("span");
  const words = label.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await copy(field);
      label.textContent = button.dataset.copied;
    } catch {
      label.textContent = button.dataset.byHand;
    }
    setTimeout(() => { label.textContent = words; }, FEEDBACK_MS);
  });
}

for (const field of document.querySelectorAll(".copyable input")) {
  field.addEventListener("focus", () => field.select());
}
