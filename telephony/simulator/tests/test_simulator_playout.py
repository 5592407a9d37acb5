"""The carrier's buffer plays at real time and gives marks back as Twilio does."""

import pytest

from telephony.simulator.codes import CarrierError
from telephony.simulator.sound.playout import MAX_BUFFERED_MS, Playout
from testing.twilio.carrier_server import silence, tone


def test_a_mark_comes_back_when_the_audio_before_it_has_played() -> None:
    playout = Playout()
    playout.media(tone(400), now_ms=100)
    playout.mark("half", now_ms=110)
    playout.media(tone(400), now_ms=120)
    playout.mark("end", now_ms=120)

    assert playout.reached(now_ms=499) == []
    assert playout.reached(now_ms=500) == ["half"]
    assert playout.reached(now_ms=901) == ["end"]
    assert playout.reached(now_ms=2000) == []


def test_a_mark_behind_nothing_comes_back_at_once() -> None:
    playout = Playout()
    playout.mark("idle", now_ms=50)

    assert playout.reached(now_ms=50) == ["idle"]


def test_clear_returns_every_waiting_mark_in_order_and_cuts_what_was_not_heard() -> None:
    playout = Playout()
    playout.media(tone(1000), now_ms=0)
    playout.mark("one", now_ms=0)
    playout.media(tone(1000), now_ms=0)
    playout.mark("two", now_ms=0)

    assert playout.clear(now_ms=300) == ["one", "two"]
    assert len(playout.stretches[0].audio) == 300 * 8
    assert not playout.is_playing(301)
    assert playout.reached(now_ms=5000) == []


def test_audio_after_a_clear_plays_at_once() -> None:
    playout = Playout()
    playout.media(tone(1000), now_ms=0)
    playout.clear(now_ms=300)
    playout.media(tone(200), now_ms=310)

    assert [s.begins_ms for s in playout.stretches] == [0, 310]
    assert playout.is_playing(500)
    assert not playout.is_playing(511)


def test_a_dry_buffer_begins_a_new_stretch() -> None:
    playout = Playout()
    playout.media(tone(200), now_ms=0)
    playout.media(tone(200), now_ms=150)
    playout.media(tone(200), now_ms=450)

    assert [(s.begins_ms, s.ends_ms) for s in playout.stretches] == [(0, 400), (450, 650)]


def test_heard_is_what_was_loud_and_had_played() -> None:
    playout = Playout()
    playout.media(silence(100) + tone(200) + silence(100), now_ms=1000)

    assert playout.heard(since_ms=0, now_ms=1090) is None
    heard = playout.heard(since_ms=0, now_ms=1400)
    assert heard is not None
    assert (heard.first_ms, heard.last_ms) == (1100, 1300)
    assert playout.heard(since_ms=1300, now_ms=1400) is None


def test_loudness_is_found_in_payloads_of_any_length() -> None:
    playout = Playout()
    audio = silence(100) + tone(200)
    for at in range(0, len(audio), 77):
        playout.media(audio[at : at + 77], now_ms=0)

    heard = playout.heard(since_ms=0, now_ms=300)
    assert heard is not None
    assert heard.first_ms == 100


def test_more_than_ten_minutes_waiting_is_thrown_away() -> None:
    playout = Playout()
    playout.media(bytes(MAX_BUFFERED_MS * 8), now_ms=0)

    with pytest.raises(CarrierError) as caught:
        playout.media(bytes(160), now_ms=10)
    assert caught.value.code == 31931
    playout.media(bytes(160), now_ms=20)


def test_what_waits_when_the_stream_ends_is_unheard() -> None:
    playout = Playout()
    playout.media(tone(1000), now_ms=0)
    playout.mark("end", now_ms=0)

    assert playout.stop(now_ms=600) == 400
    assert playout.stretches[0].ends_ms == 600
    assert playout.reached(now_ms=2000) == []
