// `<a href="page that asks" data-dialog="id of a dialog">` opens the dialog instead, and
// `<a href="page that asks" data-ask>` the question of that page.
// Without this file the link is followed, and the page asks.

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (!opener || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const dialog = document.getElementById(opener.dataset.dialog);
  if (!dialog?.showModal) return;
  event.preventDefault();
  dialog.showModal();
});

// A click on the veil is a click on the dialog element itself.
document.addEventListener("click", (event) => {
  if (event.target instanceof HTMLDialogElement && event.target.open) {
    const box = event.target.getBoundingClientRect();
    const isInside =
      event.clientX >= box.left && event.clientX <= box.right &&
      event.clientY >= box.top && event.clientY <= box.bottom;
    if (!isInside) event.target.close();
  }
});

// The question of a confirmation page, over this page. Its form goes where the page's would; what
// is no question (a log-in, a page that says that it is over) is opened instead.
async function ask(link) {
  const answer = await fetch(link.href, { headers: { "X-Requested-With": "fetch" } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const question = answer.ok && !answer.redirected && page.querySelector("main .card.ask");
  if (!question) throw new Error("no question");
  const dialog = document.createElement("dialog");
  const title = question.querySelector("h1");
  const heading = document.createElement("h2");
  heading.id = "asked-title";
  heading.textContent = title.textContent;
  title.replaceWith(heading);
  dialog.setAttribute("aria-labelledby", heading.id);
  dialog.append(...question.childNodes);
  for (const form of dialog.querySelectorAll("form")) {
    if (!form.getAttribute("action")) form.action = link.href;
  }
  dialog.addEventListener("click", (event) => {
    if (!event.target.closest("a.button.quiet")) return;
    event.preventDefault();
    dialog.close();
  });
  dialog.addEventListener("close", () => {
    dialog.remove();
    // A part of the page that follows what happens may have been replaced meanwhile.
    (document.getElementById(link.id) ?? link).focus();
  });
  document.body.append(dialog);
  dialog.showModal();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-ask]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
  if (!HTMLDialogElement.prototype.showModal) return;
  event.preventDefault();
  ask(link).catch(() => location.assign(link.href));
});
