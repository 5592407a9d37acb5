"""MP3 as it arrives, mu-law 8 kHz as it is decoded: FFmpeg, one process an utterance.

For a line that can play more, PCM at 16 kHz is decoded, and the mu-law made of it.

For voices that have nothing but MP3, or give Ogg, FLAC, AAC, WebM, AU or AIFF unasked; those that
can give PCM, WAV or mu-law never come here.
Processes wait in a small pool, spawned ahead, because starting one costs 10-40 ms and
feeding one that waits costs 3 (`benchmarks/mp3.py`).
"""

import asyncio
import os
import shutil
import signal
from asyncio import StreamReader, StreamWriter
from asyncio.subprocess import PIPE, Process
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, suppress
from functools import cache
from pathlib import Path
from typing import Final, Literal, Self, cast

import ffmpeg

from agents.engines.loop_cache import LoopCache
from agents.speech.audio.both_bands import to_both
from agents.speech.audio.resample import WIDE_RATE
from agents.speech.audio.wide_sound import BYTES_PER_POSITION
from voicex.errors import EngineError, EngineMissing, EngineReason, EngineSilent

SPARE: Final = 2  # processes kept waiting: the next sentence, and a second call's
READ_BYTES: Final = 8192  # at most one second of mu-law a chunk
# Of one utterance of at most 1,000 characters, two minutes of speech.
MAX_MP3_BYTES: Final = 4_000_000
Form = Literal["mp3", "ogg", "flac", "aac", "matroska", "au", "aiff"]  # as FFmpeg has them
MAX_AUDIO_BYTES: Final = 300 * 8_000  # five minutes of mu-law
CPU_SECONDS: Final = 10  # that FFmpeg may take for it; it needs a fraction of one
ERROR_BYTES: Final = 500  # the end of FFmpeg's complaints that goes into our error


@cache
def find_ffmpeg(binary: str = "") -> str:
    """The FFmpeg to run: the one given, else the one a package brings, else the system's.

    The packaged one is linked statically and starts in a third of the time of a system's, which
    loads two hundred libraries for each utterance (16 and 50 ms of CPU). Raises EngineMissing when
    there is none. Blocks (it may start FFmpeg once to try it).
    """
    if binary:
        found = shutil.which(binary)
        if not found:
            raise EngineMissing(
                f"FFMPEG_BINARY is {binary!r}, which is no program that can be run; give the "
                "path of an FFmpeg, or leave it empty to use the one that `make install` brings"
            )
        return str(Path(found).absolute())
    try:
        import imageio_ffmpeg

        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except (ImportError, RuntimeError) as error:
        if found := shutil.which("ffmpeg"):
            return found
        raise EngineMissing(
            "No FFmpeg is installed, which MP3 voices need: run `make install`, install the "
            "system's ffmpeg package, or set FFMPEG_BINARY to the path of one"
        ) from error


def decoder_command(binary: str, form: Form = "mp3", *, is_wide: bool = False) -> list[str]:
    """FFmpeg's arguments: `form` on stdin, mu-law 8 kHz mono on stdout, nothing held back.

    is_wide: 16-bit little-endian PCM at 16 kHz in its place.
    The form is named, so that no other reader of FFmpeg ever sees what a server sends.
    """
    # FFmpeg looks at 10 kB before it decodes unless told not to: 0.6 s of speech. `-fflags
    # nobuffer` gains nothing beyond that and loses the first frame. Ogg needs the look.
    look = {"probesize": 32, "analyzeduration": 0} if form == "mp3" else {}
    stream = ffmpeg.input("pipe:0", format=form, **look)
    made = {"format": "s16le", "ar": WIDE_RATE} if is_wide else {"format": "mulaw", "ar": 8000}
    stream = stream.output("pipe:1", **made, ac=1, flush_packets=1)
    stream = stream.global_args("-hide_banner", "-loglevel", "error", "-nostdin")
    stream = stream.global_args("-timelimit", str(CPU_SECONDS))
    command: list[str] = stream.compile(cmd=binary)
    return command


class Decoder:
    """One FFmpeg process: decodes MP3 to mu-law (or PCM) until `end`."""

    def __init__(self, process: Process) -> None:
        self._process = process

    @classmethod
    async def spawn(cls, binary: str, form: Form = "mp3", is_wide: bool = False) -> Self:
        """Start FFmpeg and let it wait for its input. Raises EngineMissing."""
        found = await asyncio.to_thread(find_ffmpeg, binary)
        try:
            process = await asyncio.create_subprocess_exec(
                *decoder_command(found, form, is_wide=is_wide), stdin=PIPE, stdout=PIPE, stderr=PIPE
            )
        except OSError as error:
            raise EngineMissing(f"FFmpeg ({found}) does not start: {error.strerror}") from error
        return cls(process)

    @property
    def is_alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.returncode is None

    async def feed(self, mp3: AsyncIterator[bytes]) -> int:
        """Write `mp3` as it arrives, then end the input; how many bytes there were.

        Raises what reading `mp3` raises.
        """
        stdin = cast(StreamWriter, self._process.stdin)
        fed = 0
        try:
            async for chunk in mp3:
                fed += len(chunk)
                if fed > MAX_MP3_BYTES:
                    raise EngineError(f"An MP3 of more than {MAX_MP3_BYTES} bytes for a sentence")
                stdin.write(chunk)
                try:
                    await stdin.drain()
                except (BrokenPipeError, ConnectionResetError):
                    break  # FFmpeg is gone; its exit code and its last words say why
        finally:
            stdin.close()
        return fed

    async def audio(self) -> AsyncGenerator[bytes, None]:
        """What is decoded, until FFmpeg closes its output."""
        stdout = cast(StreamReader, self._process.stdout)
        while chunk := await stdout.read(READ_BYTES):
            yield chunk

    async def last_words(self) -> str:
        """The end of stderr. Must run all along: a full pipe would stop the decoding."""
        stderr = cast(StreamReader, self._process.stderr)
        said = b""
        while chunk := await stderr.read(ERROR_BYTES):
            said = (said + chunk)[-ERROR_BYTES:]
        return " ".join(said.decode("utf-8", "replace").split())

    async def exit_code(self) -> int:
        """What FFmpeg made of it, once it has ended by itself; 0 for success."""
        return await self._process.wait()

    def kill(self) -> None:
        """End the process now, if it runs."""
        if self.is_alive:
            # Not `Process.kill`: that collects the exit code of a process which has just
            # ended, and asyncio, finding nothing to collect, warns of an unknown child.
            with suppress(ProcessLookupError):
                os.kill(self._process.pid, signal.SIGKILL)

    async def end(self) -> None:
        """Kill, empty the pipes (asyncio waits for that) and collect the exit code."""
        self.kill()
        await self._process.communicate()


