"""How `benchmarks.turns` cuts turns, plays them, and counts what an agent did."""

from typing import Any

import numpy as np
import pytest

from agents.engines.scripted import marks
from agents.engines.scripted.engines import tone_mulaw
from agents.speech.audio import mulaw
from benchmarks import report_turns, results_file
from benchmarks.turn_taking import counts, noisy_calls
from benchmarks.turn_taking.callers import Echo, SoundsOverReplies
from benchmarks.turn_taking.counts import SoundHeard, sounds_heard, turns_heard
from benchmarks.turn_taking.made import FINISHED, MADE, in_digits
from benchmarks.turn_taking.recorded import Stretch, added, shared_out, stretches, turns_of
from benchmarks.turn_taking.sounds import NODS, WORDS, Sound
from benchmarks.turn_taking.turn import Piece, Turn, sound, turn
from telephony.simulator.caller import HangUp, Say
from telephony.simulator.report.history import Said, StreamLog
from telephony.simulator.sound.playout import Playout

QUIET = bytes([mulaw.SILENCE]) * 8  # a millisecond


def said(*words: str, pauses: tuple[int, ...] = ()) -> Turn:
    return turn("open", [Piece(tone_mulaw(600), text) for text in words], pauses)


def log_of(turn: Turn, *replies: tuple[float, float, bool], at_ms: float = 1_000.0) -> StreamLog:
    """The turn said at `at_ms`; replies: begin, end, whether it was cut."""
    log = StreamLog("MZ1")
    first, last = turn.utterance.first_voiced * 20, turn.utterance.last_voiced * 20
    log.said.append(Said(turn.utterance.text, at_ms + first, at_ms + last, True))
    for begin, end, is_cut in replies:
        log.playout.media(tone_mulaw(int(end - begin) + (500 if is_cut else 0)), now_ms=begin)
        if is_cut:
            log.playout.clear(now_ms=end)
    return log


# --- turns ---------------------------------------------------------------------------------------


def test_a_turn_has_its_words_and_its_holds_where_they_were_put():
    made = said("my number is", "four one five", pauses=(800,))
    [(begin, end)] = made.holds
    assert end - begin == 800
    audio = b"".join(made.utterance.frames)
    assert marks.read(audio) == "my number is four one five"
    assert marks.read(audio[: begin * 8]) == "my number is"
    assert marks.read(audio[: (begin - 200) * 8]) == "my number"  # not before it was said


def test_pauses_that_are_no_holds_are_not_counted():
    assert said("a", "b", "c", pauses=(180, 5_200)).holds == ()


def test_stretches_of_a_recording_are_cut_at_its_pauses():
    audio = QUIET * 200 + tone_mulaw(400) + QUIET * 60 + tone_mulaw(400) + QUIET * 500
    audio += tone_mulaw(300) + QUIET * 100
    assert stretches(audio) == [Stretch(200, 1_060), Stretch(1_560, 1_860)]


@pytest.mark.parametrize(
    ("known", "heard", "more"),
    [
        ("", "my name is", "my name is"),
        ("my name is", "my name is Anna Smith", "Anna Smith"),
        ("uh my name", "my name is", "is"),
        ("two weeks gone", "two weeks ago I got a car", "I got a car"),
        ("I got a lot of your", "I got a lot", ""),
    ],
)
def test_what_a_turn_has_more_is_told_from_words_that_are_heard_otherwise_now(known, heard, more):
    assert " ".join(added(known.split(), heard.split())) == more


def test_a_recorded_turn_ends_where_the_agent_speaks():
    caller = [
        Stretch(0, 1_000),
        Stretch(1_500, 2_000),
        Stretch(4_000, 5_000),
        Stretch(11_000, 12_000),
    ]
    agent = [Stretch(2_500, 3_500)]
    assert turns_of(caller, agent) == [caller[:2], caller[2:3], caller[3:]]


def test_words_of_a_recording_are_shared_out_by_length():
    assert shared_out("one two three four", [Stretch(0, 300), Stretch(500, 600)]) == [
        "one two three",
        "four",
    ]


def test_made_turns_pause_and_finished_ones_do_not():
    assert all("/" in text for texts in MADE.values() for text in texts)
    assert not any("/" in text for texts in FINISHED.values() for text in texts)
    assert sum(text.count("/") for kind in ("number", "name", "e-mail") for text in MADE[kind]) > 60
    assert in_digits("it's four one five then two") == "it's 415 then 2"


@pytest.mark.parametrize(
    ("replies", "cut", "wait_ms", "over"),
    [
        ([], False, None, 0),
        ([(3_160, 4_000, False)], False, 140, 0),  # the turn ends at 1000 + 60 + 600 + 800 + 600
        ([(2_000, 2_400, True), (3_260, 4_000, False)], True, 200, 0),
        ([(2_000, 3_500, False)], True, None, 0),  # still speaking at the end
        ([(1_200, 1_300, True), (3_060, 4_000, False)], False, 0, 1),
    ],
)
def test_what_became_of_a_turn(replies: Any, cut: bool, wait_ms: float | None, over: int):
    made = said("my number is", "four one five", pauses=(800,))
    [found] = turns_heard(log_of(made, *replies), [made])
    assert [is_cut for _, is_cut in found.holds] == [cut]
    assert (found.wait_ms, found.begun_over) == (
        pytest.approx(wait_ms, abs=60) if wait_ms is not None else None,
        over,
    )
    summed = counts.of_turns([found], engines_ms=0)
    assert (summed["holds"], summed["holds_cut"]) == (1, int(cut))


# --- sounds over the agent -----------------------------------------------------------------------


