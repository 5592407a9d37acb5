"""Fixed sentences, rendered once a voice: greetings and apologies start at once."""

import asyncio
import hashlib
import os
import tempfile
from collections import OrderedDict
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from pathlib import Path
from typing import Final

import structlog

from agents.engines.base import TextToSpeech
from agents.speech.sentences import sentences
from agents.speech.speakable import speakable

log = structlog.get_logger(__name__)

MAX_BYTES: Final = 32 * 1024 * 1024  # 70 minutes of speech
# Of the directory: what no process has read for so long goes, and more than so much.
KEPT_SECONDS: Final = 60 * 24 * 3600
MAX_BYTES_ON_DISK: Final = 1024 * 1024 * 1024  # 37 hours of speech


class ClipCache:
    """Keeps clips (mu-law bytes) in memory, least recently used out, and in `directory`."""

    def __init__(self, directory: Path | None = None) -> None:
        self._directory = directory
        self._clips: OrderedDict[str, bytes] = OrderedDict()
        self._bytes = 0
        self._writing: set[asyncio.Future[None]] = set()

    def find(self, voice: str, text: str) -> bytes | None:
        """The clip of `text` in the voice named by `TextToSpeech.cache_key`, if rendered."""
        key = _key(voice, text)
        clip = self._clips.get(key)
        if clip is not None:
            self._clips.move_to_end(key)
            return clip
        if self._directory is None:
            return None
        try:
            clip = (self._directory / key).read_bytes()
        except OSError:
            return None
        if not clip:  # the machine stopped before its disk had the bytes
            return None
        with suppress(OSError):  # of another user, or on a disk that is read only
            os.utime(self._directory / key)
        self._remember(key, clip)
        return clip

    async def record(self, tts: TextToSpeech, text: str) -> AsyncGenerator[bytes, None]:
        """Speak `text`, chunk by chunk, and keep the whole once it is complete."""
        chunks = []
        async with aclosing(tts.speak(text)) as speech:
            async for chunk in speech:
                chunks.append(chunk)
                yield chunk
        if clip := b"".join(chunks):
            self._store(_key(tts.cache_key, text), clip)

    async def prepare(self, tts: TextToSpeech, text: str) -> None:
        """Render what is missing of a text that will be said. Raises EngineError."""
        for sentence in map(speakable, sentences(text)):
            if sentence and self.find(tts.cache_key, sentence) is None:
                async for _ in self.record(tts, sentence):
                    pass
        await self.written()

    async def written(self) -> None:
        """Wait until what was rendered so far is on the disk, or cannot be."""
        await asyncio.gather(*self._writing)

    def _store(self, key: str, clip: bytes) -> None:
        self._remember(key, clip)
        if self._directory is not None:
            # On a thread, and nobody waits for it: a slow disk must not be heard in any call.
            loop = asyncio.get_running_loop()
            write = loop.run_in_executor(None, _keep_on_disk, self._directory, key, clip)
            self._writing.add(write)
            write.add_done_callback(self._writing.discard)

    def _remember(self, key: str, clip: bytes) -> None:
        self._bytes += len(clip) - len(self._clips.get(key, b""))
        self._clips[key] = clip
        while self._bytes > MAX_BYTES:
            _, oldest = self._clips.popitem(last=False)
            self._bytes -= len(oldest)


def prune(directory: Path, *, now: float) -> int:
    """Delete the clips in `directory` that nobody needs, and tell how many.

    now: seconds of the epoch. Those go that no process has read or written for KEPT_SECONDS,
    and the longest unread above MAX_BYTES_ON_DISK. A process that has one in memory keeps it.
    """
    if not directory.is_dir():
        return 0
    found = []
    for path in directory.iterdir():
        with suppress(FileNotFoundError):  # a clip that has just got its name
            status = path.stat()
            found.append((status.st_mtime, status.st_size, path))
    deleted, kept_bytes = 0, 0
    for read_at, size, path in sorted(found, reverse=True):
        kept_bytes += size
        if now - read_at > KEPT_SECONDS or kept_bytes > MAX_BYTES_ON_DISK:
            path.unlink(missing_ok=True)
            deleted += 1
    return deleted


def _keep_on_disk(directory: Path, key: str, clip: bytes) -> None:
    try:
        _write(directory, key, clip)
    except OSError as error:  # a full or foreign disk; the clip is in memory all the same
        log.warning("clip_not_written", error=type(error).__name__)


def _write(directory: Path, key: str, clip: bytes) -> None:
    """Written aside and renamed: another process never reads half a clip. Raises OSError."""
    directory.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=directory)
    aside = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(clip)
        aside.rename(directory / key)
    except OSError:
        aside.unlink(missing_ok=True)
        raise


def _key(voice: str, text: str) -> str:
    return hashlib.sha256(f"{voice}\0{text}".encode()).hexdigest()
