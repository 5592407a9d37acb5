"""Extracts audio that a server sends within JSON: an object, lines, or events.

Also bare Base64 of a file, whole or in events.
"""

import base64
import binascii
import json
import re
import string
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from agents.engines import pool
from agents.speech.text.error_fields import is_error

# A minute and a quarter of PCM at 24 kHz, a third longer as Base64: a piece of 1,000 characters.
# Samples as numbers of 20 characters are ten seconds.
MOST_BYTES: Final = 5_000_000
PIECE: Final = 48_000
_BEGINS_JSON: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:[{\[]|(?:data|event|id|retry):)")
# Short of what a word of 100 ms is: an error may have a field that is called so.
_SHORTEST: Final = 400
_FIELD: Final = re.compile(
    rb"""["'](?:audio|data|delta|chunk|wav|content|audio_?data|audio_?content|audio_?base64|b64_json
         |base64|bytes|audio_?bytes|speech|pcm|samples|sound|output|result|mp3|audio_?stream)["']\s{0,8}:\s{0,8}(?P<quote>["'])(?:data:[\w/.+;=-]{1,60},)?""",
    re.VERBOSE | re.IGNORECASE,
)
# Beside the sound of an object; ten megabytes of Base64 have none of these letters in quotes.
_RATE: Final = re.compile(
    rb"""["'](?:sample_?rate|sampling_?rate|sample_?rate_?(?:hz|hertz)|frame_?rate)["']\s{0,8}:\s{0,8}
         ["']?(\d{4,6})\b""",
    re.VERBOSE | re.IGNORECASE,
)
_LIST: Final = re.compile(
    rb"""["'](?:audio|data|wav|samples|pcm|waveform|array|speech|sound)["']\s{0,8}:\s{0,8}(?:\[\s{0,8}){1,3}""",
    re.IGNORECASE,
)
_OF_NUMBERS: Final = b"0123456789+-.eE, \r\n\t"
LOUDEST_PART: Final = 2.0  # a voice may be a little louder than 1
# Behind the last of the sound: of the event, or the object, that is the last.
_ENDS_IN_ERROR: Final = re.compile(
    rb"""["']type["']\s{0,4}:\s{0,4}["'](?:[\w.]{1,40}\.)?error["']|^event:\s{0,4}error\b
         |["']error["']\s{0,4}:\s{0,4}(?P<said>\{\s{0,4}["']|["'](?!["'])|true\b)""",
    re.VERBOSE | re.MULTILINE | re.IGNORECASE,
)
_SEEN_FOR_RATE: Final = 2_000  # bytes at each end
# How a file begins in Base64: WAV, MP3 with its tag, Ogg, FLAC; perhaps in an event, or named.
_BARE: Final = re.compile(
    rb"\s*(?:data:\s?)?\"?(?:data:[\w/.+;=-]{1,60},)?(?:UklGR|SUQz|T2dnUw|ZkxhQ)[A-Za-z0-9+/_=-]{8}"
)
_OF_BARE: Final = re.compile(rb"data:[\w/.+;=-]{1,60},|^data:|[\"\s]+")
_LONGEST_FIELD: Final = 200  # until its sound begins
_WINDOW: Final = 32_000  # bytes searched at once, which takes 2 ms where all are quotes
_HEX: Final = b"0123456789abcdef"  # as MiniMax writes it: four hundred letters are no chance
_JSON: Final = json.JSONDecoder()
_WRITTEN_IN: Final = string.ascii_letters.encode() + string.digits.encode() + b"+/_=\\-"


def may_hold_sound(first: bytes) -> bool:
    """Whether an answer that begins so is JSON, or a stream of it."""
    return _BEGINS_JSON.match(first) is not None or is_bare(first)


def is_bare(first: bytes | bytearray) -> bool:
    """Whether an answer that begins so is Base64 of a file."""
    return _BARE.match(first) is not None


@dataclass(frozen=True, slots=True)
class Found:
    """The sound in an answer. rate: in hertz, 0 if not given. is_cut: an error follows it."""

    sound: bytes = b""
    rate: int = 0
    is_cut: bool = False


async def sound_in(received: AsyncIterator[bytes]) -> Found:
    """What is in all of an answer. Raises what reading `received` raises."""
    body = bytearray()
    async for chunk in received:
        body += chunk
        if len(body) > MOST_BYTES:
            return Found()
    read = _bare_sound_of if is_bare(body[:200]) else _sound_of
    sound, end = await pool.run(read, bytes(body))
    told = _RATE.search(body[:_SEEN_FOR_RATE]) or _RATE.search(body[-_SEEN_FOR_RATE:])
    behind = bytes(body[max(end, len(body) - _SEEN_FOR_RATE) :])
    return Found(sound, int(told[1]) if told else 0, bool(sound) and _ends_in_error(behind))


def _ends_in_error(behind: bytes) -> bool:
    """Whether an error follows the sound. behind: the end of the answer, not long."""
    return any(
        found["said"] is None or is_error(_value_at(behind, found.start("said")))
        for found in _ENDS_IN_ERROR.finditer(behind)
    )


def _value_at(behind: bytes, start: int) -> object:
    try:
        return _JSON.raw_decode(behind[start:].decode("utf-8", "replace"))[0]
    except (ValueError, RecursionError):  # cut, or in the quotes of another language
        return "unreadable"


def _bare_sound_of(body: bytes) -> tuple[bytes, int]:
    """As `_sound_of`; nothing stands behind it."""
    parts = [_OF_BARE.sub(b"", line) for line in body.splitlines()]
    written = [part for part in parts if part and part != b"[DONE]"]
    if any(part.translate(None, _WRITTEN_IN) for part in written):
        return b"", len(body)
    is_padded_within = any(part.endswith(b"=") for part in written[:-1])
    pieces = written if is_padded_within else [b"".join(written)]
    return b"".join(map(_decoded, pieces)), len(body)


def _sound_of(body: bytes) -> tuple[bytes, int]:
    """The sound, and where the last of it ends. Off the loop. No pattern reads the sound itself.

    The longest body takes 25 ms in Base64, 60 to 120 ms in numbers, and 450 ms if all are quotes.
    """
    sound, at, over = [], 0, 0
    while at < len(body):
        # The interpreter is let go of between two searches.
        found = _FIELD.search(body, at, at + _WINDOW)
        if found is None:
            at += _WINDOW - _LONGEST_FIELD
            continue
        at = found.end()
        end = body.find(found["quote"], at)
        if end - at >= _SHORTEST and not (written := body[at:end]).translate(None, _WRITTEN_IN):
            sound.append(_decoded(written))
            at = over = end
    if len(sound) > 2 and sound[-1] == b"".join(sound[:-1]):  # all of it, once more
        del sound[-1]
    whole = b"".join(sound)
    return (whole, over) if whole else _numbers_in(body)


def _numbers_in(body: bytes) -> tuple[bytes, int]:
    """Samples that are written as numbers, as 16-bit PCM; b"" for none. And their end.

    Fractions are parts of the loudest, whole numbers are samples of 16 bits.
    """
    found = _LIST.search(body, 0, _WINDOW)
    end = body.find(b"]", found.end()) if found else -1
    if found is None or end < 0:
        return b"", 0
    written = body[found.end() : end]
    if written.translate(None, _OF_NUMBERS):
        return b"", 0
    try:
        parts = [np.array(each, dtype=np.float64) for each in _in_parts(written)]
    except ValueError:
        return b"", 0
    samples = np.concatenate(parts)
    if not np.isfinite(samples).all():
        return b"", 0
    if np.abs(samples).max(initial=0.0) <= LOUDEST_PART:
        samples = samples * 32_767.0
    return np.clip(samples, -32_768.0, 32_767.0).astype("<i2").tobytes(), end


def _in_parts(written: bytes) -> Iterator[list[bytes]]:
    """Numbers between commas, some at a time: the interpreter is let go of between two parts."""
    at = 0
    while at <= len(written):
        end = written.find(b",", min(at + _WINDOW, len(written)))
        end = len(written) if end < 0 else end
        yield written[at:end].split(b",")
        at = end + 1


async def pieces(sound: bytes) -> AsyncGenerator[bytes, None]:
    """`sound` as a server would send it."""
    for start in range(0, len(sound), PIECE):
        yield sound[start : start + PIECE]


def _decoded(written: bytes) -> bytes:
    if not len(written) % 2 and not written.translate(None, _HEX):
        return bytes.fromhex(written.decode())
    written = written.replace(b"\\/", b"/").translate(bytes.maketrans(b"-_", b"+/"))
    try:
        return base64.b64decode(written + b"=" * (-len(written) % 4))
    except binascii.Error:
        return b""
