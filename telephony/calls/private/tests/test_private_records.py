"""Turns of a call of which something is taken out, as the writing thread keeps them."""

import asyncio
import threading
from contextlib import suppress
from dataclasses import replace
from functools import partial

import pytest
from django.db import transaction
from django.utils import timezone
from msgspec import structs

from agents.engines.conversation import Role
from agents.redaction.conversation import Kind, kinds_of
from agents.redaction.names import words_of
from agents.settings.config import Privacy
from telephony.calls.flight_recorder import FlightRecorder
from telephony.calls.private import records as private_records
from telephony.calls.private.records import LOOKED_AT, PrivateRecords, _Moment, _Taker
from telephony.calls.private.stretches import FOREVER, Stretch
from telephony.calls.tests import test_dead_letters
from telephony.process.record_writer import RecordWriter
from telephony.process.write_queue import WriteQueue
from telephony.session.tests.conversation import greeted
from telephony.session.turns import TurnRecord
from telephony.spoken.languages import ENGLISH
from testing.guard import GUARD_SECONDS
from testing.phone_number import PhoneNumber
from testing.setups import setup
from usage.models import DeadLetter, FlightRecord, Turn
from usage.records import dead_letters, turns

pytestmark = pytest.mark.django_db(transaction=True)

refusing = test_dead_letters.refusing

NOW = _Moment(unknown_since_ms=60_000, lost=())


class Kept:
    """A taker, and what it has shown and reported."""

    def __init__(self, line: PhoneNumber, privacy: Privacy, *, caller_name: str = "") -> None:
        self.call = line.answered()
        self.shown: list[TurnRecord] = []
        self.settled = []
        self.taker = _Taker(
            self.call.pk,
            kinds_of(privacy),
            show=self.shown.append,
            settle=self.settled.append,
            names=words_of(caller_name),
        )

    def says(self, number: int, role: Role, text: str, *, heard: str | None = None) -> None:
        self.keeps(turn_of(number, role, text, heard=heard))

    def keeps(self, turn: TurnRecord) -> None:
        number = turn.number
        stretch = Stretch(number * 1000, number * 1000 + 900)
        self.taker.write_turn(turn, stretch, NOW)

    def texts(self) -> list[str]:
        return list(Turn.objects.order_by("number").values_list("text", flat=True))


class WaitingRecorder(RecordWriter):
    """Writes nothing before the test says so, as while the database is busy."""

    def __init__(self) -> None:
        self._jobs = WriteQueue(100)

    def writes(self) -> None:
        self._jobs.close()
        for job in self._jobs.take(100):
            job()


def turn_of(number: int, role: Role, text: str, *, heard: str | None = None) -> TurnRecord:
    heard = text if heard is None else heard
    return TurnRecord(number, role, text, heard, False, number * 1000, number * 1000 + 900)


@pytest.fixture
def kept(line: PhoneNumber) -> Kept:
    return Kept(line, Privacy(card_numbers=True))


def test_of_a_tool_only_its_name_is_kept(kept):
    kept.says(1, Role.CALLER, "my card is 4111 1111 1111 1111")
    kept.says(2, Role.TOOL, 'pay {"card":"4111111111111111"}', heard="paid with 4111111111111111")
    assert list(Turn.objects.order_by("number").values_list("text", "heard_text"))[1] == ("pay", "")


def test_the_kinds_of_redaction_are_the_fields_of_the_setting():
    assert {kind.value for kind in Kind} == set(Privacy.__dataclass_fields__)
    assert kinds_of(Privacy(numbers=True, names=True)) == {Kind.NUMBERS, Kind.NAMES}
    assert not Privacy().is_on


def test_an_earlier_turn_is_written_again_when_a_later_one_completes_a_number(kept):
    kept.says(1, Role.CALLER, "it is 411")
    assert kept.texts() == ["it is 411"]
    kept.says(2, Role.AGENT, "Yes?")
    kept.says(3, Role.CALLER, "1 1111 1111 1111")
    assert kept.texts() == ["it is [card number]", "Yes?", "[card number]"]
    assert kept.shown[-1].text == kept.shown[-1].heard_text == "[card number]"
    assert kept.settled[-1].settled_ms == 1000
    assert [each.begin_ms for each in kept.settled[-1].silent] == [1000, 3000]


def test_a_name_that_is_remembered_is_taken_out_of_the_greeting(line):
    kept = Kept(line, Privacy(names=True), caller_name="Dr. Anna Lang")
    kept.says(1, Role.AGENT, "Hello Anna Lang, this is Dr. Mia. How long will it be?")
    assert kept.texts() == ["Hello [name], this is Dr. Mia. How long will it be?"]


def test_the_heard_text_of_an_interrupted_turn_is_a_prefix_of_its_text(kept):
    kept.says(1, Role.AGENT, "I have 4111 1111 1111 1111, right?", heard="I have 4111")
    turn = Turn.objects.get()
    assert (turn.text, turn.heard_text) == ("I have [card number], right?", "I have [card number]")


