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
  const label = button.innerHTML;
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await copy(field);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Press Ctrl+C";
    }
    setTimeout(() => { button.innerHTML = label; }, FEEDBACK_MS);
  });
}

for (const field of document.querySelectorAll(".copyable input")) {
  field.addEventListener("focus", () => field.select());
}
