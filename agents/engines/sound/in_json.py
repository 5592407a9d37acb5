"""Sound that a server wrote into JSON, as some answer: an object, lines of it, or events."""

import base64
import binascii
import re
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Final

MOST_BYTES: Final = 8_000_000  # two minutes of PCM at 24 kHz, a third longer as text
PIECE: Final = 48_000
_BEGINS: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:[{\[]|(?:data|event|id|retry):)")
# Short of what a word of 100 ms is: an error may have a field that is called so.
_FIELDS: Final = re.compile(
    rb"""["'](?:audio|data|delta|chunk|wav|content|audio_?data|audio_?content|audio_?base64|b64_json
         |base64|bytes)["']\s{0,8}:\s{0,8}["'](?:data:[\w/.+;=-]{1,60},)?
         (?P<sound>[A-Za-z0-9+/_=\\-]{400,})["']""",
    re.VERBOSE | re.IGNORECASE,
)


def may_hold_sound(first: bytes) -> bool:
    """Whether an answer that begins so is JSON, or a stream of it."""
    return _BEGINS.match(first) is not None


async def sound_in(received: AsyncIterator[bytes]) -> bytes:
    """The sound in all of an answer, b"" for none. Raises what reading `received` raises."""
    body = bytearray()
    async for chunk in received:
        body += chunk
        if len(body) > MOST_BYTES:
            return b""
    return b"".join(_decoded(found["sound"]) for found in _FIELDS.finditer(bytes(body)))


async def pieces(sound: bytes) -> AsyncGenerator[bytes, None]:
    """`sound` as a server would send it."""
    for start in range(0, len(sound), PIECE):
        yield sound[start : start + PIECE]


def _decoded(written: bytes) -> bytes:
    written = written.replace(b"\\/", b"/").translate(bytes.maketrans(b"-_", b"+/"))
    try:
        return base64.b64decode(written + b"=" * (-len(written) % 4))
    except binascii.Error:
        return b""
