// `<div data-drop>` around a file field takes files that are dropped on it. With `data-max-bytes`
// on a field, a file that is larger is refused in words (`data-too-large`) and never sent.

for (const zone of document.querySelectorAll("[data-drop]")) {
  const field = zone.querySelector("input[type=file]");
  const mark = (isOver) => zone.classList.toggle("over", isOver);
  zone.addEventListener("dragover", (event) => { event.preventDefault(); mark(true); });
  zone.addEventListener("dragleave", () => mark(false));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    mark(false);
    if (event.dataTransfer.files.length === 0) return;
    field.files = event.dataTransfer.files;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  });
}

for (const field of document.querySelectorAll("input[type=file][data-max-bytes]")) {
  holdToSize(field, field.closest("[data-drop]") ?? field);
}

function holdToSize(field, zone) {
  const problem = document.createElement("p");
  problem.className = "problem";
  problem.id = `${field.id}_size`;
  problem.setAttribute("role", "alert");
  zone.after(problem);
  const described = field.getAttribute("aria-describedby") ?? "";
  const isTooLarge = () => [...field.files].some((file) => file.size > Number(field.dataset.maxBytes));
  const judge = () => {
    const isWrong = isTooLarge();
    problem.textContent = isWrong ? field.dataset.tooLarge : "";
    field.setAttribute("aria-describedby", isWrong ? `${described} ${problem.id}` : described);
    if (isWrong) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
  };
  field.addEventListener("change", judge);
  field.form.addEventListener("submit", (event) => {
    if (!isTooLarge()) return;
    event.preventDefault();
    judge();
    field.focus();
  });
}
