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

from agents.engines.access import Access
from agents.speech.audio.first_bytes import SoundKind
from voicex.errors import EngineReason, EngineRefused

REMEMBERED_SECONDS: Final = 86_400.0
MAX_REFUSALS: Final = 512


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


Voice = tuple[Access, str]  # whose key on which server, and the voice's name


class RefusedWays:
    """What each voice refused, while another way was taken.

    The project that asked is part of a voice: what one organization's may not do, another's may.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._refused: OrderedDict[tuple[Voice, Way], float] = OrderedDict()

    def ways_left(self, voice: Voice, ways: Sequence[Way]) -> list[Way]:
        """Those of `ways` that `voice` may take, each once, in their order; never none."""
        now = self._clock()
        found = {way: now - self._refused.get((voice, way), -REMEMBERED_SECONDS) for way in ways}
        return [way for way, age in found.items() if age >= REMEMBERED_SECONDS] or [ways[-1]]

    def remember(self, voice: Voice, refused: Iterable[Way]) -> None:
        """`voice` took another way after it had refused these."""
        for way in refused:
            self._refused[voice, way] = self._clock()
            self._refused.move_to_end((voice, way))
            if len(self._refused) > MAX_REFUSALS:
                self._refused.popitem(last=False)


refused_ways: Final = RefusedWays()
