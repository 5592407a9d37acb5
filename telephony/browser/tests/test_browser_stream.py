"""The browser's wire: PCM both ways, control messages, and nothing believed."""

import json
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.engines.conversation import Role
from agents.speech.audio import mulaw
from agents.speech.audio.both_bands import BothBands
from telephony.browser.stream import MAX_AUDIO_BYTES, BrowserTransport, Start, decode, started
from telephony.session.events import (
    CallerGone,
    CallerTyped,
    DigitPressed,
    FrameHeard,
    MarkPlayed,
)
from telephony.session.turns import TurnRecord, TurnState
from voicex.errors import ProtocolError

HALF_A_SECOND = np.arange(8000) / 16_000


def tone(hz: float) -> bytes:
    return (9000 * np.sin(2 * np.pi * hz * HALF_A_SECOND)).astype("<i2").tobytes()


def transport(*, has_audio: bool = True) -> BrowserTransport:
    return BrowserTransport(has_audio=has_audio)


def test_audio_comes_to_the_core_as_telephone_sound_of_the_same_length():
    browser, payload = transport(), b""
    pcm = tone(1000)
    for begin in range(0, len(pcm), 640):
        event = browser.read(pcm[begin : begin + 640])
        assert isinstance(event, FrameHeard)
        payload += event.payload
    samples = mulaw.decode(payload).astype(float)[200:]
    assert 3960 <= len(payload) <= 4000  # all but the filter's 4 ms
    assert np.std(samples) == pytest.approx(9000 / np.sqrt(2), rel=0.05)


def test_the_sound_as_it_came_is_kept_beside_it_for_the_same_moments():
    browser, payload = transport(), b""
    browser.wide.keep(lambda: 0)
    pcm = tone(1000)
    for begin in range(0, len(pcm), 642):
        if event := browser.read(pcm[begin : begin + 642]):
            payload += event.payload
    assert browser.wide.between(0, len(payload)) == pcm[: 4 * len(payload)]


def test_audio_goes_to_the_browser_with_the_mark_behind_it():
    pcm, mark = transport().play(bytes([mulaw.SILENCE]) * 800, "r1:100")
    assert len(pcm) == 3200
    assert json.loads(mark) == {"event": "mark", "name": "r1:100"}


def test_what_the_voice_has_beyond_its_mulaw_is_played_where_it_is_known():
    browser, quiet = transport(), bytes([mulaw.SILENCE])
    beside = BothBands(quiet * 800, tone(6000)[:3200])
    browser.wide_voice.push("r1", beside)
    first, _ = browser.play(bytes(beside), "r1:100")
    second, _ = browser.play(quiet * 800, "s2:100")  # of another response: nothing beside
    assert first + second[:64] == bytes(64) + beside.wide  # 2 ms late, as ever
    assert not np.any(np.frombuffer(second[64:], dtype="<i2"))


def test_after_a_clear_nothing_of_the_silenced_reply_is_left_in_the_next():
    browser = transport()
    browser.play(b"\x00" * 800, "r1:100")  # as loud as it gets
    assert browser.clear() == '{"event":"clear"}'
    pcm, _ = browser.play(bytes([mulaw.SILENCE]) * 80, "r2:10")
    assert not np.any(np.frombuffer(pcm, dtype="<i2"))


@pytest.mark.parametrize(
    ("message", "event"),
    [
        ({"event": "mark", "name": "r1:100"}, MarkPlayed("r1:100")),
        ({"event": "text", "text": " When do\n you open? "}, CallerTyped("When do you open?")),
        ({"event": "text", "text": "a\0b"}, CallerTyped("a b")),
        ({"event": "text", "text": " \n"}, None),
        ({"event": "digit", "digit": "#"}, DigitPressed("#")),
        ({"event": "stop"}, CallerGone("stop")),
        ({"event": "start", "ticket": "again"}, None),
    ],
)
def test_a_control_message_is_an_event(message, event):
    assert transport().read(json.dumps(message)) == event


@pytest.mark.parametrize(
    "message",
    [
        b"\x00",  # half a sample
        b"\x00" * (MAX_AUDIO_BYTES + 2),
        "",
        "[]",
        "{" * 5000,
        '{"event":"media"}',
        '{"event":"digit","digit":"x"}',
        '{"event":"text"}',
        '{"event":"stop","pad":"' + "x" * 9000 + '"}',
        json.dumps({"event": "text", "text": "x" * 2001}),
        json.dumps({"event": "mark", "name": "x" * 65}),
        '{"event":"text","text":"\ud800"}',
    ],
)
def test_what_is_no_message_is_refused_and_not_quoted(message):
    with pytest.raises(ProtocolError) as refused:
        transport().read(message)
    assert "xxx" not in str(refused.value)


@given(st.text() | st.binary())
def test_no_message_whatever_raises_anything_else(message):
    with suppress(ProtocolError):
        transport().read(message)


def test_the_sound_of_a_caller_who_types_is_passed_over():
    typist = transport(has_audio=False)
    assert typist.read(tone(1000)[:640]) is None
    assert typist.strange_messages == 1


def test_only_audio_and_marks_are_taken_back_by_a_clear():
    browser = transport()
    turn = TurnRecord(1, Role.AGENT, "Hello.", "", False, 0, 900)
    sound = browser.play(b"\xff" * 160, "r1:20")
    words = (
        *browser.show(turn),
        *browser.show_state(TurnState.SPEAKING),
        browser.clear(),
        *browser.end("x"),
    )
    assert all(map(browser.is_sound, sound))
    assert not any(map(browser.is_sound, words))


def test_a_turn_is_shown_with_what_was_heard_and_how_long_it_took():
    turn = TurnRecord(3, Role.AGENT, "We open at nine.", "We open", True, 900, 1500, {"llm": 300})
    [shown] = transport().show(turn)
    assert json.loads(shown) == {
        "event": "turn",
        "number": 3,
        "role": "agent",
        "text": "We open at nine.",
        "heard_text": "We open",
        "interrupted": True,
        "started_ms": 900,
        "latency_ms": {"llm": 300},
    }


def test_a_turn_with_half_a_character_is_shown_all_the_same():
    turn = TurnRecord(3, Role.AGENT, "Sure \ud83d", "Sure \ud83d", False, 900, 1500, {})
    [shown] = transport().show(turn)
    assert json.loads(shown)["text"] == "Sure \ufffd"


def test_states_for_which_the_page_has_one_word_are_sent_once():
    browser = BrowserTransport(has_audio=True)
    [told] = browser.show_state(TurnState.TRANSCRIBING)
    assert json.loads(told)["state"] == "thinking"
    assert browser.show_state(TurnState.THINKING) == ()
    [told] = browser.show_state(TurnState.LEAVING)
    assert json.loads(told)["state"] == "speaking"


def test_a_state_is_sent_once():
    browser = transport()
    [told] = browser.show_state(TurnState.THINKING)
    assert json.loads(told) == {"event": "state", "state": "thinking"}
    assert browser.show_state(TurnState.THINKING) == ()
    assert len(browser.show_state(TurnState.SPEAKING)) == 1


def test_the_first_message_and_its_answer():
    assert decode('{"event":"start","ticket":"t"}') == Start("t")
    told = json.loads(started("TRY1"))
    assert told == {"event": "started", "call_sid": "TRY1", "sample_rate": 16_000}