def test_a_turn_that_the_database_refuses_is_kept_redacted(kept, cast, refusing):
    refusal = refusing("usage_turn", "NEW.number = 1")
    kept.says(1, Role.CALLER, "it is 4111 1111 1111 1111")
    kept.says(2, Role.CALLER, "and nothing else")
    assert kept.texts() == ["and nothing else"]
    letter = DeadLetter.objects.get()
    assert "[card number]" in letter.words
    assert "1111" not in letter.words
    refusal.lift()
    sent = dead_letters.send_again(letter, actor=cast.adam, now=timezone.now())
    assert sent == dead_letters.Outcome.WRITTEN
    assert kept.texts() == ["it is [card number]", "and nothing else"]


def test_a_dead_letter_is_deleted_when_its_turn_is_written_with_more_redaction(kept, refusing):
    refusal = refusing("usage_turn", "NEW.number = 1")
    kept.says(1, Role.CALLER, "it is 411")
    refusal.lift()
    kept.says(2, Role.CALLER, "1 1111 1111 1111")
    assert kept.texts() == ["it is [card number]", "[card number]"]
    assert not DeadLetter.objects.exists()


def test_turns_of_a_transaction_that_failed_are_written_by_the_next(kept):
    kept.says(1, Role.CALLER, "it is 411")

    with transaction.atomic():
        kept.says(2, Role.CALLER, "1 1111 1111 1111")
        transaction.set_rollback(True)
    assert kept.texts() == ["it is 411"]
    kept.says(2, Role.CALLER, "1 1111 1111 1111")
    assert kept.texts() == ["it is [card number]", "[card number]"]


def test_an_unchanged_turn_is_not_written_again(kept, monkeypatch):
    kept.says(1, Role.CALLER, "hello")
    written = []
    monkeypatch.setattr(turns, "save_turn", lambda *_, **fields: written.append(fields["number"]))
    kept.says(2, Role.AGENT, "Yes?")
    assert written == [2]


def test_digits_that_may_become_a_number_are_held_back_and_muted_at_the_end(kept):
    kept.says(1, Role.AGENT, "Your card number?")
    kept.says(2, Role.CALLER, "4111 11")
    assert kept.texts()[1] == "[card number]"
    assert kept.settled[-1].settled_ms == 1000
    kept.taker.write_rest(NOW)
    assert kept.texts()[1] == "[card number]"
    assert kept.settled[-1].is_over
    assert kept.settled[-1].settled_ms == FOREVER
    assert [each.begin_ms for each in kept.settled[-1].silent] == [2000]


def test_the_sound_of_a_first_group_waits_for_the_groups_behind_other_words(kept):
    kept.says(1, Role.AGENT, "Your card number?")
    kept.says(2, Role.CALLER, "The first four are 4111, just a moment please.")
    kept.says(3, Role.AGENT, "Yes?")
    assert kept.settled[-1].settled_ms == 2000
    kept.says(4, Role.CALLER, "The next ones are 1111, then 1111, and at the end there is 1111.")
    kept.taker.write_rest(NOW)
    assert not [text for text in kept.texts() if "11" in text]
    assert [each.begin_ms for each in kept.settled[-1].silent] == [2000, 4000]


@pytest.mark.parametrize(
    ("question", "answer", "without"),
    [
        ("May I have your name, please?", "Anna Smith", "[name]"),
        ("And the security code?", "It is 123.", "It is [security code]."),
    ],
)
def test_a_sign_of_life_does_not_hide_the_question_before_it(line, question, answer, without):
    kept = Kept(line, Privacy(card_numbers=True, names=True))
    kept.says(1, Role.CALLER, "my card is 4111 1111 1111 1111")
    kept.says(2, Role.AGENT, "Thanks. Anything else?")
    kept.says(3, Role.CALLER, "that is all")
    kept.says(4, Role.AGENT, question)
    sign = replace(turn_of(5, Role.AGENT, ENGLISH.waiting[0]), is_sign_of_life=True)
    kept.keeps(sign)
    kept.says(6, Role.CALLER, answer)
    assert kept.texts()[3:] == [question, sign.text, without]
    assert sign in kept.shown


@pytest.mark.parametrize("is_sign_of_life", [True, False])
def test_a_turn_that_is_kept_again_after_many_others_is_looked_at(kept, is_sign_of_life):
    kept.says(1, Role.CALLER, "my card is 4111 1111")
    for number in range(2, 2 * LOOKED_AT):
        turn = turn_of(number, Role.AGENT, "Please", heard="")
        kept.keeps(replace(turn, is_sign_of_life=is_sign_of_life))
    kept.says(1, Role.CALLER, "my card is 4111 1111 1111 1111")
    assert kept.texts()[0] == "my card is [card number]"
    assert kept.shown[-1].text == "my card is [card number]"


