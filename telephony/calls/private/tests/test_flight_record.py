"""A flight record without what is taken out of its call."""

import zlib
from dataclasses import fields, replace
from datetime import UTC, datetime

import pytest

from agents.engines import events as engine_events
from agents.engines.events import AudioDelta, PartlyHeard, ToolCalled, Transcribed
from agents.redaction.conversation import Kind
from agents.settings.config import Fact, Privacy, Variables
from agents.variables.filling import filled
from agents.variables.names import names_in
from agents.variables.values import Known
from telephony.calls import flight_recorder
from telephony.calls.private import flight_record as flight_record
from telephony.session import events as line_events
from telephony.session.events import (
    CallerTyped,
    CallOpened,
    DigitPressed,
    FrameHeard,
    Tick,
    ToolReturned,
)
from telephony.spoken.languages import ENGLISH
from testing.setups import setup

CARDS = frozenset({Kind.CARD_NUMBERS})
CARD = "4111111111111111"


def flown(*events, kinds=CARDS, has_numbers=False, known=frozenset()):
    """The events as they are kept."""
    recorder = flight_recorder.FlightRecorder(setup().config)
    for now_ms, event in enumerate(events):
        if isinstance(event, FrameHeard):
            recorder.record_frame(event.payload, now_ms)
        else:
            recorder.record(event, now_ms)
    record = flight_record.without(recorder.pack(), kinds, known=known, has_numbers=has_numbers)
    return [event for _, event in flight_recorder.unpack(record)[1]]


def test_what_was_said_in_vain_goes_too():
    events = flown(
        CallOpened(),
        Transcribed("my card is 4111"),
        Transcribed("my card is 4111 1111"),
        Tick(),
        Transcribed("my card is 4111 1111 1111 1111"),
        AudioDelta("r1", b"\1\2", "So that is 4111 1111."),
        AudioDelta("r1", b"\1\2", " 1111 1111?"),
        CallerTyped(CARD),
    )
    assert not any(run in str(events) for run in ("4111", "1111"))
    assert events[4] == Transcribed("my card is [card number]")
    assert [len(event.audio) for event in events[5:7]] == [2, 2]


def test_the_texts_that_the_call_began_with_are_not_kept():
    text = "{caller_name}, {caller_number}, {branch}"
    written = replace(
        setup().config,
        privacy=Privacy(numbers=True),
        greeting=text,
        prompt=text,
        facts=(Fact(text, text),),
        cuts={text: (text,)},
        variables=Variables("branch"),
        variable_names=names_in(text),
    )
    known = Known(
        datetime(2026, 11, 30, tzinfo=UTC),
        number="+14155550100",
        name="Anna",
        reason="gout",
        last_at=datetime(2026, 11, 29, tzinfo=UTC),
        parameters={"branch": "Altona"},
    )
    recorder = flight_recorder.FlightRecorder(filled(written, known))
    recorder.record(CallOpened(), 0)
    record = recorder.pack()
    kept = zlib.decompress(record).decode()
    assert not [each for each in ("Anna", "4155550100", "Altona", "gout") if each in kept]
    config, events = flight_recorder.unpack(record)
    assert config.greeting  # so that a replay greets
    assert [event for _, event in events] == [CallOpened()]


def test_arguments_and_results_of_tools_are_not_kept():
    events = flown(ToolCalled("r1", "pay", f'{{"card":"{CARD}"}}'), ToolReturned("call00001", CARD))
    assert events == [ToolCalled("r1", "pay", ""), ToolReturned("call00001", "")]


def test_keys_are_hidden_and_keep_their_count():
    keys = [DigitPressed(digit) for digit in f"{CARD}#"]
    with_ticks = [each for key in keys for each in (key, Tick())]
    events = flown(*with_ticks)
    pressed = [event.digit for event in events if isinstance(event, DigitPressed)]
    assert pressed == [flight_record.HIDDEN_KEY] * len(CARD) + ["#"]


