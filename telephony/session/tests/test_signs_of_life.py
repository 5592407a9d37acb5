"""A caller who waits hears so."""

from itertools import pairwise

from agents.engines.conversation import Role, Utterance
from agents.engines.events import (
    AudioDelta,
    ResponseEnded,
    ResponseFailed,
    SpeechPaused,
    SpeechStopped,
    Stage,
    StageReached,
    TranscriptionFailed,
)
from telephony.session.commands import Cancel, Clear, Play, Respond, Say
from telephony.session.events import CallerTyped, MarkPlayed, Tick
from telephony.session.tests.conversation import LOUD, Conversation
from telephony.session.turns import TurnState
from telephony.spoken.languages import ENGLISH, GERMAN, in_english

FIRST, SECOND, THIRD = ENGLISH.waiting


def asks(**turn_taking) -> Conversation:
    call = Conversation(**turn_taking)
    call.greets()
    call.caller_says("when do you open")
    call.answer = call.last_response()
    return call


def waits(call: Conversation, ms: int) -> list[Say]:
    """Time passes, a tick each quarter of a second; what was to be said in it."""
    said = []
    for _ in range(ms // 240):
        call.passes(240)
        said += [command for command in call.hears(Tick()) if isinstance(command, Say)]
    return said


def is_given(call: Conversation, sign: Say, *, ms: int = 1000) -> list:
    """The voice gives all of a sign of life."""
    commands = call.hears(AudioDelta(sign.response_id, LOUD * ms * 8, sign.text))
    return commands + call.hears(ResponseEnded(sign.response_id))


def is_heard(call: Conversation, sign: Say, *, ms: int = 1000) -> None:
    is_given(call, sign, ms=ms)
    call.passes(ms)
    call.carrier_plays()


def answers(call: Conversation, text: str, *, ms: int = 2000, ends: bool = True) -> list:
    commands = call.hears(AudioDelta(call.answer, LOUD * ms * 8, text))
    return commands + (call.hears(ResponseEnded(call.answer)) if ends else [])


def test_an_answer_that_comes_soon_needs_no_sign_of_life():
    call = asks()
    assert waits(call, 1_400) == []
    answers(call, "We open at nine.")
    assert waits(call, 1_900) == []


def test_a_caller_who_waits_is_asked_for_a_moment():
    call = asks()
    (sign,) = waits(call, 1_800)
    assert sign.text == FIRST
    assert [type(c) for c in is_given(call, sign)][1:] == [Play, Play, Play]
    assert call.session.state is TurnState.THINKING
    assert not [c for c in call.log if isinstance(c, Cancel) and c.response_id == call.answer]


def test_signs_of_life_become_rarer_and_are_never_the_same_twice_in_a_row():
    call = asks()
    said = []
    for _ in range(30):
        for sign in waits(call, 1_000):
            said.append((call.now_ms, sign.text))
            is_heard(call, sign)
    texts = [text for _, text in said]
    assert texts == [FIRST, SECOND, THIRD, FIRST]
    times = [at for at, _ in said]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert gaps == sorted(gaps)
    assert gaps[0] > 5_000


def test_a_voice_that_gives_no_sound_is_not_asked_again_at_once():
    call = asks()
    times = []
    for _ in range(60):
        for sign in waits(call, 1_000):
            times.append(call.now_ms)
            call.hears(ResponseEnded(sign.response_id))
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert len(gaps) >= 4
    assert min(gaps) >= 5_000


def test_the_next_wait_begins_with_another_sentence():
    call = asks()
    (sign,) = waits(call, 1_800)
    is_heard(call, sign)
    answers(call, "At nine.", ms=400)
    call.passes(400)
    call.carrier_plays()
    call.caller_says("and on sundays")
    assert [sign.text for sign in waits(call, 1_800)] == [SECOND]


def test_an_answer_whose_first_words_are_written_is_waited_for():
    call = asks()
    call.passes(1_400)
    call.hears(StageReached(call.answer, Stage.LLM))
    call.passes(200)
    assert call.hears(Tick()) == []
    call.passes(400)
    assert [type(command) for command in call.hears(Tick())] == [Say]  # but not for ever


def test_an_answer_that_is_there_first_is_heard_alone():
    call = asks()
    (sign,) = waits(call, 1_800)
    commands = answers(call, "We open at nine.")
    assert commands[0] == Cancel(sign.response_id, heard_ms=0)
    assert is_given(call, sign) == []
    assert [turn.text for turn in call.turns[1:]] == ["when do you open", "We open at nine."]


def test_an_answer_is_heard_behind_a_sign_of_life_and_not_in_it():
    call = asks()
    (sign,) = waits(call, 1_800)
    is_given(call, sign)
    answers(call, "We open at nine.")
    call.passes(1_400)
    for _ in range(3):
        call.hears(MarkPlayed(call.unplayed.pop(0)))
    assert call.session.heard(call.now_ms) == (call.answer, 400)


def test_a_sign_of_life_is_in_the_transcript_and_in_no_memory():
    call = asks()
    (sign,) = waits(call, 1_800)
    is_heard(call, sign)
    answers(call, "We open at nine.")
    call.passes(2_000)
    call.carrier_plays()
    assert [(turn.role, turn.heard_text) for turn in call.turns[1:]] == [
        (Role.CALLER, "when do you open"),
        (Role.AGENT, FIRST),
        (Role.AGENT, "We open at nine."),
    ]
    said = [utterance.text for utterance in call.session.transcript.conversation("and then")]
    assert said == ["Hello, how can I help?", "when do you open", "We open at nine.", "and then"]


def test_a_caller_who_speaks_over_a_sign_of_life_silences_it_and_continues_with_the_question():
    call = asks()
    (sign,) = waits(call, 1_800)
    is_given(call, sign)
    call.passes(200)
    assert call.caller_begins()[:1] == [Clear()]
    assert Cancel(call.answer, heard_ms=0) in call.log
    call.passes(600)
    (*_, asked) = call.caller_pauses("on sundays")
    assert asked.conversation[-1] == Utterance(Role.CALLER, "when do you open on sundays")


def test_a_cough_over_a_sign_of_life_asks_for_the_answer_again():
    call = asks()
    (sign,) = waits(call, 1_800)
    is_given(call, sign)
    call.passes(200)
    asked = call.caller_says("", ms=100)[-1]
    assert isinstance(asked, Respond)
    assert asked.conversation[-1].text == "when do you open"


def test_a_sign_of_life_that_is_late_is_not_heard_after_the_answer():
    call = asks()
    (sign,) = waits(call, 1_800)
    call.hears(ResponseFailed(call.answer, "EngineBusy"))
    assert Play not in [type(command) for command in is_given(call, sign)]


def test_a_voice_that_fails_to_ask_for_patience_is_tried_again():
    call = asks()
    (sign,) = waits(call, 1_800)
    assert call.hears(ResponseFailed(sign.response_id, "EngineTimeout")) == []
    assert [sign.text for sign in waits(call, 5_500)] == [SECOND]


def test_a_lost_mark_of_a_sign_of_life_does_not_end_the_signs():
    call = asks()
    (sign,) = waits(call, 1_800)
    is_given(call, sign)  # its marks never come back
    assert [sign.text for sign in waits(call, 10_000)] == [SECOND]


def test_an_answer_that_stops_in_the_middle_is_a_wait_too():
    call = asks()
    answers(call, "We open", ms=500, ends=False)
    call.passes(500)
    call.carrier_plays()
    (sign,) = waits(call, 1_800)
    is_heard(call, sign)
    answers(call, " at nine.", ms=500)
    call.passes(500)
    call.carrier_plays()
    assert [turn.heard_text for turn in call.turns[2:]] == ["We open at nine.", FIRST]


def test_words_that_are_long_in_coming_are_a_wait_too():
    call = Conversation()
    call.greets()
    call.caller_begins()
    call.passes(500)
    call.hears(SpeechPaused(at_ms=call.now_ms))
    call.hears(SpeechStopped(at_ms=call.now_ms))
    (sign,) = waits(call, 1_800)
    is_heard(call, sign)
    (said,) = call.hears(TranscriptionFailed("timeout"))
    assert said.text == ENGLISH.say_again


def test_no_caller_is_asked_to_wait_for_a_greeting_or_while_speaking():
    call = Conversation()
    call.opens()
    assert waits(call, 5_000) == []
    call.agent_says("Hello, how can I help?")
    call.passes(2_000)
    call.carrier_plays()
    assert waits(call, 5_000) == []
    call.caller_begins()
    assert waits(call, 5_000) == []


def test_who_types_is_asked_to_wait_as_well():
    call = Conversation()
    call.greets()
    call.hears(CallerTyped("When do you open?"))
    assert [sign.text for sign in waits(call, 1_800)] == [FIRST]


def test_an_agents_own_patience_counts():
    call = asks(sign_of_life_ms=4_000)
    assert waits(call, 3_800) == []
    assert len(waits(call, 500)) == 1


def test_every_fixed_sentence_is_known_in_english():
    assert [in_english(sentence) for sentence in GERMAN.all()] == list(ENGLISH.all())
    assert in_english("Guten Tag, hier ist Mia.") == ""
