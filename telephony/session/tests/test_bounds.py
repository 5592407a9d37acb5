"""What a caller enters, types and says is bounded where it is kept."""

from agents.engines.events import Transcribed
from telephony.session.events import CallerTyped, DigitPressed
from telephony.session.keypad import MAX_DIGITS, MAX_TYPED, MAX_TYPED_CHARACTERS, Keypad
from telephony.session.tests.conversation import Conversation
from telephony.session.transcript import MAX_TURN_CHARACTERS


def test_a_queued_number_has_a_maximum_of_digits():
    keypad = Keypad()
    for _ in range(100_000):
        keypad.press("7", 0)
        keypad.press("#", 0)
    assert len(keypad.take()) <= MAX_DIGITS + 1


def test_keys_that_are_pressed_while_the_agent_thinks_fill_no_memory():
    call = Conversation()
    call.greets()
    call.hears(CallerTyped("When do you open?"))  # the agent thinks
    for _ in range(10_000):
        call.hears(DigitPressed("7"))
    assert len(call.session._typed.keypad.take()) == MAX_DIGITS


def test_texts_that_wait_for_a_greeting_are_few_and_short():
    call = Conversation(interruptible=False)
    call.opens()
    call.agent_says("Hello, how can I help?")
    for _ in range(1_000):
        call.hears(CallerTyped("x" * 5_000))
    waiting = call.session._typed.texts
    assert len(waiting) == MAX_TYPED
    assert max(map(len, waiting)) == MAX_TYPED_CHARACTERS


def test_a_turn_of_the_caller_keeps_its_end():
    call = Conversation()
    call.greets()
    for number in range(100):
        call.hears(CallerTyped(f"{number} " + "word " * 400))
    turn = call.turns[-1]
    assert len(turn.text) == MAX_TURN_CHARACTERS
    assert "99 word" in turn.text


def test_an_endless_transcription_is_no_endless_turn_and_no_endless_question():
    call = Conversation()
    call.greets()
    asked = call.hears(CallerTyped("x"))
    assert asked
    saved = [c for c in call.hears(Transcribed("y" * 100_000)) if hasattr(c, "turn")]
    assert all(len(command.turn.text) <= MAX_TURN_CHARACTERS for command in saved)
    conversation = call.session.transcript.conversation("z" * 100_000)
    assert len(conversation[-1].text) <= MAX_TURN_CHARACTERS