class DecoderPool:
    """A pool of waiting decoders of one event loop and one form.

    Waiting processes end with our process, because their input closes.
    """

    def __init__(self, kind: tuple[str, Form, bool]) -> None:
        self._kind = kind  # the binary, what it decodes, and whether to PCM
        self._idle: deque[Decoder] = deque()
        self._refill: asyncio.Task[None] | None = None

    def prepare(self) -> None:
        """Start to spawn missing decoders; returns at once."""
        if self._refill is None or self._refill.done():
            self._refill = asyncio.create_task(self._spawn_spares(), name="mp3-spawn-spares")

    async def take(self) -> Decoder:
        """Take a decoder; the caller has to end it. Raises EngineMissing."""
        while self._idle:
            decoder = self._idle.popleft()
            if decoder.is_alive:
                self.prepare()
                return decoder
            await decoder.end()
        decoder = await Decoder.spawn(*self._kind)
        self.prepare()
        return decoder

    async def aclose(self) -> None:
        """End every decoder that waits."""
        if self._refill is not None:
            self._refill.cancel()
            await asyncio.gather(self._refill, return_exceptions=True)
        while self._idle:
            await self._idle.popleft().end()

    async def _spawn_spares(self) -> None:
        try:
            while len(self._idle) < SPARE:
                self._idle.append(await Decoder.spawn(*self._kind))
        except EngineMissing:
            return  # `take` raises it; there is nothing to keep ready


_pools: Final = LoopCache(DecoderPool, limit=16)  # for each form two, but for tests


def pool(ffmpeg_binary: str = "", form: Form = "mp3", *, is_wide: bool = False) -> DecoderPool:
    """The running loop's pool for this binary ("" for whichever there is)."""
    return _pools.get((ffmpeg_binary, form, is_wide))


async def aclose() -> None:
    """End the running loop's decoders that wait."""
    for decoders in _pools.take_all():
        await decoders.aclose()


def mulaw_from_mp3(
    received: AsyncIterator[bytes], *, ffmpeg_binary: str = "", form: Form = "mp3"
) -> AsyncGenerator[bytes, None]:
    """Decode `received` while it arrives; yields mu-law 8 kHz mono, chunks of any length.

    Raises EngineMissing without FFmpeg, EngineSilent for no bytes, EngineError when they
    are not of that form, and whatever reading `received` raises. Closing the generator ends
    FFmpeg and the reading.
    """
    return _decoded(received, ffmpeg_binary, form)


async def both_bands_from_mp3(
    received: AsyncIterator[bytes], *, ffmpeg_binary: str = "", form: Form = "mp3"
) -> AsyncGenerator[bytes, None]:
    """As `mulaw_from_mp3`, in both bands (`BothBands`)."""
    stream = to_both(WIDE_RATE)
    async with aclosing(_decoded(received, ffmpeg_binary, form, is_wide=True)) as pcm:
        async for chunk in pcm:
            if audio := stream.push(chunk):
                yield audio
    if audio := stream.flush():
        yield audio


async def _decoded(
    received: AsyncIterator[bytes], ffmpeg_binary: str, form: Form, *, is_wide: bool = False
) -> AsyncGenerator[bytes, None]:
    most_bytes = MAX_AUDIO_BYTES * (BYTES_PER_POSITION if is_wide else 1)
    decoder = await pool(ffmpeg_binary, form, is_wide=is_wide).take()
    feeding = asyncio.create_task(decoder.feed(received), name="mp3-feed")
    complaints = asyncio.create_task(decoder.last_words(), name="mp3-complaints")
    try:
        decoded = 0
        async with aclosing(decoder.audio()) as audio:
            async for chunk in audio:
                decoded += len(chunk)
                if decoded > most_bytes:
                    raise EngineError(f"An MP3 of more than {most_bytes} bytes of sound")
                yield chunk
        if feeding.done() and feeding.result() == 0:
            raise EngineSilent("The provider gave an MP3 without a byte")
        if await decoder.exit_code() != 0:
            said = await complaints
            raise EngineError(
                f"FFmpeg could not decode the MP3: {said or 'no reason given'}",
                reason=EngineReason.UNREADABLE,
            )
    finally:
        feeding.cancel()
        decoder.kill()
        await asyncio.gather(feeding, complaints, return_exceptions=True)
        await decoder.end()
