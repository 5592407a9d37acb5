"""What a stream knows of those that its call had before."""

from datetime import timedelta

import msgspec
import pytest

from agents.engines.conversation import Role
from agents.settings.config import Recording, RecordingMode, Speech, TurnTaking
from telephony.calls.streams.earlier import (
    FIRST,
    Earlier,
    config_of,
    earlier_in,
    earlier_of,
    lasted_of,
    within_carriers_time,
)
from telephony.session.call import CallSession
from telephony.session.turns import TurnRecord
from telephony.spoken.languages import ENGLISH, GERMAN
from testing.scene import NOW, Scene, after, snapshot
from testing.setups import setup
from usage.models import Call, Transfer
from usage.records.turns import save_turn

SAID = TurnRecord(7, Role.AGENT, "Yes.", "Yes.", False, 500, 900)


def says(call: Call, number: int, role: str, text: str, heard: str | None = None) -> None:
    save_turn(
        call.pk, number=number, role=role, text=text, heard_text=text if heard is None else heard,
        interrupted=False, started_ms=number * 1000, ended_ms=number * 1000 + 500, latency_ms={},
    )  # fmt: skip


def called(scene: Scene) -> Call:
    call = scene.talks()
    says(call, 1, "agent", "Hello.")
    says(call, 2, "caller", "Put me through to sales")
    says(call, 3, "tool", 'transfer_call {"target":"Sales"}', "ready")
    says(call, 5, "agent", ENGLISH.putting_through)
    snapshot(call, 4, stream_ms=9_000, stt_ms=2_000, llm_tokens_in=70, is_final=True, now=NOW)
    return call


@pytest.mark.django_db
def test_a_return_knows_transcript_usage_and_the_failed_transfer(scene):
    call = called(scene)
    Transfer.objects.create(
        call=call, number=1, target="Sales", address="+14155550100", result="busy", began_at=NOW,
        ended_at=after(9),
    )  # fmt: skip
    earlier = earlier_of(call)
    assert [turn.number for turn in earlier.turns] == [1, 2, 3, 4, 5]  # the fourth was lost
    assert (earlier.snapshots, earlier.from_ms, earlier.transfers) == (4, 9_000, 1)
    said = earlier.transcript().conversation()
    assert [each.text for each in said if each.text] == [
        "Hello.", "Put me through to sales", ENGLISH.putting_through,
    ]  # fmt: skip
    [use] = [use for each in said for use in each.tools]
    assert use.call.arguments == '{"target":"Sales"}'
    assert use.result is not None
    assert (use.result.text, use.result.is_error) == ("Sales did not take the call (busy).", True)
    before = earlier.used
    assert (before["stt_ms"], before["llm_tokens_in"], before["stream_ms"]) == (2_000, 70, 9_000)
    assert earlier.in_call(SAID).started_ms == 9_500


@pytest.mark.django_db
def test_a_member_who_did_not_take_a_call_over_is_no_result_of_another_transfer(scene):
    call = called(scene)
    for number, target, result in ((1, "Sales", "busy"), (2, "adam@example.com", "no_answer")):
        Transfer.objects.create(
            call=call, number=number, target=target, address="+14155550100", result=result,
            began_at=NOW, ended_at=after(9),
        )  # fmt: skip
    [use] = earlier_of(call).tools.values()
    assert use.result is not None
    assert use.result.text == "Sales did not take the call (busy)."


@pytest.mark.django_db
def test_the_clock_of_a_stream_includes_a_gap_of_its_call(scene):
    call = called(scene)
    Transfer.objects.create(
        call=call, number=1, target="Sales", address="+14155550100", began_at=NOW
    )
    says(call, 12, "caller", "Hello?")  # 3 s of the call were heard by no process
    earlier = earlier_of(call)
    assert (earlier.from_ms, earlier.used["stream_ms"]) == (12_500, 9_000)


@pytest.mark.django_db
def test_a_first_stream_has_nothing_behind_it(scene):
    assert earlier_of(called(scene)) is FIRST
    assert FIRST.in_call(SAID) is SAID
    assert FIRST.used == {}
    assert FIRST.transcript().turns == []


@pytest.mark.parametrize(("language", "phrases"), [("en", ENGLISH), ("de-AT", GERMAN)])
def test_the_agent_says_that_nobody_answered_records_nothing_and_has_less_time(language, phrases):
    config = setup(
        language=language,
        recording=Recording(RecordingMode.ANNOUNCED, "Recorded."),
        turn_taking=TurnTaking(max_call_ms=600_000),
    ).config
    back = config_of(config, Earlier(from_ms=100_000, transfers=1))
    assert back.greeting == phrases.nobody_answered
    assert back.recording.mode is RecordingMode.OFF
    assert back.turn_taking.max_call_ms == 500_000
    late = config_of(config, Earlier(from_ms=590_000, transfers=1))
    assert late.turn_taking.max_call_ms == 60_000
    assert config_of(config, FIRST) is config


HOURS = timedelta(hours=1)


@pytest.mark.parametrize(
    ("longest_ms", "clock_ms", "lasted", "found_ms"),
    [
        (14_400_000, 0, timedelta(seconds=2), 14_338_000),
        (600_000, 0, timedelta(seconds=2), 600_000),
        (600_000, 0, 4 * HOURS, 0),  # another caller would hear nothing at all
        (14_400_000, 60_000, 3 * HOURS, 60_000 + 3_540_000),  # it was put through for hours
    ],
)
def test_an_agent_says_goodbye_before_the_carrier_ends_the_call(
    longest_ms, clock_ms, lasted, found_ms
):
    config = setup(turn_taking=TurnTaking(max_call_ms=longest_ms)).config
    found = within_carriers_time(config, clock_ms=clock_ms, lasted=lasted)
    assert found.turn_taking.max_call_ms == found_ms


@pytest.mark.parametrize(("waited", "lasted_s"), [(1_790, 1_820), (None, 30), ("?", 30), (-9, 30)])
def test_the_carriers_hours_begin_with_the_line_and_not_with_the_agent(waited, lasted_s):
    call = Call(opened_at=NOW, carrier_report={"waited_s": waited})
    assert lasted_of(call, after(30)) == timedelta(seconds=lasted_s)


def test_a_return_that_moves_while_it_greets_greets_in_the_language_of_the_call():
    config = setup(language="en", speech=Speech(languages="de")).config
    session = CallSession(config)
    session._floor.language.restore("de", is_wished=False)
    state = msgspec.structs.replace(session.snapshot(now_ms=0), from_ms=9_000, transfers=1)
    assert config_of(config, earlier_in(state)).greeting == GERMAN.nobody_answered
