"""What members put into a call: said when nobody speaks, noted without a word."""

import pytest

from agents.engines.chat.prompt import chat_messages
from agents.engines.conversation import Role
from telephony.session.commands import Respond, SaveTurn, Say
from telephony.session.events import NoteGiven, SayAsked, Tick
from telephony.session.supervision.words import MOST_WAITING
from telephony.session.tests.conversation import config, greeted
from telephony.session.transcript import MOST_NOTES, NOTE, Transcript

TEXT = "My colleague says we open at eight."


def said(commands):
    return [command.text for command in commands if isinstance(command, Say)]


def test_a_members_text_is_said_at_once_in_silence_and_kept_as_the_agents_turn():
    call = greeted()
    [command] = [each for each in call.hears(SayAsked(f" {TEXT} ")) if isinstance(each, Say)]
    assert (command.text, command.is_fixed) == (TEXT, False)
    call.agent_says(TEXT)
    call.passes(2000)
    call.carrier_plays()
    call.caller_says("and when do you close?")
    [answer] = [each for each in call.log if isinstance(each, Respond)][-1:]
    assert TEXT in answer.conversation[-2].text


def test_a_members_text_waits_for_the_current_reply():
    call = greeted()
    call.caller_says("hello")
    call.agent_says("One two three.")
    assert said(call.hears(SayAsked(TEXT)) + call.hears(Tick())) == []
    call.passes(2000)
    call.carrier_plays()
    assert said(call.hears(Tick())) == [TEXT]
    assert said(call.hears(Tick())) == []


def test_a_members_text_waits_for_a_speaking_caller():
    call = greeted()
    call.caller_begins()
    assert said(call.hears(SayAsked(TEXT)) + call.hears(Tick())) == []


@pytest.mark.parametrize("text", ["", "  "])
def test_empty_texts_are_ignored_and_the_queue_is_bounded(text):
    call = greeted()
    assert said(call.hears(SayAsked(text))) == []
    call.caller_begins()
    for number in range(MOST_WAITING + 3):
        call.hears(SayAsked(f"Text {number}."))
    assert len(call.session._supervision._waiting) == MOST_WAITING


def test_a_note_is_known_to_the_model_and_never_said():
    call = greeted()
    commands = call.hears(NoteGiven("Offer ten percent."))
    [saved] = [each for each in commands if isinstance(each, SaveTurn)]
    assert saved.turn.role is Role.TOOL
    assert not said(commands)
    call.caller_says("is that your best price?")
    asked = [each for each in call.log if isinstance(each, Respond)][-1].conversation
    for has_tools in (True, False):
        messages = chat_messages(config(), asked, has_tools=has_tools)
        [note] = [each for each in messages if "Offer ten percent." in each["content"]]
        assert note["role"] in ("tool", "user")
        assert messages[-1]["content"].endswith("is that your best price?")


def test_a_note_wants_no_answer():
    call = greeted()
    call.hears(NoteGiven("They are a good client."))
    assert not call.session.transcript.is_answer_due
    assert call.session.transcript.turns[-1].text.startswith(NOTE)
    call.caller_begins()
    call.passes(300)
    call.caller_pauses("")
    call.passes(500)
    assert not [each for each in call.caller_ends() if isinstance(each, Respond)]


def test_a_note_between_two_utterances_leaves_them_one_turn():
    transcript = Transcript()
    transcript.keep_caller("I would like", again=False, started_ms=0, now_ms=900)
    transcript.keep_note("A good client.", now_ms=1_000)
    turn = transcript.keep_caller("I would like a table", again=True, started_ms=0, now_ms=2_000)
    assert (turn.number, turn.text) == (1, "I would like a table")
    said = transcript.conversation()
    assert [each.text for each in said] == ["", "I would like a table"]
    assert said[0].tools  # the model knows the note


def test_a_model_is_told_the_newest_notes_alone():
    transcript = Transcript()
    for number in range(MOST_NOTES + 5):
        transcript.keep_note(f"note {number}.", now_ms=number)
    told = str(transcript.conversation("hello"))
    assert "note 4." not in told
    assert "note 5." in told
    assert f"note {MOST_NOTES + 4}." in told
