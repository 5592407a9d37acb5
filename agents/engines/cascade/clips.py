"""Fixed sentences, rendered once a voice: greetings and apologies start at once.

A clip has an owner, an organization by its public id. An organization may choose the server that
renders its voice, so what it rendered is never played to another one's callers. What the platform
itself rendered is there for all.
"""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import structlog

from agents.engines.base import TextToSpeech
from agents.engines.cascade.clip_store import ClipStore
from agents.engines.cascade.wide_clips import WideClips
from agents.speech.audio.first_bytes import is_sound
from agents.speech.text.sentences import sentences
from agents.speech.text.speakable import speakable

log = structlog.get_logger(__name__)

MAX_BYTES: Final = 32 * 1024 * 1024  # in memory: 70 minutes of speech
PLATFORM: Final = "platform"  # no public id of an organization: those are hex digits


class ClipCache:
    """Keeps clips (mu-law bytes) in memory, least recently used out, and below `directory`.

    wide: those of lines that can play more than the telephone's band, apart from these.
    """

    def __init__(self, directory: Path | None = None) -> None:
        self.wide: Final = WideClips(self._mark)
        self._store = ClipStore(directory) if directory else None
        self._clips: OrderedDict[tuple[str, str], _Clip] = OrderedDict()  # by owner and key
        self._bytes = 0
        self._writing: set[asyncio.Future[None]] = set()

    def find(self, voice: str, text: str, *, owner: str = PLATFORM) -> bytes | None:
        """The clip of `text` in the voice named by `TextToSpeech.cache_key`, if rendered.

        owner: whose clips count, beside the platform's.
        """
        found = self._find(owner, voice, text)
        return found or (self._find(PLATFORM, voice, text) if owner != PLATFORM else None)

    async def record(
        self, tts: TextToSpeech, text: str, *, owner: str = PLATFORM
    ) -> AsyncGenerator[bytes, None]:
        """Speak `text`, chunk by chunk, and keep the whole for `owner` once it is complete."""
        chunks, mark = [], self._mark(owner)
        async with aclosing(tts.speak(text)) as speech:
            async for chunk in speech:
                chunks.append(chunk)
                yield chunk
        if clip := b"".join(chunks):
            self._keep(owner, _key(tts.cache_key, text), _Clip(clip, mark))

    async def prepare(
        self,
        tts: TextToSpeech,
        text: str,
        *,
        owner: str = PLATFORM,
        cut: Sequence[str] | None = None,
        said: Callable[[str], str] = speakable,
    ) -> None:
        """Render what is missing of a text that will be said. Raises EngineError.

        cut: the text in the pieces that the voice gets, if that is known. said: what it gets for a
        piece, as the speaker of the call has it.
        """
        for sentence in map(said, sentences(text) if cut is None else cut):
            if sentence and self.find(tts.cache_key, sentence, owner=owner) is None:
                async for _ in self.record(tts, sentence, owner=owner):
                    pass
        await self.written()

    async def written(self) -> None:
        """Wait until what was rendered so far is on the disk, or cannot be."""
        await asyncio.gather(*self._writing)

    def forget(self, owner: str) -> None:
        """Forget all that `owner` rendered, here and in other processes. Raises OSError."""
        if self._store is not None:
            self._store.forget(owner)
        self.wide.forget(owner)
        for each in [each for each in self._clips if each[0] == owner]:
            self._drop(each)

    def _mark(self, owner: str) -> int:
        return self._store.mark(owner) if self._store is not None else 0

    def _find(self, owner: str, voice: str, text: str) -> bytes | None:
        key, mark = _key(voice, text), self._mark(owner)
        known = self._clips.get((owner, key))
        if known is not None and known.mark == mark:
            self._clips.move_to_end((owner, key))
            return known.audio
        if known is not None:  # forgotten by another process
            self._drop((owner, key))
        if self._store is None:
            return None
        # b"": the machine stopped before its disk had the bytes.
        audio = self._store.read(owner, key) or self._take_over(owner, key, voice, text, mark)
        if not audio:
            return None
        self._remember(owner, key, _Clip(audio, mark))
        return audio

    def _take_over(self, owner: str, key: str, voice: str, text: str, mark: int) -> bytes:
        """A clip of a version that kept whatever a server sent, if it is a voice; else b""."""
        store, unchecked = self._store, _unchecked_key(voice, text)
        audio = store.read(owner, unchecked) if store is not None else b""
        if store is None or not audio:
            return b""
        store.delete(owner, unchecked)
        if not is_sound(audio):
            log.warning("clip_was_no_sound", owner=owner)
            return b""
        self._write_later(store, owner, key, _Clip(audio, mark))
        return audio

    def _keep(self, owner: str, key: str, clip: "_Clip") -> None:
        if clip.mark != self._mark(owner):  # forgotten while it was rendered
            return
        self._remember(owner, key, clip)
        if self._store is not None:
            self._write_later(self._store, owner, key, clip)

    def _write_later(self, store: ClipStore, owner: str, key: str, clip: "_Clip") -> None:
        """On a thread that no call waits for: a slow disk must not be heard."""
        work = partial(store.write, owner, key, clip.audio, mark=clip.mark)
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # a page's preview looks for a clip on a thread of its own
            work()
            return
        write = loop.run_in_executor(None, work)
        self._writing.add(write)
        write.add_done_callback(self._writing.discard)

    def _remember(self, owner: str, key: str, clip: "_Clip") -> None:
        self._drop((owner, key))
        self._bytes += len(clip.audio)
        self._clips[owner, key] = clip
        while self._bytes > MAX_BYTES:
            self._drop(next(iter(self._clips)))

    def _drop(self, place: tuple[str, str]) -> None:
        if (clip := self._clips.pop(place, None)) is not None:
            self._bytes -= len(clip.audio)


@dataclass(frozen=True, slots=True)
class _Clip:
    audio: bytes  # mu-law
    mark: int  # of its owner, when it was begun


def _key(voice: str, text: str) -> str:
    return hashlib.sha256(f"{voice}\0{text}\0a voice".encode()).hexdigest()


def _unchecked_key(voice: str, text: str) -> str:
    """The key of clips from versions that kept them unchecked."""
    return hashlib.sha256(f"{voice}\0{text}".encode()).hexdigest()
