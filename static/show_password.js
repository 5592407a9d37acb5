// A button that shows what is in a password field: `<button data-shows="id of the field">`.
// It stays hidden without this file.

for (const button of document.querySelectorAll("button[data-shows]")) {
  const field = document.getElementById(button.dataset.shows);
  button.hidden = false;
  button.setAttribute("aria-pressed", "false");
  button.addEventListener("click", () => {
    const isShown = field.type === "text";
    field.type = isShown ? "password" : "text";
    button.setAttribute("aria-pressed", String(!isShown));
  });
  // What is sent is a password again, so that the browser offers to keep it.
  field.form.addEventListener("submit", () => { field.type = "password"; });
}