def test_no_sound_is_settled_before_its_turn_was_looked_at(line):
    """However often a turn is kept while the one behind it waits for the thread that writes."""
    call, settled, recorder = line.answered(), [], WaitingRecorder()

    async def is_said() -> None:
        records = PrivateRecords(
            call.pk,
            Privacy(card_numbers=True),
            recorder=recorder,
            show=lambda _turn: None,
            settle=settled.append,
        )
        turns = [
            turn_of(1, Role.CALLER, "it is 4111 1111 1111 1111"),
            turn_of(2, Role.AGENT, "One."),
            turn_of(3, Role.CALLER, "thanks"),
            turn_of(4, Role.AGENT, "You are welcome."),
            turn_of(1, Role.CALLER, "it is 4111 1111 1111 1111, right"),
        ]
        for at_ms, turn in enumerate(turns, 1):
            records.keep(turn, now_ms=at_ms * 5_000, media_ms=at_ms * 5_000)

    asyncio.run(is_said())
    recorder.writes()
    assert Turn.objects.get(number=1).text == "it is [card number], right"
    assert [bool(each.silent) for each in settled] == [True] * 5


def test_the_end_of_a_call_does_not_wait_for_the_last_look_at_it(line, monkeypatch):
    call, recorder, order = line.answered(), RecordWriter(), []
    begun, gate = threading.Event(), threading.Event()
    look = private_records.find

    def hold() -> None:
        begun.set()
        gate.wait(GUARD_SECONDS)

    def noted(texts, *args, is_over, **kwargs):
        if is_over:
            order.append("looked at")
        return look(texts, *args, is_over=is_over, **kwargs)

    monkeypatch.setattr(private_records, "find", noted)

    async def is_over() -> None:
        records = PrivateRecords(
            call.pk,
            Privacy(card_numbers=True),
            recorder=recorder,
            show=lambda _turn: None,
            settle=lambda _settled: None,
        )
        records.keep(turn_of(1, Role.CALLER, "thanks"), now_ms=5_000, media_ms=5_000)
        recorder.submit(transaction.on_commit, partial(order.append, "ended"))
        records.finish(flight_of_nothing(), 5_000)

    recorder.submit(hold)
    assert begun.wait(GUARD_SECONDS)
    asyncio.run(is_over())
    gate.set()
    recorder.close()
    assert order == ["ended", "looked at"]


@pytest.fixture
def failing(monkeypatch):
    """The words "fails here" make each look at them fail, as a fault of ours would."""
    look = private_records.find

    def fails(texts, *args, **kwargs):
        if any("fails here" in text.said for text in texts):
            raise IndexError
        return look(texts, *args, **kwargs)

    monkeypatch.setattr(private_records, "find", fails)


def goes_on_after_a_failed_look(kept: Kept) -> None:
    kept.says(1, Role.CALLER, "hello")
    with pytest.raises(IndexError):
        kept.says(2, Role.CALLER, "it fails here")


def test_no_sound_of_a_turn_whose_look_failed_is_settled(kept, failing):
    goes_on_after_a_failed_look(kept)
    for number in range(3, 2 * LOOKED_AT):
        with suppress(IndexError):
            kept.says(number, Role.CALLER, "yes")
    assert kept.texts()[-1] == "yes"
    assert kept.settled[-1].settled_ms == kept.settled[-1].known_ms == 2000


def test_when_the_last_redaction_fails_unsettled_audio_is_muted(kept, failing):
    goes_on_after_a_failed_look(kept)
    settled_ms = kept.settled[-1].settled_ms
    for _ in range(2):  # the transaction is tried again
        kept.taker.write_rest(NOW)
        assert kept.settled[-1].is_over
        assert kept.settled[-1].silent == (Stretch(settled_ms, FOREVER),)
    kept.taker.write_flight_record(flight_of_nothing())
    assert not FlightRecord.objects.exists()
    assert kept.texts() == ["hello"]


def flight_of_nothing() -> bytes:
    return FlightRecorder(setup().config).pack()


def test_a_stream_that_continues_a_call_keeps_the_turns_of_the_one_before(line):
    told = turn_of(1, Role.CALLER, "it is [card number]")
    taker = _Taker(
        line.answered().pk,
        kinds_of(Privacy(card_numbers=True)),
        show=lambda _turn: None,
        settle=lambda _settled: None,
        written=[told],
    )
    call = greeted()
    state = call.session.snapshot(now_ms=call.now_ms)
    turns = (told, turn_of(2, Role.AGENT, "not written yet"))
    state = structs.replace(state, turns=structs.replace(state.turns, turns=turns))
    assert [turn.text for turn in taker.without_words(state).turns.turns] == [
        "it is [card number]",
        "",
    ]