def over_speech(kind: str, *replies: tuple[float, float, bool]) -> SoundHeard:
    """A sound at 3 s into speech that began at 1 s."""
    made = Sound(kind, sound(kind, tone_mulaw(500), "okay"))
    log = StreamLog("MZ1")
    for begin, end, is_cut in replies:
        log.playout.media(tone_mulaw(int(end - begin) + (500 if is_cut else 0)), now_ms=begin)
        if is_cut:
            log.playout.clear(now_ms=end)
    [found] = sounds_heard(log, [(made, 3_000.0)])
    return found


def test_an_agent_that_keeps_talking_passes_over_a_nod_and_ignores_words():
    assert over_speech(NODS, (1_000, 9_000, False)).is_right
    assert not over_speech(WORDS, (1_000, 9_000, False)).is_right


def test_an_agent_that_stops_yields_to_words_and_falls_for_a_nod():
    found = over_speech(WORDS, (1_000, 3_400, True), (4_500, 6_000, False))
    assert found.is_right
    assert found.stopped_ms == pytest.approx(340)
    assert found.resumed_ms == pytest.approx(940)  # after the sound, which ended at 3560
    assert not over_speech(NODS, (1_000, 3_400, True), (4_500, 6_000, False)).is_right


def test_an_answer_to_what_was_said_to_somebody_else_is_wrong():
    replies = (1_000, 5_000, False), (6_000, 7_000, False)
    assert not over_speech("speech aside", *replies).is_right
    assert over_speech(NODS, *replies).is_right
    assert over_speech("speech aside", replies[0], (7_500, 8_000, False)).is_right


def test_a_short_gap_is_no_stop():
    assert over_speech(NODS, (1_000, 3_400, True), (3_500, 9_000, False)).is_right


# --- callers -------------------------------------------------------------------------------------


def test_a_caller_asks_makes_a_sound_into_the_reply_and_hangs_up_after_it():
    question = said("when are you open").utterance
    cough = Sound("coughs and sneezes", sound("cough", tone_mulaw(200)))
    caller = SoundsOverReplies([question], [(cough, 1_500)], now_ms=0.0)
    playout, acts = Playout(), []
    playout.media(tone_mulaw(1_000), now_ms=0.0)
    for now_ms in range(0, 20_000, 20):
        if now_ms == 3_000:
            playout.media(tone_mulaw(4_000), now_ms=3_000.0)
        if act := caller.act(playout, now_ms=float(now_ms)):
            acts.append((now_ms, act))
        if isinstance(act, HangUp):
            break
    assert [type(act) for _, act in acts] == [Say, Say, HangUp]
    assert [at for at, _ in acts] == [pytest.approx(at, abs=40) for at in (1_700, 4_500, 9_300)]
    assert [made for made, _ in caller.made] == [cough]


def test_an_echo_is_the_agents_sound_weaker_and_later_with_its_words():
    playout = Playout()
    playout.media(tone_mulaw(2_000), now_ms=0.0)
    echo = Echo(100, -20.0, ["we", "are"])
    quiet = marks.write(QUIET * 20, "")
    assert echo(quiet, playout, 80.0) == quiet
    heard = b"".join(echo(quiet, playout, float(at)) for at in range(100, 1_000, 20))
    assert marks.read(heard).split()[:2] == ["we", "are"]
    loud = [np.sqrt(np.mean(mulaw.decode(a).astype(float) ** 2)) for a in (tone_mulaw(900), heard)]
    assert 20 * np.log10(loud[1] / loud[0]) == pytest.approx(-20, abs=1)
    spoken = marks.write(tone_mulaw(20), "yes ")
    assert marks.read(echo(spoken, playout, 500.0)) == "yes"


# --- noisy calls, and the report -----------------------------------------------------------------


def test_a_noisy_call_is_the_same_each_time():
    assert noisy_calls.script(7) == noisy_calls.script(7)
    assert noisy_calls.script(7) != noisy_calls.script(8)


def result(*, neighbours: float) -> dict[str, Any]:
    kind = {"n": 3, "mean": 300, "p50": 290, "p95": 400, "worst": 410}
    turns = {
        "turns": 10, "holds": 20, "holds_cut": 1, "begun_over_a_turn": 0.1,
        "wait_ms": kind, "added_ms": kind,
    }  # fmt: skip
    sounds = {
        "sounds": 50, "right": 49, "stopped": 3, "stopped_ms": kind,
        "spoke_again": 3, "spoke_again_ms": kind,
    }  # fmt: skip
    row = {
        "turns": {"number": turns, "finished: choice": turns, "all": turns},
        "floor": {"words": sounds, "speech aside": sounds},
        "echo": {"80": {"replies": 40, "cut": 1}},
        "neighbours": {"core 0": {"mean": neighbours, "worst": 1.0}},
    }
    noisy = {"calls": 500, "unended": 0, "longest_silence_ms": kind}
    return {
        "by_delay": {"0": row},
        "noisy_calls": noisy,
        "machine": {"cpu": "one", "cores": 2, "kernel": "6"},
    }


@pytest.mark.parametrize("neighbours", [0.02, 0.4])
def test_delays_are_published_from_a_quiet_machine_only(
    neighbours: float, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(results_file, "read", lambda name: result(neighbours=neighbours))
    monkeypatch.setattr(report_turns, "DOCS", tmp_path)
    monkeypatch.setattr(report_turns, "PLOTS", tmp_path / "conversation")
    page = report_turns.write().read_text()
    assert "5.0% of 20" in page
    assert "98.0% of 50" in page
    assert "1 of 40" in page
    assert ("290 ms" in page) == (neighbours < 0.1)
    assert (report_turns.AGAIN in page) == (neighbours > 0.1)
    assert (tmp_path / "conversation" / "cut.svg").exists() == (neighbours < 0.1)
