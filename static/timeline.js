// The timeline of a recorded call: a turn that is followed plays from its beginning, and a
// line shows where the sound is. Without this file the turns are links into the audio file.
// It looks them up each time, because live.js brings both when the call has ended.

document.addEventListener("click", (event) => {
  const turn = event.target.closest("[data-timeline] [data-at]");
  const audio = document.querySelector("audio");
  if (!turn || !audio || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  audio.currentTime = Number(turn.dataset.at);
  // Refused by a browser that wants another click first: the controls are there for that.
  audio.play().catch(() => {});
});

function showPlayhead({ target: audio }) {
  const timeline = document.querySelector("[data-timeline]");
  const playhead = timeline?.querySelector(".playhead");
  if (!playhead) return;
  const { timeline: durationMs, offset: offsetMs } = timeline.dataset;
  const x = String((1000 * (1000 * audio.currentTime + Number(offsetMs))) / Number(durationMs));
  playhead.setAttribute("x1", x);
  playhead.setAttribute("x2", x);
  playhead.setAttribute("visibility", "visible");
}

// Events of a sound do not bubble.
document.addEventListener("timeupdate", showPlayhead, true);
