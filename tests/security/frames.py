"""What a hostile peer says over a socket: messages of the protocols' shapes and of none."""

import json
from base64 import b64encode
from typing import Any, Final

from testing.calls.media_stream import STREAM_SID, start
from testing.phone_number import ACCOUNT_SID, CALL_SID
from tests.security.garbage import TEXTS, Garbage

Message = dict[str, Any]  # as ASGI has it

# Good messages, from which others are made.
TWILIO: Final[tuple[Message, ...]] = (
    {"event": "connected", "protocol": "Call", "version": "1.0.0"},
    start("81.x.y"),
    {"event": "media", "media": {"track": "inbound", "payload": "/////w=="}},
    {"event": "dtmf", "dtmf": {"track": "inbound_track", "digit": "5"}},
    {"event": "mark", "mark": {"name": "r1:320"}},
    {"event": "stop", "stop": {"accountSid": ACCOUNT_SID, "callSid": CALL_SID}},
)
BROWSER: Final[tuple[Message, ...]] = (
    {"event": "start", "ticket": "81.x.y"},
    {"event": "mark", "name": "r1:320"},
    {"event": "text", "text": "Are you open?"},
    {"event": "digit", "digit": "5"},
    {"event": "stop"},
)
_RAW: Final = (
    "", "\0", "[]", "{}", "null", "1e999", "-", '"', "NaN", '{"event":', "[" * 60_000, "x" * 70_000,
    '{"event":"media","event":"stop"}', '{"a":' * 20_000, '{"event":["media"]}',
    '{"event":"media","media":{"payload":"' + "A" * 70_000 + '"}}', '{"event":"mark\ud800"}',
    '{"event":"media","sequenceNumber":' + "9" * 5_000 + "}", '{"event":"media","media":7',
    '{"event":"text","text":"' + "\\u0000" * 900 + '"}', '{"event":"text","text":"\\ud800"}',
)  # fmt: skip


def message(garbage: Garbage, good: tuple[Message, ...]) -> Message:
    """One that arrives."""
    if garbage.happens(0.1):
        return {"type": "websocket.receive", "bytes": garbage.chance.randbytes(_size(garbage))}
    return {"type": "websocket.receive", "text": text(garbage, good)}


def text(garbage: Garbage, good: tuple[Message, ...]) -> str:
    """The text of one."""
    if garbage.happens(0.2):
        return garbage.chance.choice(_RAW)
    if garbage.happens(0.1):
        return json.dumps(garbage.json())
    chosen = dict(garbage.chance.choice(good))
    if "media" in chosen and garbage.happens(0.5):
        audio = b64encode(garbage.chance.randbytes(_size(garbage))).decode()
        chosen["media"] = {"track": "inbound", "payload": audio}
    if garbage.happens(0.8):
        chosen |= {"streamSid": STREAM_SID, "sequenceNumber": str(garbage.chance.randrange(50))}
    if garbage.happens(0.7):
        _spoil(chosen, garbage)
    said = json.dumps(chosen)
    return said[: garbage.chance.randrange(len(said))] if garbage.happens(0.05) else said


def _spoil(chosen: Message, garbage: Garbage) -> None:
    """Put something else, or nothing, in the place of a value, at any depth."""
    name = garbage.chance.choice(sorted(chosen))
    value = chosen[name]
    if isinstance(value, dict) and value and garbage.happens(0.7):
        chosen[name] = dict(value)
        _spoil(chosen[name], garbage)
    elif garbage.happens(0.15):
        del chosen[name]
    elif isinstance(value, str) and garbage.happens(0.4):
        chosen[name] = garbage.damaged(value)
    elif garbage.happens(0.5):
        chosen[name] = garbage.chance.choice(TEXTS)[:70_000]
    else:
        chosen[name] = garbage.json()


def _size(garbage: Garbage) -> int:
    return garbage.chance.choice((0, 1, 3, 160, 161, 640, 32_000, 32_001, 49_000))


def bytes_of_frames(garbage: Garbage) -> bytes:
    """What arrives on the wire: frames, well made and not."""
    return b"".join(_frame(garbage) for _ in range(garbage.chance.randint(1, 6)))


def _frame(garbage: Garbage) -> bytes:
    payload = garbage.chance.choice(TEXTS)[:4_000].encode(errors="surrogatepass")
    first = garbage.chance.choice((0x0, 0x1, 0x2, 0x8, 0x9, 0xA, 0x3, 0xF))
    first |= 0x80 if garbage.happens(0.7) else 0
    first |= garbage.chance.choice((0x10, 0x20, 0x40)) if garbage.happens(0.1) else 0
    mask = 0x80 if garbage.happens(0.9) else 0
    length = len(payload) + (garbage.chance.choice((-1, 1, 99)) if garbage.happens(0.1) else 0)
    head = bytes([first, mask | 126]) + max(0, length).to_bytes(2)
    if 0 <= length < 126 and garbage.happens(0.9):
        head = bytes([first, mask | length])
    elif garbage.happens(0.1):
        head = bytes([first, mask | 127]) + garbage.chance.choice((length, 2**63)).to_bytes(8)
    frame = head + (bytes(4) if mask else b"") + payload
    return frame[: garbage.chance.randrange(len(frame))] if garbage.happens(0.1) else frame
