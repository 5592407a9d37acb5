"""What pages and reports read: of one organization, net, and in order."""

from datetime import timedelta

import pytest
from django.conf import settings

from testing.scene import NOW, Scene, after, snapshot
from usage.billing.settlement import finalize, settle
from usage.models import WebhookAttempt
from usage.reads.calls import attempts_of, call_of, call_report, calls_of, ledger_of
from usage.records.attempts import attempt_log
from usage.records.turns import save_turn


def settled(scene, *, now=NOW, **facts):
    call = scene.talks(now=now)
    snapshot(call, 1, now=now, is_final=True, **({"stream_ms": 1_000} | facts))
    finalize(call.pk, reason="stop", now=now)
    settle(call.pk, now=now)
    return call


def says(call, number, role, text, **changed):
    fields = {
        "heard_text": text,
        "interrupted": False,
        "started_ms": number * 1_000,
        "ended_ms": number * 1_000 + 500,
        "latency_ms": {},
    }
    save_turn(call.pk, number=number, role=role, text=text, **(fields | changed))


def test_the_newest_calls_come_first(scene):
    calls = [scene.rings(now=after(seconds)) for seconds in (0, 1, 1, 2)][::-1]
    assert list(calls_of(scene.org, limit=10)) == calls
    assert list(calls_of(scene.org, limit=2)) == calls[:2]


def test_a_listed_call_says_what_it_cost(scene, django_assert_num_queries):
    settled(scene, tts_characters=10)
    scene.rings(now=NOW - timedelta(seconds=1))
    with django_assert_num_queries(2):
        costs = [(call.cost_micros, call.agent.name) for call in calls_of(scene.org, limit=5)]
    assert costs == [(8_510, "Reception"), (0, "Reception")]


def test_a_call_is_found_by_its_sid_and_only_by_its_organization(scene):
    call = scene.rings("CA1")
    assert call_of(scene.org, call_sid="CA1") == call
    assert call_of(Scene().org, call_sid="CA1") is None
    assert call_of(scene.org, call_sid="CA2") is None


def test_the_ledger_of_a_call_leaves_out_what_was_reversed(scene):
    call = settled(scene, tts_characters=10)
    snapshot(call, 2, is_final=True, stream_ms=61_000, tts_characters=10)
    settle(call.pk, now=after(5))
    assert [(entry.component, entry.quantity) for entry in ledger_of(call)] == [
        ("tts", 10),
        ("telephony", 2),
    ]


def test_what_tools_gave_is_reported_beside_the_turns(scene):
    call = settled(scene)
    says(call, 1, "caller", "when do you open")
    says(call, 2, "tool", 'opening_hours {"day":"Monday"}', heard_text="from nine")
    says(call, 3, "tool", "opening_hours Monday", heard_text="The arguments do not fit.")
    says(call, 4, "agent", "At nine.")
    report = call_report(call)
    assert [turn["role"] for turn in report["turns"]] == ["caller", "agent"]
    assert report["tools"] == [
        {
            "name": "opening_hours",
            "arguments": {"day": "Monday"},
            "result": "from nine",
            "ms": 500,
        },
        {
            "name": "opening_hours",
            "arguments": "Monday",
            "result": "The arguments do not fit.",
            "ms": 500,
        },
    ]


def test_attempts_are_listed_newest_first(scene):
    for outcome, reason in (("answered", ""), ("declined", "no_slot")):
        attempt_log.record(org=scene.org, call_sid="CA1", outcome=outcome, reason=reason)
    attempt_log.record(org=Scene().org, call_sid="CA2", outcome="answered")
    assert [str(attempt) for attempt in attempts_of(scene.org)] == ["declined no_slot", "answered"]
    assert len(attempts_of(scene.org, limit=1)) == 1


def test_an_attempt_with_an_unknown_key_belongs_to_no_organization(db):
    attempt_log.record(org=None, call_sid="C" * 200, outcome="refused", reason="unknown_key")
    attempt = WebhookAttempt.objects.get()
    assert attempt.org is None
    assert len(attempt.call_sid) == 64


def test_the_report_of_a_call_has_the_promised_form(scene):
    call = scene.talks()
    says(call, 1, "agent", "Hello.")
    endpoint = {"wait_ms": 224, "reason": "question"}
    says(call, 2, "caller", "When do you open?", endpoint=endpoint)
    says(
        call,
        3,
        "agent",
        "We open at nine and close at five.",
        heard_text="We open at nine",
        interrupted=True,
        latency_ms={"endpoint": 200, "sent": 420},
    )
    snapshot(call, 1, is_final=True, stream_ms=9_000)
    finalize(call.pk, reason="stop", now=NOW)
    settle(call.pk, now=NOW)
    report = call_report(call_of(scene.org, call_sid=call.call_sid))
    assert report == {
        "call_sid": call.call_sid,
        "org_id": scene.org.public_id,
        "agent_id": scene.agent.public_id,
        "engines": {"stt": "scripted", "llm": "scripted", "tts": "scripted"},
        "turns": [
            {
                "role": "agent",
                "text": "Hello.",
                "heard_text": "Hello.",
                "interrupted": False,
                "latency_ms": {},
            },
            {
                "role": "caller",
                "text": "When do you open?",
                "heard_text": "When do you open?",
                "interrupted": False,
                "latency_ms": {},
                "endpoint": {"wait_ms": 224, "reason": "question"},
            },
            {
                "role": "agent",
                "text": "We open at nine and close at five.",
                "heard_text": "We open at nine",
                "interrupted": True,
                "latency_ms": {"endpoint": 200, "sent": 420},
            },
        ],
        "tools": [],
        "message": None,
        "transfers": [],
        "voice_to_voice_ms": {"p50": 420, "p95": 420},
        "ledger": [
            {
                "key": f"call:{call.pk}:telephony",
                "component": "telephony",
                "quantity": 1,
                "unit": "minute",
                "amount_micros": 8_500,
            }
        ],
    }


@pytest.mark.parametrize(
    ("waits", "p50", "p95"),
    [([], None, None), ([300], 300, 300), ([500, 300], 300, 500), ([*range(1, 101)], 50, 95)],
)
def test_percentiles_are_times_that_were_measured(scene, waits, p50, p95):
    call = scene.talks()
    for number, wait in enumerate(waits):
        says(call, number, "agent", "Yes.", latency_ms={"sent": wait})
    says(call, 999, "caller", "Hm.", latency_ms={"sent": 1})
    assert call_report(call)["voice_to_voice_ms"] == {"p50": p50, "p95": p95}


def test_a_stale_call_is_not_shorter_than_a_heartbeat():
    """Snapshots come every 10-15 s: one may be lost before a call counts as dead."""
    assert settings.CALL_STALE_SECONDS >= 2 * 15
