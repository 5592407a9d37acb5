"""The tape of a call: what sounds on the line, and nothing that a clear took back."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from agents.speech.audio import mulaw
from telephony.calls.mixer import COMING_MS, PAST_MS, Mixer, Track, interleave, mixed, peaks

FRAME = b"\x10" * 160
SILENCE = b"\xff" * 160


class MixedCall:
    """A tape in a call: 20 ms of the caller at a time, and what the agent sends."""

    def __init__(self, *, samples: int = 800) -> None:
        self.mixer = Mixer()
        self.pieces: list[tuple[bytes, bytes]] = []
        self.track = Track(samples, lambda caller, agent: self.pieces.append((caller, agent)))
        self.media_ms = 0

    def passes(self, frames: int, *, payload: bytes = FRAME) -> None:
        for _ in range(frames):
            self.media_ms += len(payload) // 8
            if self.mixer.is_running:  # as the driver asks
                self.mixer.frame(payload, self.media_ms)

    def sends(self, audio: bytes) -> None:
        self.mixer.play(audio, self.media_ms)

    def sides(self) -> tuple[bytes, bytes]:
        self.track.finish()
        return b"".join(c for c, _ in self.pieces), b"".join(a for _, a in self.pieces)


def test_the_agent_lies_beside_what_the_caller_said_at_the_time():
    line = MixedCall()
    line.mixer.start(line.track)
    line.passes(2)
    line.sends(b"\x01" * 320)
    line.passes(3)
    assert line.sides() == (FRAME * 5, SILENCE * 2 + b"\x01" * 320 + SILENCE)


def test_cleared_audio_is_not_recorded():
    line = MixedCall()
    line.mixer.start(line.track)
    line.sends(b"\x01" * 8000)
    line.passes(1)
    line.mixer.clear()
    line.sends(b"\x02" * 160)
    line.passes(2)
    assert line.sides()[1] == b"\x01" * 160 + b"\x02" * 160 + SILENCE


def test_a_track_that_starts_in_mid_sentence_has_the_rest_of_it():
    line = MixedCall()
    line.sends(b"\x01" * 160 + b"\x02" * 160 + b"\x03" * 160)
    line.passes(1)
    line.mixer.start(line.track)
    line.passes(3)
    assert line.sides()[1] == b"\x02" * 160 + b"\x03" * 160 + SILENCE


def test_without_a_track_played_audio_is_discarded():
    line = MixedCall()
    for _ in range(100):
        line.sends(b"\x01" * 8000)
        line.passes(50)
    assert len(line.mixer._sent) <= 8000


def test_the_last_thing_said_is_forgotten_when_it_was_played():
    line = MixedCall()
    line.sends(b"\x01" * 8000)
    line.mixer.forget_played(500)
    assert len(line.mixer._sent) == 4000
    line.mixer.forget_played(60_000)
    assert len(line.mixer._sent) == 0


def test_pieces_have_their_length_and_the_last_one_what_is_left():
    line = MixedCall(samples=400)
    line.mixer.start(line.track)
    line.passes(8)
    line.sides()
    assert [(len(c), len(a)) for c, a in line.pieces] == [(400, 400)] * 3 + [(80, 80)]


def test_two_can_fill_from_one_tape_and_leave_it():
    line, other = MixedCall(), MixedCall()
    line.mixer.start(line.track)
    line.passes(1)
    line.mixer.start(other.track)
    line.passes(1)
    line.mixer.stop(line.track)
    assert line.mixer.is_running
    line.passes(1)
    line.mixer.stop(other.track)
    assert not line.mixer.is_running
    assert (len(line.sides()[0]), len(other.sides()[0])) == (320, 320)


actions = st.lists(
    st.one_of(
        st.tuples(st.just("passes"), st.integers(1, 30)),
        st.tuples(st.just("odd"), st.integers(1, 700)),
        st.tuples(st.just("sends"), st.integers(1, 4000)),
        st.tuples(st.just("clear"), st.just(0)),
        st.tuples(st.just("start"), st.just(0)),
    ),
    max_size=40,
)


@given(actions)
def test_both_sides_are_equally_long_and_no_cleared_sample_sounds(script):
    line = MixedCall(samples=333)
    reply, cleared_before = 0, 0
    is_started = False
    heard: list[int] = []
    for action, size in script:
        if action == "sends":
            reply = min(reply + 1, 100)  # each its own sample value
            line.sends(bytes([reply]) * size)
        elif action == "clear":
            line.mixer.clear()
            cleared_before = len(line.sides()[1]) if is_started else 0
            heard.append(reply)
        elif action == "start" and not is_started:
            is_started = True
            line.mixer.start(line.track)
        elif action == "passes":
            line.passes(size)
        elif action == "odd":  # a browser's packets need not be whole milliseconds
            line.passes(1, payload=b"\x10" * size)
    caller, agent = line.sides()
    assert len(caller) == len(agent)
    if heard and heard[-1] < 100:  # values that went by before the last clear
        assert not set(agent[cleared_before:]) & set(range(1, heard[-1] + 1))
    said = [value for value in agent if value != 0xFF]
    assert said == sorted(said)  # in the order in which it was sent


@given(st.binary(min_size=1, max_size=3000))
def test_stereo_keeps_every_sample_of_both_sides(caller):
    agent = bytes(reversed(caller))
    stereo = interleave(caller, agent)
    assert (stereo[0::2], stereo[1::2]) == (caller, agent)
    assert len(peaks(stereo)) == 2 * -(-len(caller) // 800)


def test_peaks_are_of_the_loudest_sample_of_each_side():
    loud = mulaw.encode(np.array([-32_000], np.int16))
    caller = SILENCE * 5 + loud + SILENCE * 4
    quiet = mulaw.encode(np.array([300], np.int16)) * len(caller)
    assert list(peaks(interleave(caller, quiet))) == [0, 2, 255, 2]


def test_one_line_has_the_sum_of_both_and_clips():
    loud = mulaw.encode(np.array([30_000, 1000], np.int16))
    both = mulaw.decode(mixed(loud, loud))
    assert both[0] >= 32_000
    assert abs(int(both[1]) - 2000) < 100


def heard_around(line: MixedCall, before_ms: int, after_ms: int) -> bytes:
    """What is played from so long before now to so long after it."""
    audio, from_ms = line.mixer.around(line.media_ms)
    begin = line.media_ms - before_ms - from_ms
    assert begin >= 0
    return audio[begin * 8 : (begin + before_ms + after_ms) * 8]


def test_recently_played_audio_is_known_with_and_without_a_recording():
    for is_recorded in (False, True):
        line = MixedCall()
        if is_recorded:
            line.mixer.start(line.track)
        line.passes(100)
        first, second = b"\x20" * 4_000, b"\x30" * 8_000
        line.sends(first + second)
        line.passes(40)  # 800 ms
        assert heard_around(line, 800, 700) == first + second
        assert heard_around(line, 900, 0) == b"\xff" * 800 + first + second[:2_400]


def test_no_more_is_remembered_than_an_echo_needs():
    line = MixedCall()
    line.sends(b"\x20" * 8 * 60_000)
    for _ in range(50):
        line.passes(50)
        audio, from_ms = line.mixer.around(line.media_ms)
        assert from_ms == line.media_ms - PAST_MS
        assert len(audio) <= (PAST_MS + COMING_MS) * 8
    assert len(line.mixer._past) <= 2 * PAST_MS * 8 + 8_000
