// The timeline of a recorded call: a turn that is followed plays from its beginning, and a
// line shows where the sound is. Without this file the turns are links into the audio file.

const timeline = document.querySelector("[data-timeline]");
const audio = document.querySelector("audio");

if (timeline && audio) {
  const duration = Number(timeline.dataset.timeline) / 1000;
  const offset = Number(timeline.dataset.offset) / 1000;
  const playhead = timeline.querySelector(".playhead");

  timeline.addEventListener("click", (event) => {
    const turn = event.target.closest("[data-at]");
    if (!turn || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    audio.currentTime = Number(turn.dataset.at);
    // Refused by a browser that wants another click first: the controls are there for that.
    audio.play().catch(() => {});
  });

  audio.addEventListener("timeupdate", () => {
    const x = String((1000 * (audio.currentTime + offset)) / duration);
    playhead.setAttribute("x1", x);
    playhead.setAttribute("x2", x);
    playhead.setAttribute("visibility", "visible");
  });
}
