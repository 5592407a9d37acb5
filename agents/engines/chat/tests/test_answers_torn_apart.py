"""Real answers of both endpoints, torn and damaged: words or sound, or one kind of error."""

import asyncio
import json
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents.engines.scripted.engines import tone_mulaw
from agents.engines.sound import mp3
from agents.engines.sound.reader import (
    SECONDS_A_CHARACTER,
    SECONDS_A_SENTENCE,
    Asked,
    speech_only,
    telephone_sound,
)
from agents.speech.audio.first_bytes import SoundKind
from agents.speech.heard.transcription import MAX_CHARACTERS, NotWords, read
from testing.guard import GUARD_SECONDS
from testing.sound import audio
from testing.sound.wav_files import FLOAT, encoded, wav
from voicex.errors import EngineError

TEXT = "Hello."
MS = 400
MOST_BYTES = int((SECONDS_A_SENTENCE + SECONDS_A_CHARACTER * len(TEXT)) * 8_000)
QUICK = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
TYPES = ("audio/wav", "audio/pcm", "audio/mpeg", "audio/basic", "application/octet-stream", "")


@cache
def bodies():
    """Whole answers to a request for speech, none of which needs a decoder."""
    return {
        "pcm": audio.pcm(MS),
        "wav": wav(audio.pcm(MS)),
        "endless wav": wav(audio.pcm(MS), size=0xFFFFFFFF),
        "floats": wav(encoded(audio.pcm(MS), FLOAT, 32), FLOAT, bits=32),
        "mulaw": tone_mulaw(MS),
        "json": json.dumps({"error": {"message": "voice not found"}}).encode(),
        "page": b"<!doctype html><html><body>Bad Gateway</body></html>" * 20,
    }


async def heard(pieces, content_type, kind, *, close=None):
    """All sound of an answer in `pieces`, and the EngineError at its end.

    close: of what works for more than one answer; afterwards no task may be left.
    """

    async def received():
        for piece in pieces:
            yield piece

    before = asyncio.all_tasks()
    sound = telephone_sound(received(), content_type=content_type, asked=Asked(kind))
    given_bytes, error = bytearray(), None
    async with asyncio.timeout(GUARD_SECONDS):
        try:
            async for chunk in speech_only(sound, TEXT, engine="test"):
                given_bytes += chunk
        except EngineError as raised:
            error = raised
        finally:
            if close is not None:
                await close()
    assert asyncio.all_tasks() == before
    return bytes(given_bytes), error


def cut(data, edges):
    """`data` in pieces that end at those places."""
    places = [0, *sorted({edge % (len(data) + 1) for edge in edges}), len(data)]
    return [data[a:b] for a, b in pairwise(places)]


@settings(max_examples=250, **QUICK)
@given(
    name=st.sampled_from(["pcm", "wav", "endless wav", "floats", "mulaw"]),
    edges=st.lists(st.integers(0, 60_000), max_size=12),
    content_type=st.sampled_from(["", "application/octet-stream"]),
)
def test_complete_audio_is_decoded_to_the_sample_for_any_chunks(name, edges, content_type):
    kind = SoundKind.MULAW if name == "mulaw" else SoundKind.PCM
    sound, error = asyncio.run(heard(cut(bodies()[name], edges), content_type, kind))
    assert error is None
    assert len(sound) == MS * 8


@settings(max_examples=350, **QUICK)
@given(data=st.data())
def test_whatever_becomes_of_speech_is_sound_or_an_error(data):
    body = bytearray(bodies()[data.draw(st.sampled_from(sorted(bodies())))])
    for at, byte in data.draw(st.lists(st.tuples(st.integers(0, 60_000), st.integers(0, 255)))):
        body[at % len(body)] = byte
    pieces = cut(bytes(body), data.draw(st.lists(st.integers(0, 60_000), max_size=8)))
    pieces = data.draw(st.permutations(pieces))[: data.draw(st.integers(0, len(pieces)))]
    kind = data.draw(st.sampled_from([SoundKind.PCM, SoundKind.MULAW, SoundKind.WAV]))
    content_type = data.draw(st.sampled_from([name for name in TYPES if "mpeg" not in name]))
    sound, error = asyncio.run(heard(pieces, content_type, kind))
    assert bool(sound) or error is not None
    assert len(sound) <= MOST_BYTES


@settings(max_examples=40, **QUICK)
@given(
    edges=st.lists(st.integers(0, 9_000), max_size=8),
    damage=st.lists(st.tuples(st.integers(0, 9_000), st.integers(0, 255)), max_size=6),
    order=st.randoms(),
)
def test_whatever_becomes_of_an_mp3_is_sound_or_an_error(edges, damage, order):
    body = bytearray(audio.mp3(MS))
    for at, byte in damage:
        body[at % len(body)] = byte
    pieces = cut(bytes(body), edges)
    order.shuffle(pieces)

    sound, error = asyncio.run(heard(pieces, "audio/mpeg", SoundKind.PCM, close=mp3.aclose))
    assert bool(sound) or error is not None


ANSWERS = [
    json.dumps({"text": "We open at nine."}).encode(),
    json.dumps(
        {"text": "Wir öffnen um 9.", "segments": [{"text": "x", "avg_logprob": -1}]}
    ).encode(),
    b'"We open at nine."',
    "1\r\n00:00:00,000 --> 00:00:02,000\r\nWir öffnen um neun.\r\n".encode(),
    b'data: {"type": "transcript.text.delta", "delta": "We"}\n\n',
    "<|startoftranscript|> [00:00.000 --> 00:01.000] (coughs) Grüß Gott".encode("utf-16"),
    b"<!doctype html><html><body>Bad Gateway</body></html>",
]
CONTENT_TYPES = [
    "application/json",
    "text/plain; charset=latin-1",
    "text/event-stream",
    "",
    "a/b;;=",
]


def test_a_page_that_is_torn_is_no_words():
    with pytest.raises(NotWords):
        read(b">></html><!doctype html><html><body>Bad Gateway</body", "text/plain")


@settings(max_examples=400, **QUICK)
@given(data=st.data())
def test_whatever_becomes_of_a_transcription_is_words_or_an_error(data):
    pieces = data.draw(st.lists(st.sampled_from(ANSWERS), min_size=1, max_size=3))
    body = bytearray(b"".join(pieces))
    for at, byte in data.draw(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)))):
        body[at % len(body)] = byte
    begin, end = sorted(data.draw(st.integers(0, len(body))) for _ in range(2))
    torn = bytes(body[end:] + body[begin:end] + body[:begin])
    try:
        words = read(torn, data.draw(st.sampled_from(CONTENT_TYPES))).text
    except NotWords:
        return
    assert words.encode().decode() == words  # a database takes it
    assert words.isprintable()
    assert len(words) <= MAX_CHARACTERS
    assert "<!doctype" not in words[:9]


async def test_sound_without_an_end_is_read_only_so_far():
    for body in (bytes(48_000), audio.pcm(1_000), b"RIFF\0\0\0\0WAVE" + bytes(48_000)):
        read_bytes = 0

        async def received(body=body):
            nonlocal read_bytes
            while True:
                read_bytes += len(body)
                yield body

        sound = telephone_sound(received(), content_type="", asked=Asked(SoundKind.PCM))
        try:
            async for _ in speech_only(sound, TEXT, engine="test"):
                pass
        except EngineError:
            assert read_bytes <= 6 * MOST_BYTES + 1_000_000
        else:
            raise AssertionError("it ended by itself")
