"""How a text model ends a call: it writes a mark after its goodbye. Pure.

A mark in the text, and not a tool call, because every chat model and every compatible
server can write one, and the goodbye comes in the same answer.
"""

from typing import Final

MARK: Final = "[hang up]"


class HangUpFilter:
    """Takes the mark out of a streamed answer, however its pieces are cut.

    `found` says that the mark has come; nothing that follows it is spoken.
    """

    def __init__(self) -> None:
        self.found = False
        self._held = ""  # the end of the text so far, while it may be the mark's beginning

    def push(self, text: str) -> str:
        """What of the answer can be spoken for sure and has not been given yet."""
        if self.found:
            return ""
        text = self._held + text
        lowered = text.lower()
        at = lowered.find(MARK)
        if at >= 0:
            self.found = True
            return text[:at]
        held = next(size for size in range(len(MARK) - 1, -1, -1) if lowered.endswith(MARK[:size]))
        spoken = len(text) - held
        self._held = text[spoken:]
        return text[:spoken]

    def flush(self) -> str:
        """What was held back when the answer ended without a mark."""
        return "" if self.found else self._held
