"""The agent's own voice on the line: found at every delay, told from other voices, followed."""

import numpy as np
import pytest

from agents.speech.audio import mulaw
from agents.speech.interruption.echo import BEFORE_MS, LONGEST_MS, EchoFinder

MS = mulaw.RATE // 1000
LEAD = (BEFORE_MS + LONGEST_MS) * MS


def speech(seed, ms):
    """Noise with the ups and downs of syllables and pauses, 16-bit at -17 dB. Shape [ms * 8]."""
    random = np.random.default_rng(seed)
    steps = random.choice([0.02, 0.3, 0.6, 1.0], ms // 40 + 1)
    at = np.arange(ms * MS) / (40 * MS)
    level = np.interp(at, np.arange(len(steps)), steps)
    return random.normal(0, 4_500, ms * MS) * level


def codes(samples, noise=None):
    heard = samples if noise is None else samples + noise
    return mulaw.encode(heard.clip(-32_000, 32_000).astype(np.int16))


def line_noise(length):
    return np.random.default_rng(9).normal(0, 30, length)


def heard_of(voice, *, delay_ms, ms, db):
    """The last `ms` of `voice` and BEFORE_MS, as they come back over the line."""
    length = (BEFORE_MS + ms) * MS
    begin = len(voice) - length - delay_ms * MS
    echo = voice[begin : begin + length] * 10 ** (db / 20)
    return codes(echo, line_noise(length))


def played(voice, *, ms):
    return codes(voice[-(LEAD + ms * MS) :])


@pytest.mark.parametrize("delay_ms", [80, 130, 200, 250, 300])
@pytest.mark.parametrize("db", [-12, -20, -30])
def test_an_echo_is_found_and_its_delay_with_it(delay_ms, db):
    voice = speech(1, 3_000)
    finder = EchoFinder()
    assert finder.delay_ms is None
    assert finder.is_echo(heard_of(voice, delay_ms=delay_ms, ms=416, db=db), played(voice, ms=416))
    assert abs(finder.delay_ms - delay_ms) <= 20


def test_other_voices_are_no_echo():
    found = 0
    for seed in range(100):
        other = speech(1_000 + seed, 716) * 0.5
        finder = EchoFinder()
        found += finder.is_echo(
            codes(other, line_noise(len(other))), played(speech(seed, 3_000), ms=416)
        )
    assert found <= 2


def test_a_caller_who_speaks_over_an_echo_is_no_echo():
    voice = speech(1, 3_000)
    length = (BEFORE_MS + 416) * MS
    echo = voice[-length - 150 * MS : -150 * MS] * 0.1
    caller = speech(2, 716)
    assert not EchoFinder().is_echo(codes(echo + caller), played(voice, ms=416))


def test_a_known_delay_is_followed_and_needs_less_likeness():
    voice = speech(1, 3_000)
    # Half of it is something else, as when a door falls shut over an echo.
    blurred = voice * 0.1 + speech(3, 3_000) * 0.15
    length = (BEFORE_MS + 416) * MS

    def blurred_after(delay_ms):
        return codes(blurred[-length - delay_ms * MS : len(blurred) - delay_ms * MS])

    finder = EchoFinder()
    assert not finder.is_echo(blurred_after(150), played(voice, ms=416))
    assert finder.is_echo(heard_of(voice, delay_ms=140, ms=416, db=-20), played(voice, ms=416))
    assert finder.is_echo(blurred_after(150), played(voice, ms=416))
    assert finder.is_echo(heard_of(voice, delay_ms=280, ms=416, db=-20), played(voice, ms=416))
    assert abs(finder.delay_ms - 280) <= 20


@pytest.mark.parametrize("ms", [0, 20, 40])
def test_of_too_little_nothing_is_said(ms):
    voice = speech(1, 3_000)
    assert not EchoFinder().is_echo(
        heard_of(voice, delay_ms=100, ms=ms, db=-20), played(voice, ms=ms)
    )


def test_silence_and_steady_tones_are_like_nothing():
    voice = speech(1, 3_000)
    tone = codes(np.full(716 * MS, 900.0) * np.sign(np.sin(np.arange(716 * MS))))
    silence = bytes([mulaw.SILENCE]) * (716 * MS)
    for sound in (tone, silence):
        assert not EchoFinder().is_echo(sound, played(voice, ms=416))
    assert not EchoFinder().is_echo(silence, silence * 2)
    assert not EchoFinder().is_echo(b"", b"")
