"""Converts a server's response to the audio of a call, or raises an EngineError.

Servers may send another format than requested, so it is detected by content type and first bytes.
Text is never played, but JSON is searched for audio. WAV is decoded by its header, MP3 and similar
formats by FFmpeg, and raw samples are examined before the first is played, because misinterpreted
data would be noise.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final, cast

import numpy as np
from numpy.typing import NDArray

from agents.engines.sound import in_json, mp3
from agents.engines.sound.stillness import Stillness
from agents.speech.audio import mulaw
from agents.speech.audio.any_rate import Stream, to_telephone
from agents.speech.audio.both_bands import joined, part, to_both
from agents.speech.audio.first_bytes import (
    AUDIBLE,
    PEEKED,
    RAW,
    ROUGH_MOMENT,
    SHORTEST_BYTES,
    Declared,
    SoundKind,
    declared,
    is_audible,
    is_binary,
    is_noise,
    is_offset,
    kind_by_bytes,
)
from agents.speech.audio.wav import NotReadable, WavReader, alaw_to_pcm16
from voicex import logs
from voicex.errors import EngineBrokeOff, EngineError, EngineReason, EngineSilent, EngineTimeout

PCM_RATE: Final = 24_000  # what OpenAI's "pcm" is: 16-bit little-endian mono, no header
PEEKED_OF_FRAMES: Final = 2_048  # a frame of MP3, and where the next begins
JUDGED_SECONDS: Final = 0.08  # of raw sound, before any of it is played
PEEKED_SILENCE: Final = 480_000  # bytes before the first sound: ten seconds of PCM
PIECE: Final = 16_384  # of what was looked at: to make it the telephone's takes a millisecond
SHOWN_BYTES: Final = 200  # of what is no sound, for the log
KEPT_SILENCE_BYTES: Final = 8_000  # a second, before the first sound
# People do not speak more slowly; a voice that continues is lost in a loop.
SECONDS_A_SENTENCE: Final = 20.0
SECONDS_A_CHARACTER: Final = 0.5


@dataclass(frozen=True, slots=True)
class Asked:
    """The request. rate: of raw PCM in hertz, 0 to take it from the response.

    in_both: with all that it has above the telephone's band (`BothBands`).
    """

    kind: SoundKind
    rate: int = 0
    ffmpeg_binary: str = ""
    in_both: bool = False

    def stream(self, rate: int) -> Stream:
        """What makes chunks of PCM at `rate` the sound that is wanted."""
        return to_both(rate) if self.in_both else to_telephone(rate)


async def telephone_sound(
    received: AsyncIterator[bytes], *, content_type: str, asked: Asked
) -> AsyncGenerator[bytes, None]:
    """Convert the body of a response to mu-law, 8 kHz mono, chunks of any length, as it arrives.

    Perhaps in both bands, if that was asked for.
    Raises EngineError for what is no sound, EngineMissing without FFmpeg where that is needed,
    and what reading `received` raises.
    """
    says = declared(content_type)
    source = _Peekable(received)
    first = await source.peek(PEEKED)
    if not first:
        return
    kind = kind_by_bytes(first)
    if kind in (SoundKind.MP3, SoundKind.AAC) and kind not in (says.kind, asked.kind):
        kind = kind_by_bytes(await source.peek(PEEKED_OF_FRAMES))  # samples may begin so
    is_in_json = kind is SoundKind.NO_SOUND and in_json.may_hold_sound(first)
    if is_in_json or in_json.is_bare(first):
        found = await in_json.sound_in(source)
        if not found.sound:
            raise _no_sound(content_type, first)
        # What it is called is JSON: its rate stands beside the sound, or in it.
        has_rate = found.rate and asked.kind is SoundKind.PCM
        named = f"audio/pcm;rate={found.rate}" if has_rate else ""
        inner = telephone_sound(in_json.pieces(found.sound), content_type=named, asked=asked)
        async with aclosing(inner) as sound:
            async for chunk in sound:
                yield chunk
        if found.is_cut:
            raise EngineError("an error behind the sound", reason=EngineReason.FAILED)
        return
    kind = kind or _unmarked(says.kind, asked.kind, first)
    if kind is SoundKind.NO_SOUND:
        raise _no_sound(content_type, first)
    if kind in RAW:
        kind = await _judged(source, kind, says, asked)
    async with aclosing(_decoded(source, kind, says, asked)) as sound:
        async for chunk in sound:
            yield chunk


async def speech_only(
    sound: AsyncGenerator[bytes, None], text: str, *, engine: str
) -> AsyncGenerator[bytes, None]:
    """Pass on `sound` (mu-law, 8 kHz mono) of `text` once it is known to be a voice.

    Silence is held back until the first sound, and shortened behind it (empty chunks). Raises
    EngineSilent when no sound comes or too little to be a word, EngineBrokeOff for an error in the
    middle and for sound that does not end, EngineTimeout.
    """
    stillness = Stillness(text)
    most = int((SECONDS_A_SENTENCE + SECONDS_A_CHARACTER * len(text)) * mulaw.RATE)
    held, is_heard, received, given = b"", False, 0, 0
    try:
        async with aclosing(sound):
            async for chunk in sound:
                received += len(chunk)
                if received > most:
                    raise EngineError(
                        f"{engine}, a voice that runs for {received // mulaw.RATE} s "
                        f"over {len(text)} characters",
                        reason=EngineReason.UNREADABLE,
                    )
                if given:
                    chunk = stillness.push(chunk)
                    given += len(chunk)
                    yield chunk  # perhaps empty: a sign of life
                    if stillness.is_over:
                        return
                    continue
                held = joined((held, chunk))
                is_heard = is_heard or is_audible(chunk)
                if not is_heard:
                    held = part(held, max(0, len(held) - KEPT_SILENCE_BYTES), len(held))
                elif len(held) >= SHORTEST_BYTES:
                    held = stillness.push(held)
                    given = len(held)
                    yield held
    except EngineError as error:
        if not given or isinstance(error, EngineTimeout):
            raise
        raise EngineBrokeOff(
            error.detail, reason=error.reason, given_ms=given * 1000 // mulaw.RATE
        ) from error
    if not given:
        raise EngineSilent(f"{engine}, a voice without a sound ({received} bytes)")


def _unmarked(says: SoundKind | None, asked: SoundKind, first: bytes) -> SoundKind:
    """The form of data without a known beginning: as requested, unless declared as raw or text."""
    if says is not None and (says in RAW or (says is _NO_SOUND and not is_binary(first))):
        return says
    return asked if asked is not SoundKind.WAV else SoundKind.PCM


async def _judged(source: "_Peekable", kind: SoundKind, says: Declared, asked: Asked) -> SoundKind:
    """Determine the form of raw audio by its first audible moment: `kind`, or another form that
    yields a voice.

    Raises EngineError if none does.
    """
    bytes_a_second = _rate(kind, says, asked) * RAW[kind]
    first = await source.peek_from_sound(int(JUDGED_SECONDS * bytes_a_second))
    for tried in (kind, *_TRIED):
        if tried is SoundKind.FLOAT and not _are_floats(first):
            continue
        samples = _SAMPLES[tried](first)
        if not is_noise(samples, ROUGH_MOMENT) and not is_offset(samples):
            return tried
    if says.kind is not None and says.kind not in RAW:  # a file whose beginning is missing
        return says.kind
    raise EngineError("noise in the place of a voice", reason=EngineReason.UNREADABLE)


def _decoded(
    source: "_Peekable", kind: SoundKind, says: Declared, asked: Asked
) -> AsyncGenerator[bytes, None]:
    if kind in RAW:
        return _from_raw(source, kind, asked.stream(_rate(kind, says, asked)), says.channels)
    if kind is SoundKind.WAV:
        return _from_wav(source, asked)
    form, binary = cast(mp3.Form, kind.value), asked.ffmpeg_binary
    if asked.in_both:
        return mp3.both_bands_from_mp3(source, ffmpeg_binary=binary, form=form)
    return mp3.mulaw_from_mp3(source, ffmpeg_binary=binary, form=form)


def _rate(kind: SoundKind, says: Declared, asked: Asked) -> int:
    """Of raw sound, in hertz."""
    chosen = asked.rate if kind is asked.kind else 0
    return chosen or says.rate or (PCM_RATE if RAW[kind] > 1 else mulaw.RATE)


async def _from_raw(
    source: "_Peekable", kind: SoundKind, stream: Stream, channels: int
) -> AsyncGenerator[bytes, None]:
    cut, frame = b"", channels * RAW[kind]
    async for chunk in source:
        if kind in _CUT_IN_FRAMES or channels > 1:  # of which a frame may have been cut
            chunk, cut = cut + chunk, b""
            whole = len(chunk) - len(chunk) % frame
            chunk, cut = chunk[:whole], chunk[whole:]
        pcm = chunk
        if kind is not SoundKind.PCM or channels > 1:
            samples = _SAMPLES[kind](chunk)
            if channels > 1:
                samples = samples.reshape(-1, channels).mean(axis=1)
            pcm = samples.astype("<i2").tobytes()
        if audio := stream.push(pcm):
            yield audio
    if audio := stream.flush():
        yield audio


async def _from_wav(source: "_Peekable", asked: Asked) -> AsyncGenerator[bytes, None]:
    reader, stream = WavReader(), None
    async for chunk in source:
        try:
            pcm = reader.push(chunk)
        except NotReadable as error:
            detail = f"a WAV that cannot be played: {error}"
            raise EngineError(detail, reason=EngineReason.UNREADABLE) from error
        if reader.rate and stream is None:
            stream = asked.stream(reader.rate)
        if stream is not None and (audio := stream.push(pcm)):
            yield audio
    if stream is not None and (audio := stream.flush()):
        yield audio


def _pcm_samples(data: bytes) -> NDArray[np.int16]:
    return np.frombuffer(data[: len(data) & ~1], dtype="<i2")


def _swapped_samples(data: bytes) -> NDArray[np.int16]:
    return np.frombuffer(data[: len(data) & ~1], dtype=">i2").astype("<i2")


def _floats(data: bytes) -> NDArray[np.float32]:
    return np.frombuffer(data[: len(data) & ~3], dtype="<f4")


def _are_floats(data: bytes) -> bool:
    """Whether all of `data` is as loud as samples of 32 bits are: other bytes are endless."""
    with np.errstate(invalid="ignore"):
        return bool((np.abs(_floats(data)) <= LOUDEST_FLOAT).all())


def _float_samples(data: bytes) -> NDArray[np.int16]:
    loud = np.nan_to_num(_floats(data), nan=0.0, posinf=0.0, neginf=0.0)
    return (np.clip(loud, -1.0, 1.0) * 32_767.0).astype("<i2")


_NO_SOUND: Final = SoundKind.NO_SOUND
LOUDEST_FLOAT: Final = 2.0  # a server may not have cut it at 1
# What raw sound is judged as, behind what it is called.
_TRIED: Final = (SoundKind.PCM, SoundKind.MULAW, SoundKind.PCM_SWAPPED, SoundKind.FLOAT)
_CUT_IN_FRAMES: Final = (SoundKind.PCM_SWAPPED, SoundKind.FLOAT)
_SAMPLES: Final[dict[SoundKind, Callable[[bytes], NDArray[np.int16]]]] = {
    SoundKind.PCM: _pcm_samples,
    SoundKind.PCM_SWAPPED: _swapped_samples,
    SoundKind.MULAW: mulaw.decode,
    SoundKind.ALAW: lambda data: _pcm_samples(alaw_to_pcm16(data)),
    SoundKind.FLOAT: _float_samples,
}


def _no_sound(content_type: str, first: bytes) -> EngineError:
    said = logs.redacted(first[:SHOWN_BYTES].decode("utf-8", "replace"))
    detail = f"{content_type[:60] or 'something'} in the place of sound: {said}"
    return EngineError(detail, reason=EngineReason.UNREADABLE)


class _Peekable:
    """Chunks that can be looked at before they are read."""

    def __init__(self, received: AsyncIterator[bytes]) -> None:
        self._received = received
        self._waiting = b""

    async def peek(self, size: int) -> bytes:
        """The beginning: `size` bytes or more, fewer when there are no more."""
        while (
            len(self._waiting) < size and (chunk := await anext(self._received, None)) is not None
        ):
            self._waiting += chunk
        return self._waiting

    async def peek_from_sound(self, size: int) -> bytes:
        """The first `size` bytes that are not all silence in some form, as far as they came."""
        begin = 0
        while True:
            await self.peek(begin + size)
            piece = self._waiting[begin : begin + size]
            if len(piece) < size or not _is_still(piece) or begin > PEEKED_SILENCE:
                return piece
            begin += size

    def __aiter__(self) -> "_Peekable":
        return self

    async def __anext__(self) -> bytes:
        if self._waiting:
            chunk, self._waiting = self._waiting[:PIECE], self._waiting[PIECE:]
            if self._waiting:
                await asyncio.sleep(0)  # other calls are due
            return chunk
        return await anext(self._received)


def _is_still(piece: bytes) -> bool:
    """Whether raw sound is silence, whichever of the three it is."""
    codes = np.frombuffer(piece, dtype=np.uint8)
    if bool((np.abs(_pcm_samples(piece).astype(np.int32)) <= AUDIBLE).all()):
        return True
    return bool((codes & 0x7F >= 0x73).all())  # mu-law as near to zero
