"""Remembers current and recent calls of this process: language and end reason.

Used to answer carriers while the database is unreachable.
"""

from collections import OrderedDict
from dataclasses import dataclass, replace
from threading import Lock
from typing import Final

MOST: Final = 2_000


@dataclass(frozen=True, slots=True)
class RecentCall:
    """One stream of a call. end_reason: a value of `EndReason`, "" while it lasts."""

    language: str
    generation: int
    end_reason: str = ""


class RecentCalls:
    """The latest calls, by the carrier's call id. Safe on any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._calls: OrderedDict[str, RecentCall] = OrderedDict()

    def begin(self, call_sid: str, *, language: str, generation: int) -> None:
        """A call begins here."""
        with self._lock:
            self._calls[call_sid] = RecentCall(language, generation)
            self._calls.move_to_end(call_sid)
            if len(self._calls) > MOST:
                self._calls.popitem(last=False)

    def speak(self, call_sid: str, *, language: str) -> None:
        """The call's language has changed (a tag)."""
        with self._lock:
            if call := self._calls.get(call_sid):
                self._calls[call_sid] = replace(call, language=language)

    def end(self, call_sid: str, *, reason: str) -> None:
        """The call has ended here."""
        with self._lock:
            if call := self._calls.get(call_sid):
                self._calls[call_sid] = replace(call, end_reason=reason)

    def find(self, call_sid: str) -> RecentCall | None:
        """The call with that id, if known."""
        with self._lock:
            return self._calls.get(call_sid)


recent_calls: Final = RecentCalls()
