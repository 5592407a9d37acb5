"""The health of providers in this process: answers, failures and latencies of the last hour.

Measured where the cascade waits for them, independent of providers' own reports. Includes requests
with organizations' own keys.
"""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Final, Literal

from voicex.errors import EngineError

Kind = Literal["stt", "llm", "tts"]

MINUTES: Final = 60
WAITS_KEPT: Final = 200  # only the latest answers count for the median


@dataclass(frozen=True, slots=True)
class PartSummary:
    """One part of an engine over the last hour.

    wait_ms: median of the latest answers, from the request to the first token, byte or (stt)
    the text; None before the first answer. last_error: the class name of an EngineError, ""
    for none; last_error_at: seconds since the epoch.
    """

    kind: Kind
    engine: str
    answers: int
    failures: int
    wait_ms: int | None
    last_error: str
    last_error_at: float


class PartHealth:
    """The counts of one part of one engine. Written on the event loop, read on any thread."""

    def __init__(self, kind: Kind, engine: str, clock: Callable[[], float] = time.time) -> None:
        self._kind = kind
        self._engine = engine
        self._clock = clock
        self._waits: deque[float] = deque(maxlen=WAITS_KEPT)
        # (minute since the epoch, answers, failures), oldest first.
        self._minutes: deque[list[int]] = deque(maxlen=MINUTES)
        self._last_error = ""
        self._last_error_at = 0.0

    def answered(self, seconds: float) -> None:
        """Count an answer that began after `seconds`."""
        self._minute()[1] += 1
        self._waits.append(seconds)

    def failed(self, error: EngineError) -> None:
        """Count a failure. Only the error's class is kept, because messages may contain a key."""
        self._minute()[2] += 1
        self._last_error = type(error).__name__
        self._last_error_at = self._clock()

    def summary(self) -> PartSummary:
        """The summary of the last hour, in whole minutes."""
        oldest = int(self._clock() // 60) - MINUTES
        recent = [each for each in list(self._minutes) if each[0] > oldest]
        waits = list(self._waits)
        return PartSummary(
            kind=self._kind,
            engine=self._engine,
            answers=sum(each[1] for each in recent),
            failures=sum(each[2] for each in recent),
            wait_ms=round(median(waits) * 1000) if waits else None,
            last_error=self._last_error,
            last_error_at=self._last_error_at,
        )

    def _minute(self) -> list[int]:
        now = int(self._clock() // 60)
        if not self._minutes or self._minutes[-1][0] != now:
            self._minutes.append([now, 0, 0])
        return self._minutes[-1]


class EngineHealth:
    """The counts of all parts used by this process."""

    def __init__(self) -> None:
        self._parts: dict[tuple[Kind, str], PartHealth] = {}

    def part(self, kind: Kind, engine: str) -> PartHealth:
        """The counts of one part; the same object for every call."""
        return self._parts.setdefault((kind, engine), PartHealth(kind, engine))

    def summaries(self) -> list[PartSummary]:
        """All parts in use, in the order of their first requests."""
        return [part.summary() for part in list(self._parts.values())]


engine_health: Final = EngineHealth()
