"""Sentences that are always said whole, and who speaks, types or presses keys over them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.engines.events import (
    AudioDelta,
    ResponseEnded,
    SpeechLasted,
    SpeechStarted,
    SpeechStopped,
    Transcribed,
    TranscriptionFailed,
)
from agents.settings.groups import Sensitivity
from telephony.session.commands import Cancel, Clear, Feed, Respond, SaveTurn, Say
from telephony.session.events import (
    CallerGone,
    CallerTyped,
    DigitPressed,
    HangUpAsked,
    Tick,
    TransferReady,
)
from telephony.session.tests.conversation import LOUD, Conversation
from telephony.session.tests.test_call_properties import Observed, steps
from telephony.session.tests.test_resuming import moved
from telephony.session.turns import TurnState

NOTICE = "In an emergency, hang up and call 911. "
NOTICE_MS = 3_000
CLAIM = "what about Saturday"


class Noticed(Conversation):
    """A call whose agent has begun the notice, with more to say behind it."""

    def __init__(
        self, said_whole: str = NOTICE, *, is_greeting: bool = False, **turn_taking
    ) -> None:
        super().__init__(said_whole=said_whole, **turn_taking)
        if is_greeting:
            self.opens()
        else:
            self.greets()
            self.caller_says("when do you open")
        self.agent_says(NOTICE, ms=NOTICE_MS, ends=False)
        self.agent_says("We open at nine.", ms=4_000)
        self.began_ms = self.now_ms

    def plays(self, ms: int) -> list[type]:
        """So much of it is heard, with marks and ticks; what is done meanwhile."""
        return plays(self, ms, began_ms=self.began_ms)


def plays(call: Conversation, ms: int, *, began_ms: int) -> list[type]:
    """As `Noticed.plays`. began_ms: when the reply began to be heard."""
    before = len(call.log)
    for _ in range(ms // 200):
        call.passes(200)
        call.carrier_plays(up_to_ms=call.now_ms - began_ms)
        call.hears(Tick())
    done = [type(command) for command in call.log[before:]]
    return [kind for kind in done if kind not in (Feed, SaveTurn)]


def in_the_notice(**turn_taking) -> Noticed:
    """A second of it was heard."""
    call = Noticed(**turn_taking)
    call.plays(1_000)
    return call


def test_words_over_it_are_a_turn_and_answered_at_its_end():
    call = in_the_notice()
    assert Clear() not in call.caller_says(CLAIM, ms=400)
    done = call.plays(2_400)
    assert done == [Clear, Cancel, Respond]
    notice, said = call.turns[-2:]
    assert (notice.heard_text.startswith(NOTICE.strip()), notice.interrupted) == (True, True)
    assert said.text == CLAIM


def test_who_is_still_speaking_at_its_end_has_the_floor():
    call = in_the_notice()
    call.plays(1_400)
    call.caller_begins()
    assert Clear not in call.plays(400)
    assert call.plays(400)[:2] == [Clear, Cancel]
    assert call.session.state is TurnState.HEARING


def test_words_that_were_not_understood_are_asked_for_again_at_its_end():
    call = in_the_notice()
    call.caller_begins()
    call.passes(400)
    call.hears(TranscriptionFailed("timeout"))
    call.ended_ms = call.now_ms
    call.caller_ends()
    assert call.plays(2_400) == [Clear, Cancel, Say]


def test_a_sound_without_words_changes_nothing():
    call = in_the_notice()
    call.caller_says("", ms=400)
    assert call.plays(3_600) == []
    assert call.session.state is TurnState.SPEAKING


def test_a_key_stops_what_comes_behind_it_and_is_answered():
    call = in_the_notice()
    assert Clear() not in call.hears(DigitPressed("7"))
    assert call.plays(2_400) == [Clear, Cancel, Respond]
    assert call.turns[-1].text == "7"


def test_a_text_waits_for_its_end():
    call = in_the_notice()
    assert Clear() not in call.hears(CallerTyped("and on Sundays?"))
    assert call.plays(2_400) == [Clear, Cancel, Respond]
    assert call.turns[-1].text == "and on Sundays?"


def test_what_comes_behind_it_is_interrupted_at_once():
    call = in_the_notice()
    call.plays(2_400)
    assert call.caller_begins()[0] == Clear()


def test_without_the_setting_it_is_interrupted_like_every_sentence():
    call = in_the_notice(said_whole="We are closed.")
    assert call.caller_begins()[0] == Clear()


def test_a_sentence_of_which_no_more_sound_comes_holds_nobody():
    call = Conversation(said_whole=NOTICE)
    call.greets()
    call.caller_says("when do you open")
    call.agent_says("In an emergency, hang up ", ms=1_000, ends=False)
    call.passes(1_200)
    call.carrier_plays()
    assert call.caller_begins()[0] == Clear()


def test_the_call_can_be_ended_at_any_time():
    for end in (HangUpAsked("hung_up_by_member"), CallerGone("stop")):
        call = in_the_notice()
        call.caller_says(CLAIM, ms=200)
        call.hears(end)
        assert call.session.state is TurnState.ENDED


def test_at_its_end_nothing_cuts_a_greeting_that_is_heard_whole():
    call = in_the_notice(is_greeting=True, greeting_interruptible=False)
    call.hears(DigitPressed("7"))
    call.caller_says(CLAIM, ms=400)
    assert Clear not in call.plays(5_000)
    assert call.turns[0].interrupted is False
    assert CLAIM in call.turns[-1].text


@pytest.mark.parametrize("sensitivity", Sensitivity)
def test_at_its_end_nothing_cuts_a_reply_before_a_transfer(sensitivity):
    call = in_the_notice(sensitivity=sensitivity)
    call.caller_begins()
    call.passes(400)
    call.hears(TransferReady("Sales"))
    call.caller_pauses(CLAIM)
    assert Clear not in call.plays(600)
    call.caller_ends()
    assert Clear not in call.plays(1_600)
    assert call.session.state is TurnState.SPEAKING
    assert call.turns[-1].text == CLAIM


def test_who_still_speaks_when_a_transfer_is_ready_does_not_cut_the_reply():
    call = in_the_notice(sensitivity=Sensitivity.BALANCED)
    call.plays(2_400)
    call.caller_begins()
    call.hears(TransferReady("Sales"))
    call.hears(SpeechLasted(2_000, 1_800, False, False))
    assert Clear not in call.plays(1_800)
    assert call.session.state is TurnState.SPEAKING
    call.caller_pauses(CLAIM)
    call.caller_ends()
    assert call.turns[-1].text == CLAIM


def test_after_a_noise_over_it_an_acknowledgement_cuts_nothing_behind_it():
    call = in_the_notice(sensitivity=Sensitivity.BALANCED)
    call.hears(SpeechStarted(call.now_ms, False))
    call.hears(SpeechLasted(1_500, 1_400, False, False))
    call.hears(Transcribed(""))
    call.hears(SpeechStopped(call.now_ms))
    call.hears(ResponseEnded(call.last_response()))
    assert call.plays(5_000) == []
    call.hears(SpeechStarted(call.now_ms, False))
    call.plays(400)
    call.hears(Transcribed("mm-hmm"))
    call.hears(SpeechStopped(call.now_ms))
    assert call.turns[-1].text == "mm-hmm"
    assert Clear() not in call.hears(Tick())


over_it = st.one_of(
    st.builds(SpeechStarted, at_ms=st.integers(0, 9_000), continues=st.booleans()),
    st.builds(SpeechStopped, at_ms=st.integers(0, 9_000)),
    st.builds(SpeechLasted, st.integers(0, 3_000), st.integers(0, 3_000), st.booleans()),
    st.builds(Transcribed, st.sampled_from(["", "stop", "mm-hmm", CLAIM])),
    st.just(TranscriptionFailed("timeout")),
    st.builds(DigitPressed, st.sampled_from("12#")),
    st.builds(CallerTyped, st.just("no")),
    st.just(Tick()),
    st.just(TransferReady("Sales")),
)


@settings(max_examples=200)
@given(
    st.lists(st.tuples(st.sampled_from((0, 200, 600)), over_it), max_size=12),
    st.sampled_from(Sensitivity),
)
def test_nothing_that_a_caller_does_cuts_it(script, sensitivity):
    call = Noticed(sensitivity=sensitivity)
    for ms, event in script:
        call.plays(ms)
        done = call.hears(event)
        if call.now_ms < call.began_ms + NOTICE_MS:
            assert Clear() not in done


@settings(max_examples=200)
@given(
    st.lists(st.tuples(st.sampled_from((0, 200, 600)), over_it), max_size=12),
    st.sampled_from(Sensitivity),
    st.booleans(),
)
def test_nothing_that_a_caller_does_cuts_a_protected_reply(script, sensitivity, is_transfer):
    call = in_the_notice(
        is_greeting=not is_transfer, sensitivity=sensitivity, greeting_interruptible=False
    )
    if is_transfer:
        call.hears(SpeechStarted(call.now_ms, False))
        call.hears(TransferReady("Sales"))
    for ms, event in script:
        done = call.plays(ms)
        if call.now_ms >= call.began_ms + NOTICE_MS + 4_000:
            return
        assert Clear not in done
        assert Clear() not in call.hears(event)
        assert call.session.state is TurnState.SPEAKING


@settings(max_examples=120)
@given(steps, st.sampled_from(Sensitivity))
def test_in_no_order_of_events_does_it_let_somebody_wait_for_ever(script, sensitivity):
    call = Observed(said_whole=NOTICE, sensitivity=sensitivity)
    notice = [(0, AudioDelta("r1", LOUD * NOTICE_MS * 8, NOTICE)), (0, ResponseEnded("r1"))]
    call.runs([*notice, *script])
    call.ends_in_silence()


# --- the call moves to another process within one -------------------------------------------------


def goes_on(call: Conversation, commands) -> int:
    """The rest of the notice and of the reply is on its way; when it began."""
    [rest] = [command.text for command in commands if isinstance(command, Say)]
    left, behind = rest.split("911. ")
    call.agent_says(f"{left}911. ", ms=2_000, ends=False)
    call.agent_says(behind, ms=4_000)
    return call.now_ms


@pytest.mark.parametrize("gap_ms", [800, 5_000], ids=["short", "long, so an apology comes first"])
def test_what_is_left_of_one_is_said_whole_by_the_next_process(gap_ms):
    call, commands = moved(in_the_notice(), gap_ms=gap_ms)
    for _ in range(2):  # and by the one after that
        began_ms = goes_on(call, commands)
        plays(call, 1_000, began_ms=began_ms)
        following = moved(call, gap_ms=gap_ms)
        assert Clear() not in call.caller_says(CLAIM, ms=400)
        assert Clear in plays(call, 1_200, began_ms=began_ms)
        call, commands = following


def test_what_follows_it_may_be_interrupted_there():
    call = in_the_notice()
    call.plays(2_400)
    other, commands = moved(call)
    [rest] = [command.text for command in commands if isinstance(command, Say)]
    other.agent_says(rest, ms=3_000)
    assert Clear() in other.caller_says(CLAIM, ms=400)


def test_a_word_of_its_rest_that_is_said_later_may_be_interrupted():
    call = in_the_notice()
    call.plays(1_600)  # but for the number all of it was heard
    other, commands = moved(call, gap_ms=5_000)
    [rest] = [command.text for command in commands if isinstance(command, Say)]
    assert rest.startswith("Sorry, we were cut off. 911. ")
    other.agent_says("Sorry, we were cut off. 911. ", ms=2_000, ends=False)
    other.agent_says("Never call 911 for fun.", ms=4_000)
    plays(other, 2_400, began_ms=other.now_ms)
    assert other.caller_begins()[0] == Clear()
