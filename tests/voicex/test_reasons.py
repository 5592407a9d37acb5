"""Reasons are written once: the code names members, and stored values never change."""

import ast
import re
from pathlib import Path

import pytest

from voicex.reasons.attempts import AttemptReason
from voicex.reasons.ends import EndReason

ROOT = Path(__file__).resolve().parent.parent.parent
ROOMS = ("accounts", "agents", "dashboard", "telephony", "usage")
# What ends a call, or says why one ended; the name of the argument or its place.
TAKES_A_REASON = {
    "CallerGone": 0,
    "HangUpAsked": 0,
    "HangUp": 0,
    "give_up": 1,
    "finish": 0,
    "end_gracefully": 1,
    "finalize": "reason",
    "record_end": "reason",
}
_CALLED = re.compile(rf"\b(?:{'|'.join(TAKES_A_REASON)})\b")


def reasons_as_text(source: str) -> list[str]:
    """The literals that `source` gives in the place of a member."""
    found: list[str] = []
    if not _CALLED.search(source):  # parsing every file takes a second
        return found
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        place = TAKES_A_REASON.get(name)
        if isinstance(place, int):
            given = node.args[place : place + 1]
        else:
            given = [each.value for each in node.keywords if each.arg == place]
        found += [
            each.value
            for each in given
            if isinstance(each, ast.Constant) and isinstance(each.value, str)
        ]
    return found


@pytest.mark.parametrize("room", ROOMS)
def test_code_that_ends_a_call_names_a_member(room):
    sources = [path for path in (ROOT / room).rglob("*.py") if "tests" not in path.parts]
    named = {str(path): reasons_as_text(path.read_text()) for path in sources}
    assert {path: texts for path, texts in named.items() if texts} == {}


def test_a_reason_that_is_written_out_is_found():
    source = (
        'finalize(1, reason="stop")\nself.give_up(1008, "media_lost")\nCallerGone(EndReason.STOP)'
    )
    assert reasons_as_text(source) == ["stop", "media_lost"]


def test_stored_values_stay():
    # Rows of every release hold these.
    assert sorted(EndReason) == [
        "access_lost",
        "agent_hung_up",
        "audio_too_fast",
        "binary_message",
        "budget_spent",
        "caller_inactive",
        "caller_silent",
        "carrier_busy",
        "carrier_canceled",
        "carrier_completed",
        "carrier_failed",
        "carrier_no_answer",
        "engine_failed",
        "hearing_compared",
        "hung_up_by_member",
        "internal_error",
        "key_revoked",
        "media_lost",
        "no_stream",
        "page_closed",
        "persistent_garbage",
        "restarting",
        "saved_tests",
        "socket_closed",
        "socket_stalled",
        "stale",
        "stop",
        "stream_ended",
        "stream_error",
        "stream_lost",
        "stream_stopped",
        "too_many_messages",
        "transfer_abandoned",
        "transfer_failed",
        "transferred",
    ]
    assert sorted(AttemptReason) == [
        "account_changed",
        "account_mismatch",
        "agent_archived",
        "agent_inactive",
        "agent_not_prepared",
        "bad_callback",
        "bad_signature",
        "budget_spent",
        "busy",
        "database_away",
        "draining",
        "engine_not_offered",
        "engine_without_key",
        "forward_failed",
        "key_expired",
        "key_revoked",
        "left_queue",
        "minutes_used_up",
        "no_active_agent",
        "no_agent",
        "no_slot",
        "overloaded",
        "pool_busy",
        "pool_used_up",
        "signed_by_rule",
        "suspended",
        "too_many_begun",
        "unknown_agent",
        "waited_too_long",
        "waiting",
    ]


def test_a_name_of_another_release_is_no_reason_of_this_one():
    assert EndReason.named("stop") is EndReason.STOP
    assert EndReason.named("") is EndReason.named("moon_phase") is None


@pytest.mark.parametrize("reason", [*EndReason, *AttemptReason])
def test_a_reason_is_a_row_of_the_handbook(reason):
    assert reason.label
    assert reason.meaning
    assert "|" not in reason.meaning + reason.remedy
