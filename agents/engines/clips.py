"""Fixed sentences, rendered once a voice: greetings and apologies start at once.

A clip has an owner, an organization by its public id. An organization may choose the server that
renders its voice, so what it rendered is never played to another one's callers. What the platform
itself rendered is there for all.
"""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Final

from agents.engines.base import TextToSpeech
from agents.engines.clip_store import ClipStore
from agents.speech.sentences import sentences
from agents.speech.speakable import speakable

MAX_BYTES: Final = 32 * 1024 * 1024  # in memory: 70 minutes of speech
PLATFORM: Final = "platform"  # no public id of an organization: those are hex digits


class ClipCache:
    """Keeps clips (mu-law bytes) in memory, least recently used out, and below `directory`."""

    def __init__(self, directory: Path | None = None) -> None:
        self._store = ClipStore(directory) if directory else None
        self._clips: OrderedDict[tuple[str, str], bytes] = OrderedDict()  # by owner and key
        self._bytes = 0
        self._writing: set[asyncio.Future[None]] = set()

    def find(self, voice: str, text: str, *, owner: str = PLATFORM) -> bytes | None:
        """The clip of `text` in the voice named by `TextToSpeech.cache_key`, if rendered.

        owner: whose clips count, beside the platform's.
        """
        key = _key(voice, text)
        return self._find(owner, key) or (self._find(PLATFORM, key) if owner != PLATFORM else None)

    async def record(
        self, tts: TextToSpeech, text: str, *, owner: str = PLATFORM
    ) -> AsyncGenerator[bytes, None]:
        """Speak `text`, chunk by chunk, and keep the whole for `owner` once it is complete."""
        chunks = []
        async with aclosing(tts.speak(text)) as speech:
            async for chunk in speech:
                chunks.append(chunk)
                yield chunk
        if clip := b"".join(chunks):
            self._keep(owner, _key(tts.cache_key, text), clip)

    async def prepare(
        self,
        tts: TextToSpeech,
        text: str,
        *,
        owner: str = PLATFORM,
        cut: Sequence[str] | None = None,
    ) -> None:
        """Render what is missing of a text that will be said. Raises EngineError.

        cut: the text in the pieces that the voice gets, if that is known.
        """
        for sentence in map(speakable, sentences(text) if cut is None else cut):
            if sentence and self.find(tts.cache_key, sentence, owner=owner) is None:
                async for _ in self.record(tts, sentence, owner=owner):
                    pass
        await self.written()

    async def written(self) -> None:
        """Wait until what was rendered so far is on the disk, or cannot be."""
        await asyncio.gather(*self._writing)

    def _find(self, owner: str, key: str) -> bytes | None:
        clip = self._clips.get((owner, key))
        if clip is not None:
            self._clips.move_to_end((owner, key))
            return clip
        # b"": the machine stopped before its disk had the bytes.
        if self._store is None or not (clip := self._store.read(owner, key)):
            return None
        self._remember(owner, key, clip)
        return clip

    def _keep(self, owner: str, key: str, clip: bytes) -> None:
        self._remember(owner, key, clip)
        if self._store is not None:
            # On a thread that no call waits for: a slow disk must not be heard.
            loop = asyncio.get_running_loop()
            write = loop.run_in_executor(None, self._store.write, owner, key, clip)
            self._writing.add(write)
            write.add_done_callback(self._writing.discard)

    def _remember(self, owner: str, key: str, clip: bytes) -> None:
        self._bytes += len(clip) - len(self._clips.get((owner, key), b""))
        self._clips[owner, key] = clip
        while self._bytes > MAX_BYTES:
            _, oldest = self._clips.popitem(last=False)
            self._bytes -= len(oldest)


def _key(voice: str, text: str) -> str:
    return hashlib.sha256(f"{voice}\0{text}".encode()).hexdigest()