def test_a_sign_of_life_between_two_keys_leaves_them_one_number():
    keys = [DigitPressed(digit) for digit in CARD]
    events = flown(*keys[:7], AudioDelta("r3", b"\1", "Einen Moment, bitte."), *keys[7:])
    pressed = [event.digit for event in events if isinstance(event, DigitPressed)]
    assert pressed == [flight_record.HIDDEN_KEY] * len(CARD)


def test_keys_of_a_menu_stay():
    events = [DigitPressed("1"), Transcribed("yes"), DigitPressed("3"), DigitPressed("#")]
    assert flown(*events) == events


def test_after_a_number_all_long_digits_are_removed():
    said = (Transcribed("it was 411"), Transcribed("at 7 in 1999"))
    assert flown(*said) == list(said)
    assert flown(*said, has_numbers=True)[0] == Transcribed("it was [number]")


def test_names_known_from_the_call_are_removed():
    events = flown(
        Transcribed("anna here"), kinds=frozenset({Kind.NAMES}), known=frozenset({"anna"})
    )
    assert events == [Transcribed("[name] here")]


NAMES = frozenset({Kind.NAMES})
SIGN = AudioDelta("r3", b"\xff", ENGLISH.waiting[0])


@pytest.mark.parametrize(
    "question",
    [
        [AudioDelta("r2", b"\xff", "May I have your name, please?")],
        [AudioDelta("r2", b"\xff", "May I have your "), AudioDelta("r2", b"\xff", "name, please?")],
        [AudioDelta("r2", b"\xff", "Your name?"), AudioDelta("r2", b"\xff", " I will note it.")],
        [AudioDelta("r2", b"\xff", "What is your "), SIGN, AudioDelta("r2", b"\xff", "name?")],
    ],
)
@pytest.mark.parametrize("signs", [[], [AudioDelta("r4", b"\xff", ENGLISH.waiting[1])]])
def test_a_question_is_one_text_and_no_sign_of_life_comes_between_it_and_its_answer(
    question, signs
):
    events = [*question, *signs, Transcribed("Anna Smith")]
    assert flown(*events, kinds=NAMES) == [*events[:-1], Transcribed("[name]")]


def test_of_each_part_of_a_number_its_kind_is_kept():
    events = flown(
        AudioDelta("r1", b"\xff", "That is 4111 1111"),
        AudioDelta("r1", b"\xff", " 1111 1111, right?"),
        AudioDelta("r2", b"\xff", "So 4111 11"),
        AudioDelta("r2", b"\xff", "11 1111 1111"),
    )
    assert [event.text for event in events] == [
        "That is [card number]", "[card number], right?", "So [card number]", "[card number]",
    ]  # fmt: skip


def test_a_long_response_is_looked_at_in_parts_and_kept():
    events = [AudioDelta("r1", b"\xff", f"We open at nine, {word}. " * 20) for word in "abcdef"]
    assert flown(*events) == events


def test_a_record_without_redactions_is_unchanged():
    events = [
        CallOpened(),
        FrameHeard(b"\xff" * 160),
        Transcribed("one\u2028two\x85three “four”"),
        AudioDelta("r1", b"\xff\xff", "We open at 9:00."),
        DigitPressed("2"),
    ]
    assert flown(*events) == events


@pytest.mark.parametrize("module", [engine_events, line_events])
def test_every_text_of_an_event_is_looked_at_or_is_a_name_of_ours(module):
    ours = {"response_id", "call_id", "stage", "reason", "name", "address", "language"}
    for value in vars(module).values():
        if not (isinstance(value, type) and value.__module__ == module.__name__):
            continue
        for place, each in enumerate(getattr(value, "__dataclass_fields__", {}).values(), 2):
            if each.type in (str, "str") and each.name not in ours:
                is_key = value.__name__ == flight_record.KEY
                known_at = (flight_record.TEXTS | flight_record.UNREAD).get(value.__name__)
                assert is_key or known_at == place, value
    assert {field.name for field in fields(AudioDelta)} == {"response_id", "audio", "text"}


def test_partial_transcriptions_are_redacted_too():
    events = flown(PartlyHeard("my card is 4111 1111 1111 1111", 900))
    assert events == [PartlyHeard("my card is [card number]", 900)]
