"""A call goes on in the language that its caller speaks, or asks for."""

import pytest

from agents.engines.events import SpeechResumed, Transcribed
from telephony.session.call import CallSession
from telephony.session.commands import Respond, Say, UseLanguage
from telephony.session.events import CallOpened, CallResumed
from telephony.session.resuming.state import decoded, encoded
from telephony.session.tests.conversation import Conversation, greeted
from telephony.session.transcript import Transcript
from telephony.spoken.languages import ENGLISH, GERMAN

QUESTION = "Wann haben Sie morgen geöffnet?"


def call(**settings) -> Conversation:
    return greeted(languages="de, fr", **settings)


def of(kind, commands):
    return [command for command in commands if isinstance(command, kind)]


def test_the_engine_is_told_before_it_answers():
    commands = call(speculate=False).caller_says(QUESTION)
    [use] = of(UseLanguage, commands)
    [respond] = of(Respond, commands)
    assert use == UseLanguage("de")
    assert commands.index(use) < commands.index(respond)


def test_no_answer_is_begun_in_the_language_that_is_left():
    talk = call(speculate=True)
    talk.caller_begins()
    talk.passes(1000)
    assert not of(Respond, talk.caller_pauses(QUESTION))
    talk.hears(SpeechResumed(talk.now_ms))
    talk.passes(500)
    assert of(Respond, talk.caller_pauses("When do you open tomorrow?"))


def test_an_apology_is_in_the_language_of_the_call():
    talk = call()
    talk.caller_says(QUESTION)
    assert talk.session._floor.phrases is GERMAN
    talk.caller_says("Können wir Französisch sprechen?")
    assert of(UseLanguage, talk.log)[-1] == UseLanguage("fr")
    assert talk.session._floor.phrases is ENGLISH, "there are no French ones"


def test_an_agent_of_one_language_stays_as_it_was():
    talk = greeted()
    talk.caller_says(QUESTION)
    assert not of(UseLanguage, talk.log)
    assert {turn.language for turn in talk.turns} == {""}


def test_what_the_recogniser_says_is_evidence():
    talk = call(speculate=False)
    talk.caller_begins()
    talk.passes(1000)
    talk.caller_pauses("")
    talk.hears(Transcribed("Zimmer um acht", language="german"))
    talk.passes(140)
    assert UseLanguage("de") in talk.caller_ends()


def test_each_turn_has_its_language():
    talk = call()
    talk.caller_says("Do you speak German?")
    talk.caller_says(QUESTION)
    caller = [turn for turn in talk.turns if turn.role == "caller"]
    assert [turn.language for turn in caller] == ["de"], "two utterances are one turn"
    assert talk.turns[0].language == "en"


def test_another_process_continues_in_it():
    talk = call()
    talk.caller_says("Can we speak German?")
    state = decoded(encoded(talk.session.snapshot(now_ms=talk.now_ms)))
    other = CallSession.restored(talk.session.config, state)
    commands = other.receive(CallResumed(talk.now_ms), now_ms=talk.now_ms + 500)
    assert commands[0] == UseLanguage("de")
    assert other._floor.phrases is GERMAN
    assert other._floor.language.is_wished


def test_a_caller_who_comes_back_from_a_transfer_is_spoken_to_in_it():
    talk = call()
    talk.caller_says(QUESTION)
    talk.agent_says("Um neun.")
    talk.passes(2000)
    talk.carrier_plays()
    back = CallSession(talk.session.config, transcript=Transcript(talk.turns))
    commands = back.receive(CallOpened(), now_ms=0)
    assert commands[0] == UseLanguage("de")
    assert of(Say, commands)


def test_a_wish_is_kept_by_a_call_that_comes_back():
    talk = call()
    talk.caller_says("Can we speak German?")
    talk.agent_says("Gern.")
    talk.passes(2000)
    talk.carrier_plays()
    back = CallSession(talk.session.config, transcript=Transcript(talk.turns))
    assert back._floor.language.is_wished
    evidence = call()
    evidence.caller_says(QUESTION)
    back = CallSession(talk.session.config, transcript=Transcript(evidence.turns))
    assert not back._floor.language.is_wished


def test_a_wish_over_a_greeting_that_may_not_be_interrupted_counts():
    talk = Conversation(languages="de, fr", interruptible=False)
    talk.opens()
    talk.agent_says("Hello, how can I help?", ms=4000)
    talk.passes(500)
    assert UseLanguage("de") in talk.caller_says("Auf Deutsch bitte.")
    talk.passes(4000)
    talk.carrier_plays()
    assert [(turn.role, turn.language) for turn in talk.turns] == [
        ("agent", "en"),
        ("caller", "de"),
    ]


@pytest.mark.parametrize("language", ["", "xx", "it"])
def test_a_language_that_is_not_allowed_any_more_is_the_main_one(language):
    talk = call()
    talk.session._floor.language.restore(language, is_wished=True)
    assert talk.session._floor.language.tag == "en"
