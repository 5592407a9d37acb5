"""A cache of fixed sentences in wide-band audio, for calls from browsers.

Only in memory, and separate from the clips of telephone calls, so that browser calls do not evict
clips that telephone calls need when a provider fails.
"""

from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Final

from agents.engines.base import WideTextToSpeech
from agents.speech.audio.both_bands import joined, wide_of

MAX_BYTES: Final = 16 * 1024 * 1024  # both forms: seven minutes of speech

_Place = tuple[str, str, str]  # owner, voice, text


class WideClips:
    """Keeps clips (`BothBands`, or mu-law of a voice that has no more), least recently used out."""

    def __init__(self, mark: Callable[[str], int]) -> None:
        """mark: as `ClipStore.mark`: changes when an owner's clips are deleted."""
        self._mark = mark
        self._clips: OrderedDict[_Place, tuple[bytes, int]] = OrderedDict()  # with their marks
        self._bytes = 0

    def find(self, voice: str, text: str, *, owner: str) -> bytes | None:
        """The clip of `text` in the voice named by `TextToSpeech.cache_key`, if rendered."""
        place = (owner, voice, text)
        clip, mark = self._clips.get(place, (b"", 0))
        if not clip:
            return None
        if mark != self._mark(owner):  # deleted, possibly by another process
            self._drop(place)
            return None
        self._clips.move_to_end(place)
        return clip

    async def record(
        self, tts: WideTextToSpeech, text: str, *, owner: str
    ) -> AsyncGenerator[bytes, None]:
        """Speak `text`, chunk by chunk, and keep the whole for `owner` once it is complete."""
        chunks, mark = [], self._mark(owner)
        async with aclosing(tts.speak_wide(text)) as speech:
            async for chunk in speech:
                chunks.append(chunk)
                yield chunk
        clip = joined(chunks)
        if clip and mark == self._mark(owner):
            self._keep((owner, tts.cache_key, text), clip, mark)

    def forget(self, owner: str) -> None:
        """Delete all clips of `owner`."""
        for place in [each for each in self._clips if each[0] == owner]:
            self._drop(place)

    def _keep(self, place: _Place, clip: bytes, mark: int) -> None:
        self._drop(place)
        self._clips[place] = clip, mark
        self._bytes += _size(clip)
        while self._bytes > MAX_BYTES:
            self._drop(next(iter(self._clips)))

    def _drop(self, place: _Place) -> None:
        clip, _ = self._clips.pop(place, (b"", 0))
        self._bytes -= _size(clip)


def _size(clip: bytes) -> int:
    return len(clip) + len(wide_of(clip))
