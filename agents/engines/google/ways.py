"""In which ways Google's voices were found not to speak. For any thread.

A voice may have no PCM, or not stream, whatever its name says: then a sentence is asked for in
another way, and what was refused is not asked for again for a day.
"""

import re
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from agents.speech.audio.first_bytes import SoundKind
from voicex.errors import EngineReason, EngineRefused

REMEMBERED_SECONDS: Final = 86_400.0
MAX_VOICES: Final = 512


# What a refusal speaks of that another way may be taken after; of a voice or text it does not.
_OF_A_WAY: Final = re.compile(
    r"encod|\bpcm\b|mu-?law|linear16|sample.?rate|stream|audio.?format", re.IGNORECASE
)


def is_of_a_way(error: EngineRefused) -> bool:
    """Whether Google refused how a sentence was asked for, and not what was asked."""
    is_of_request = error.reason is EngineReason.REQUEST_REFUSED
    return is_of_request and _OF_A_WAY.search(error.detail) is not None


@dataclass(frozen=True, slots=True)
class Way:
    """How a sentence is asked for."""

    kind: SoundKind
    is_streamed: bool


class WaysTaken:
    """What each voice refused, while another way was taken. voice: its server and name."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._refused: OrderedDict[tuple[str, Way], float] = OrderedDict()

    def ways_left(self, voice: str, ways: Sequence[Way]) -> list[Way]:
        """Those of `ways` that `voice` may take, each once, in their order; never none."""
        now = self._clock()
        found = {way: now - self._refused.get((voice, way), -REMEMBERED_SECONDS) for way in ways}
        return [way for way, age in found.items() if age >= REMEMBERED_SECONDS] or [ways[-1]]

    def remember(self, voice: str, refused: Iterable[Way]) -> None:
        """`voice` took another way after it had refused these."""
        for way in refused:
            self._refused[voice, way] = self._clock()
            if len(self._refused) > MAX_VOICES:
                self._refused.popitem(last=False)


taken: Final = WaysTaken()
