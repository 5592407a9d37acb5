"""The agent's own "mm-hm" while a caller tells something: where it is said, and what it is not."""

import pytest

from agents.engines.events import (
    AudioDelta,
    ResponseEnded,
    ResponseFailed,
    SpeechResumed,
    Transcribed,
)
from telephony.session.commands import Cancel, Play, SaveTurn, Say
from telephony.session.events import Tick
from telephony.session.tests.conversation import LOUD, Conversation, greeted
from telephony.session.turns import TurnState
from telephony.spoken.languages import ENGLISH

STORY = "so yesterday I went to the shop with my daughter and"


def telling(text: str = STORY, *, ms: int = 9_000, **settings) -> tuple[Conversation, list[Say]]:
    """A caller who has told something and pauses, and what is said to them by the next tick."""
    call = greeted(nods=True, longest_wait_ms=4_000, **settings)
    call.caller_begins()
    call.passes(ms)
    call.caller_pauses(text)
    return call, nods(call.hears(Tick()))


def nods(commands) -> list[Say]:
    return [c for c in commands if isinstance(c, Say) and c.text in ENGLISH.listening]


def audible(call: Conversation, nod: Say) -> list:
    commands = call.hears(AudioDelta(nod.response_id, LOUD * 300 * 8, nod.text))
    return commands + call.hears(ResponseEnded(nod.response_id))


def test_it_is_heard_within_the_pause_and_is_no_turn():
    call, [nod] = telling()
    commands = audible(call, nod)
    assert [c for c in commands if isinstance(c, Play)]
    assert not [c for c in commands if isinstance(c, SaveTurn)]
    call.carrier_plays()
    call.hears(SpeechResumed(call.now_ms))
    call.passes(500)
    call.caller_pauses(f"{STORY} that was all")
    call.passes(3_000)
    call.caller_ends()
    assert [turn.text for turn in call.turns[1:]] == [f"{STORY} that was all"]
    said = call.session.transcript.conversation()
    assert not any(sentence in each.text for each in said for sentence in ENGLISH.listening)


@pytest.mark.parametrize(
    "text",
    [
        "so I went there with my daughter.",  # whole: the next is an answer
        "so I went there, is that okay with you and",
        "my number there is four one five and",
        "the order was 4711 and",
        "it is spelled b e r and",
        "is that right? and",
        "write to anna@example.com and",
    ],
)
def test_it_is_never_said_where_it_could_be_an_answer_or_disturb(text):
    assert telling(text)[1] == []


def test_not_into_what_was_asked_for_as_a_number():
    call = greeted(nods=True, longest_wait_ms=4_000)
    call.caller_says("I want to order something.")
    call.agent_says("What is your phone number?")
    call.passes(2_000)
    call.carrier_plays()
    call.caller_begins()
    call.passes(9_000)
    call.caller_pauses("well let me see it is somewhere in my bag and")
    assert nods(call.hears(Tick())) == []


def test_only_to_a_long_story_and_not_too_often():
    assert telling(ms=4_000)[1] == []
    call, [nod] = telling()
    audible(call, nod)
    call.carrier_plays()
    for ms, expected in ((2_000, 0), (6_000, 1)):
        call.hears(SpeechResumed(call.now_ms))
        call.passes(ms)
        call.caller_pauses(STORY)
        assert len(nods(call.hears(Tick()))) == expected
    said = nods(call.log)
    assert said[0].text != said[1].text


def test_one_that_comes_too_late_is_not_heard():
    call, [nod] = telling()
    assert Cancel(nod.response_id, heard_ms=0) in call.hears(SpeechResumed(call.now_ms))
    assert not [c for c in audible(call, nod) if isinstance(c, Play)]
    call, [nod] = telling()
    call.passes(3_000)
    call.caller_ends()
    assert call.session.state is not TurnState.HEARING
    assert not [c for c in audible(call, nod) if isinstance(c, Play)]


def test_a_voice_that_fails_leaves_the_turn_as_it_is():
    call, [nod] = telling()
    call.hears(ResponseFailed(nod.response_id, "EngineError"))
    assert call.session.state is TurnState.HEARING
    call.passes(3_000)
    call.caller_ends()
    assert call.turns[-1].text == STORY


def test_a_line_with_echo_hears_none():
    call = greeted(nods=True, longest_wait_ms=4_000)
    call.session._doubt.has_echo = True
    call.caller_begins()
    call.passes(9_000)
    call.caller_pauses(STORY)
    assert nods(call.hears(Tick())) == []


def test_off_by_default():
    call = greeted(longest_wait_ms=4_000)
    call.caller_begins()
    call.passes(9_000)
    call.caller_pauses(STORY)
    call.hears(Transcribed(STORY))
    assert nods(call.hears(Tick())) == []


def test_one_pause_has_one_chance_and_words_that_are_not_known_yet_none():
    call, [_nod] = telling()
    assert nods(call.hears(Tick())) == []
    call = greeted(nods=True, longest_wait_ms=4_000)
    call.caller_begins()
    call.passes(9_000)
    assert nods(call.hears(Tick())) == []
