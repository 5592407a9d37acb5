"""What a page plays: how loud it is at the loudspeaker, and what its player was given before.

The page's own audio graph is tapped, so a sound counts that would be heard and nothing else.
"""

from itertools import takewhile
from typing import Any, Final

from playwright.sync_api import Page

LOUD: Final = 0.01  # of full scale; a voice is ten times louder
READING_MS: Final = 50
TAP: Final = """
(() => {
  const heard = [];
  window.heard = heard;
  const note = (what, value) => heard.push({ what, value, at: performance.now() });
  const { connect } = AudioNode.prototype;
  AudioNode.prototype.connect = function (to, ...rest) {
    if (to instanceof AudioDestinationNode) {
      const ear = new AnalyserNode(this.context);
      connect.call(this, ear);
      const samples = new Float32Array(ear.fftSize);
      setInterval(() => {
        ear.getFloatTimeDomainData(samples);
        note("level", Math.max(...samples.map(Math.abs)));
      }, READING_MS);
    }
    return connect.call(this, to, ...rest);
  };
  const { postMessage } = MessagePort.prototype;
  MessagePort.prototype.postMessage = function (message, ...rest) {
    if (message?.samples) note("given", message.samples.length / 16);
    if (message?.clear) note("cleared", 0);
    return postMessage.call(this, message, ...rest);
  };
})();
""".replace("READING_MS", str(READING_MS))


class Ears:
    """Listens to `page`, from the next page that is opened in it."""

    def __init__(self, page: Page) -> None:
        self._page = page
        page.add_init_script(TAP)

    def hear(self, seconds: float, *, timeout_ms: float) -> None:
        """Wait until so much has been loud, since now."""
        begun = self._page.evaluate("heard.length")
        self._page.wait_for_function(
            "([from, loud, most]) =>"
            " heard.slice(from).filter((e) => e.what === 'level' && e.value > loud).length > most",
            arg=[begun, LOUD, seconds * 1000 / READING_MS],
            timeout=timeout_ms,
        )

    def hear_nothing(self, *, timeout_ms: float) -> None:
        """Wait until it is quiet."""
        self._page.wait_for_function(
            "(loud) => heard.findLast((e) => e.what === 'level').value <= loud",
            arg=LOUD,
            timeout=timeout_ms,
        )

    def cut_off_ms(self) -> float:
        """How much of what the player had it did not play, because it was told to discard it.

        AssertionError when it was heard nevertheless.
        """
        log: list[dict[str, Any]] = self._page.evaluate("heard")
        plays_until, cut_off = 0.0, 0.0
        for index, event in enumerate(log):
            if event["what"] == "given":
                plays_until = max(plays_until, event["at"]) + event["value"]
            elif event["what"] == "cleared" and plays_until > event["at"]:
                _assert_falls_silent(log[index + 1 :], before=plays_until)
                cut_off += plays_until - event["at"]
                plays_until = 0.0
        return cut_off


def _assert_falls_silent(log: list[dict[str, Any]], *, before: float) -> None:
    """Sooner than by itself, and it stays so until the player is given something new."""
    readings = list(takewhile(lambda event: event["what"] == "level", log))
    silent_at = [event["at"] for event in readings if event["value"] <= LOUD]
    assert silent_at, "it went on playing"
    assert silent_at[0] < before, "it played to the end what it was told to forget"
    after = [event["value"] for event in readings if event["at"] > silent_at[0]]
    assert max(after, default=0.0) <= LOUD, "it played what it was told to forget"
