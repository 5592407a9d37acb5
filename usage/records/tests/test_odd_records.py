"""Whatever is odd in a record of a call: the record is written, and the call is billed.

`tests/deployed/test_on_postgresql.py` plays this on PostgreSQL, which refuses other things than
SQLite.
"""

import json
import math
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, Phase, assume, example, given, settings
from hypothesis import strategies as st

from testing.scene import NOW, Scene, after, lines, snapshot
from usage.billing.settlement import finalize, record_end, settle
from usage.models import Call, LedgerEntry, Recording, Turn, UsageFact
from usage.records.calls import save_usage
from usage.records.recordings import begin
from usage.records.turns import LONGEST_TURN, save_turn
from voicex.database.storable import storable_json, storable_text

pytestmark = pytest.mark.django_db

SURROGATES = st.characters(min_codepoint=0xD800, max_codepoint=0xDFFF)
texts = st.text(st.characters(codec="utf-8") | SURROGATES | st.just("\0"), max_size=40)
hostile_texts = texts | st.sampled_from(["", "\0", "\ud83d", "\ude0a\ud83d", "ok\0" * 50])
numbers = (
    st.integers(min_value=-(2**70), max_value=2**70)
    | st.floats()
    | st.none()
    | st.sampled_from(["7", "many", "9" * 50, True, b"\xff", -1, 2**31, 2**63, math.nan])
)
jsons = st.recursive(
    numbers | hostile_texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(hostile_texts, inner, max_size=3),
    max_leaves=8,
)
FIGURES = ("stream_ms", "stt_ms", "llm_tokens_in", "llm_tokens_out", "tts_characters")
WORST_TURN = {
    "role": "agent",
    "text": "\ud83d\0",
    "heard_text": "\ud83d\0",
    "interrupted": False,
    "started_ms": -1,
    "ended_ms": math.nan,
    "latency_ms": {"llm": math.inf},
}
counts = st.fixed_dictionaries(dict.fromkeys(FIGURES, numbers))
turns = st.fixed_dictionaries(
    {
        "role": st.sampled_from(["caller", "agent"]) | hostile_texts,
        "text": hostile_texts | numbers,
        "heard_text": hostile_texts | numbers,
        "interrupted": st.booleans() | numbers,
        "started_ms": numbers,
        "ended_ms": numbers,
        "latency_ms": jsons,
    }
)
moments = st.datetimes() | st.datetimes(timezones=st.just(UTC))
HERE = settings(
    max_examples=40,
    phases=[Phase.explicit, Phase.generate],
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@HERE
@given(
    said=st.lists(turns, min_size=1, max_size=4),
    used=st.lists(st.tuples(numbers, counts), max_size=3),
    reason=hostile_texts,
    told=jsons,
    left_at=moments,
)
@example(
    said=[WORST_TURN],
    used=[(1, dict.fromkeys(FIGURES, 2**63 - 1))],
    reason="\0" * 50,
    told={"\ud83d": "\0"},
    left_at=datetime.min,  # noqa: DTZ901
)
def test_every_call_ends_with_all_its_turns_and_its_bill(said, used, reason, told, left_at):
    call = Scene().talks()
    for number, turn in enumerate(said, start=1):
        save_turn(call.pk, number=number, **turn)
    snapshot(call, 1, stream_ms=61_000, tts_characters=7)
    for sequence, figures in used:
        save_usage(call.pk, sequence=sequence, **figures, is_final=False, now=left_at)
    record_end(call.pk, reason=reason, now=NOW, evidence={"told": told})
    snapshot(call, 2**31 - 1, stream_ms=61_000, tts_characters=7, is_final=True, now=after(61))
    finalize(call.pk, reason=reason, now=left_at)
    assert settle(call.pk, now=after(10**6))
    assert Turn.objects.filter(call=call).count() == len(said)
    ended = Call.objects.get(pk=call.pk)
    assert ended.settled_at
    assert {key for key, _, _ in lines(call)} >= {"telephony"}
    assert all(entry.quantity >= 0 for entry in LedgerEntry.objects.filter(call=call))


@given(text=texts)
def test_what_can_be_stored_and_encoded_stays_as_it_is(text):
    told = storable_text(text)
    assert "\0" not in told
    assert told.encode().decode() == told
    assert storable_text(told) == told
    if text.isprintable():
        assert told == text


@given(value=jsons)
def test_json_that_was_made_storable_comes_back_the_same(value):
    told = storable_json(value)
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    assert storable_json(told) == told


def test_halves_of_a_pair_become_the_character_and_one_alone_its_mark():
    assert storable_text("Sure \ud83d\ude0a anything\0 else?") == "Sure \U0001f60a anything else?"
    assert storable_text("Sure \ud83d anything else?") == "Sure \ufffd anything else?"


def test_a_long_turn_is_cut_and_a_mended_field_is_logged_by_name(caplog):
    call = Scene().talks()
    save_turn(
        call.pk,
        number=1,
        role="caller",
        text="secret\0" * LONGEST_TURN,
        heard_text="",
        interrupted=False,
        started_ms=-5,
        ended_ms=2**40,
        latency_ms={"llm": math.nan, "stt": 150, "sent": "late"},
    )
    turn = Turn.objects.get()
    assert (len(turn.text), turn.started_ms, turn.ended_ms) == (LONGEST_TURN, 0, 2**31 - 1)
    assert turn.latency_ms == {"stt": 150}
    assert "record_mended" in caplog.text
    assert "started_ms" in caplog.text
    assert "secret" not in caplog.text


def test_an_invalid_count_keeps_that_of_the_snapshot_before():
    call = Scene().talks()
    snapshot(call, 1, stream_ms=20_000, llm_tokens_in=300, tts_characters=9)
    snapshot(call, 2, stream_ms=90_000, llm_tokens_in=-4, tts_characters=math.nan, stt_ms=2**70)
    fact = UsageFact.objects.get()
    assert (fact.sequence, fact.stream_ms, fact.stt_ms) == (2, 90_000, 0)
    assert (fact.llm_tokens_in, fact.tts_characters) == (300, 9)


def test_of_two_snapshots_with_one_number_the_final_one_stays():
    call = Scene().talks()
    snapshot(call, 4, stream_ms=40_000)
    snapshot(call, 4, stream_ms=41_000, is_final=True)
    snapshot(call, 4, stream_ms=39_000)
    assert UsageFact.objects.get().stream_ms == 41_000


def test_turns_without_a_number_of_their_own_are_all_kept_and_each_once():
    call = Scene().talks()
    for number in (-1, -2, -1):
        save_turn(
            call.pk,
            number=number,
            role="caller",
            text=f"turn {number}",
            heard_text="",
            interrupted=False,
            started_ms=-100 * number,
            ended_ms=900,
            latency_ms={},
        )
    kept = Turn.objects.filter(call=call).values_list("number", "text")
    assert list(kept) == [(0, "turn -1"), (1, "turn -2")]


@HERE
@given(consent=hostile_texts, name=hostile_texts, started_ms=numbers)
def test_a_recording_begins_whatever_its_record_says(consent, name, started_ms):
    call = Scene().talks()
    begin(call.pk, consent=consent, name=name, started_ms=started_ms)
    assert Recording.objects.filter(call=call).exists()


@HERE
@given(moment=moments)
def test_a_moment_without_a_zone_is_utc(moment):
    assume(datetime(1, 1, 2) < moment.replace(tzinfo=None) < datetime(9999, 12, 30))  # noqa: DTZ001
    call = Scene().talks()
    Call.objects.update(heartbeat_at=None)  # it is never set back
    save_usage(
        call.pk,
        sequence=1,
        stream_ms=1,
        stt_ms=0,
        llm_tokens_in=0,
        llm_tokens_out=0,
        tts_characters=0,
        is_final=False,
        now=moment,
    )
    kept = Call.objects.get(pk=call.pk).heartbeat_at
    assert kept is not None
    assert kept.replace(tzinfo=None) == moment.replace(tzinfo=None)
