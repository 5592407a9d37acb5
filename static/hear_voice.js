// `<button data-hear formaction="...">`: plays the voice here instead of in a new tab.
// Without this file the button posts the form, and the browser plays the WAV itself.

const button = document.querySelector("button[data-hear]");
const status = document.querySelector("[data-heard]");
const label = button?.textContent;
let audio = null;

function stop() {
  audio?.pause();
  if (audio) URL.revokeObjectURL(audio.src);
  audio = null;
  button.textContent = label;
}

async function hear() {
  button.setAttribute("aria-busy", "true");
  status.textContent = "";
  try {
    const answer = await fetch(button.formAction, { method: "POST", body: new FormData(button.form) });
    if (!answer.headers.get("Content-Type")?.startsWith("audio/")) {
      const isText = answer.headers.get("Content-Type")?.startsWith("text/plain");
      status.textContent = isText ? await answer.text() : button.dataset.hearLost;
      return;
    }
    audio = new Audio(URL.createObjectURL(await answer.blob()));
    audio.addEventListener("ended", stop);
    await audio.play();
    button.textContent = button.dataset.hearStop;
  } catch {
    stop();
    status.textContent = button.dataset.hearLost;
  } finally {
    button.removeAttribute("aria-busy");
  }
}

button?.addEventListener("click", (event) => {
  event.preventDefault();
  if (audio) stop();
  else hear();
});
