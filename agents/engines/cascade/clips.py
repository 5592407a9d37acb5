"""A cache of rendered fixed sentences, so that greetings and apologies start at once.

A clip has an owner, the public id of an organization. An organization may choose the server that
renders its voice, so its clips are never played to callers of another one. Clips rendered by the
platform itself are shared by all.
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
        """The cached clip of `text` in the voice with that `TextToSpeech.cache_key`, if any.

        owner: whose clips are searched, beside the platform's.
        """
        found = self._find(owner, voice, text)
        return found or (self._find(PLATFORM, voice, text) if owner != PLATFORM else None)

    async def record(
        self, tts: TextToSpeech, text: str, *, owner: str = PLATFORM
    ) -> AsyncGenerator[bytes, None]:
        """Speak `text`, chunk by chunk, and cache the clip for `owner` once it is complete."""
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
        """Render the missing clips of a text in advance. Raises EngineError.

        cut: the text split into the pieces for the voice, if known. said: converts a piece to the
        text that the voice gets in a call.
        """
        for sentence in map(said, sentences(text) if cut is None else cut):
            if sentence and self.find(tts.cache_key, sentence, owner=owner) is None:
                async for _ in self.record(tts, sentence, owner=owner):
                    pass
        await self.written()

    async def written(self) -> None:
        """Wait until pending writes to the disk are done."""
        await asyncio.gather(*self._writing)

    def forget(self, owner: str) -> None:
        """Delete all clips of `owner`, here and in other processes. Raises OSError."""
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
        if known is not None:  # deleted by another process
            self._drop((owner, key))
        if self._store is None:
            return None
        # b"" after a crash of the machine before the data was on disk.
        audio = self._store.read(owner, key) or self._take_over(owner, key, voice, text, mark)
        if not audio:
            return None
        self._remember(owner, key, _Clip(audio, mark))
        return audio

    def _take_over(self, owner: str, key: str, voice: str, text: str, mark: int) -> bytes:
        """A clip of an old release that cached any response of a server, if it contains a voice;
        else b"".
        """
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
        if clip.mark != self._mark(owner):  # deleted while it was rendered
            return
        self._remember(owner, key, clip)
        if self._store is not None:
            self._write_later(self._store, owner, key, clip)

    def _write_later(self, store: ClipStore, owner: str, key: str, clip: "_Clip") -> None:
        """On a separate thread, so that no call waits for a slow disk."""
        work = partial(store.write, owner, key, clip.audio, mark=clip.mark)
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # previews of pages read clips on other threads
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
    mark: int  # the owner's mark when rendering began


def _key(voice: str, text: str) -> str:
    return hashlib.sha256(f"{voice}\0{text}\0a voice".encode()).hexdigest()


def _unchecked_key(voice: str, text: str) -> str:
    """The key of clips of old releases, which cached them unchecked."""
    return hashlib.sha256(f"{voice}\0{text}".encode()).hexdigest()
