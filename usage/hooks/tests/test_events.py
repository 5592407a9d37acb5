"""What happens is told to the endpoints that want it, as it happens and once."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agents.models import AgentVersion
from agents.tools.base import MessageDraft
from testing.scene import NOW, Scene, after, snapshot
from usage.analysis.work import analyse
from usage.billing.settlement import finalize, settle
from usage.hooks import endpoints, of_calls
from usage.messages.taking import take
from usage.models import Call, CallAnalysis, HookDelivery, HookEndpoint, Outbox, Plan, Quota
from usage.records import transcript_deletion
from usage.records.attempts import attempt_log
from usage.records.test_calls import open_test_call
from usage.records.turns import save_turn
from voicex.database.row_scope import scoped_to
from voicex.simulated_phone import ACCOUNT_SID


def told(*events):
    """The events that were recorded, as (type, data), in their order."""
    found = HookDelivery.objects.order_by("pk")
    bodies = [json.loads(each.body) for each in found]
    return [(body["type"], body["data"]) for body in bodies if not events or body["type"] in events]


def test_a_call_is_told_from_its_start_to_its_end(scene, listen):
    listen(scene)
    call = scene.talks()
    finalize(call.pk, reason="caller_hung_up", now=after(61))
    [(first, started), (second, ended)] = told()
    assert (first, second) == ("call.started", "call.ended")
    assert started == {
        "org_id": scene.org.public_id,
        "agent_id": scene.agent.public_id,
        "agent_name": "Reception",
        "call_sid": call.call_sid,
        "test": False,
        "channel": "phone",
        "from": "+12025550100",
        "to": "+12025550199",
        "started_at": "2026-05-04T12:00:00.000Z",
    }
    changed = {"ended_at": "2026-05-04T12:01:01.000Z", "duration_s": 61, "reason": "caller_hung_up"}
    assert ended == started | changed


def test_each_event_has_one_row_of_the_outbox_and_an_id_of_its_own(scene, listen):
    one, other = listen(scene), listen(scene)
    scene.talks()
    rows = Outbox.objects.filter(kind="send_webhook")
    assert {row.hook.endpoint for row in rows} == {one, other}
    assert all(row.due_at == NOW for row in rows)
    assert len(set(HookDelivery.objects.values_list("message_id", flat=True))) == 2


def test_an_event_is_forgotten_with_what_it_tells(scene, listen):
    """A stream whose ticket is no good takes no call live."""
    listen(scene)
    call = scene.rings()
    assert scene.redeems(call, ticket_id="another") is None
    assert told() == []


@pytest.mark.parametrize(
    "changed",
    [{"state": "paused"}, {"state": "off"}, {"events": ["call.missed"]}, {"org": None}],
    ids=["paused", "off", "other events", "another organization"],
)
def test_who_does_not_listen_is_told_nothing(scene, listen, changed):
    endpoint = listen(scene)
    if "org" in changed:
        changed = {"org": Scene().org}
    HookEndpoint.objects.filter(pk=endpoint.pk).update(**changed)
    scene.talks()
    assert told() == []


def test_an_organization_without_endpoints_costs_one_statement(scene):
    call = scene.talks()
    with CaptureQueriesContext(connection) as captured:
        of_calls.ended(call.pk, now=NOW)
    assert len(captured) == 1


def test_a_call_that_failed_is_missed_and_ended(scene, listen):
    listen(scene)
    call = scene.rings()
    finalize(call.pk, reason="no_stream", now=after(120))
    [(first, missed), (second, ended)] = told()
    assert (first, second) == ("call.missed", "call.ended")
    assert (missed["reason"], ended["duration_s"]) == ("no_stream", 0)


def test_a_caller_for_whom_no_call_began_is_missed_once(scene, listen):
    listen(scene)
    for _ in range(3):  # the carrier asks again
        attempt_log.record(
            org=scene.org, call_sid="CA1", outcome="declined", reason="no_slot", detail=""
        )
    attempt_log.record(org=scene.org, call_sid="CA2", outcome="answered")
    attempt_log.record(org=scene.org, call_sid="CA3", outcome="refused", reason="bad_callback")
    [(event, data)] = told()
    assert (event, data["call_sid"], data["reason"]) == ("call.missed", "CA1", "no_slot")
    assert data["from"] is None


def test_a_message_is_told_with_its_words(scene, listen):
    listen(scene)
    call = scene.talks()
    take(call.pk, MessageDraft("Call me <b>back</b>.", name="Zoë"), key="k", now=after(20))
    [(_, data)] = told("message.taken")
    assert data["message"] == {
        "name": "Zoë",
        "number": "+12025550100",
        "text": "Call me <b>back</b>.",
        "urgent": False,
        "taken_at": "2026-05-04T12:00:20.000Z",
        "call_back_at": None,
    }
    # The same words again are no other message.
    take(call.pk, MessageDraft("Call me <b>back</b>.", name="Zoë"), key="k2", now=after(21))
    assert len(told("message.taken")) == 1


def test_an_agent_that_takes_numbers_out_sends_none(scene, listen):
    scene.agent.published = AgentVersion.objects.create(
        agent=scene.agent,
        number=2,
        greeting="Hello.",
        stt="scripted",
        llm="scripted",
        tts="scripted",
        settings={"privacy": {"numbers": True}},
    )
    scene.agent.save()
    listen(scene)
    call = scene.talks()
    take(call.pk, MessageDraft("Please call back", number="+14155550132"), key="k", now=NOW)
    finalize(call.pk, reason="stop", now=after(5))
    assert len(told()) == 3
    for delivery in HookDelivery.objects.all():
        assert "+1202555010" not in delivery.body
        assert "4155550132" not in delivery.body


@pytest.mark.parametrize("number", ["anonymous", "unknown", ""])
def test_a_withheld_number_is_null(scene, listen, number):
    listen(scene)
    call = scene.rings()
    Call.objects.filter(pk=call.pk).update(from_number=number)
    finalize(call.pk, reason="stop", now=after(5))
    assert [data["from"] for _, data in told()] == [None]


def test_what_a_call_came_to_is_told_once_and_with_its_words(scene, listen):
    listen(scene)
    call = scene.talks()
    save_turn(
        call.pk,
        number=1,
        role="caller",
        text="When are you open?",
        heard_text="When are you open?",
        interrupted=False,
        started_ms=0,
        ended_ms=900,
        latency_ms={},
    )
    finalize(call.pk, reason="stop", now=after(5))
    for _ in range(2):
        assert analyse([call.pk], now=after(6)) == {}
    [(_, data)] = told("call.analysed")
    known = CallAnalysis.objects.get()
    assert (data["summary"], data["outcome"]) == (known.summary, known.outcome)
    assert (data["author"], data["fields"]) == ("rules", {})
    transcript_deletion.delete(call.pk, now=after(7))
    assert told("call.analysed") == []


def test_a_share_of_the_months_minutes_is_told_once(scene, listen):
    plan = Plan.objects.create(name="Small", concurrent_calls=9, minutes_a_month=2)
    Quota.objects.create(org=scene.org, plan=plan)
    listen(scene, events=["usage.threshold"])
    for second in (0, 100):
        call = scene.talks(now=after(second))
        snapshot(call, 1, is_final=True, stream_ms=50_000)
        finalize(call.pk, reason="stop", now=after(second + 60))
        assert settle(call.pk, now=after(second + 60))
    shares = [(data["percent"], data["minutes_used"]) for _, data in told()]
    assert shares == [(50, 1), (80, 2), (100, 2)]
    assert {(data["month"], data["minutes_limit"]) for _, data in told()} == {("2026-05", 2)}


def test_tests_are_told_to_those_who_want_them_and_marked(scene, listen, cast):
    listen(scene, takes_tests=True)
    listen(scene, takes_tests=False)
    simulated = scene.rings()
    Call.objects.filter(pk=simulated.pk).update(account_sid=ACCOUNT_SID)
    finalize(simulated.pk, reason="stop", now=after(5))
    tried = open_test_call(
        scene.org, agent=scene.agent, user=cast.alice, channel=Call.Channel.BROWSER, now=NOW
    )
    finalize(tried.pk, reason="engine_failed", now=after(5))
    assert [(event, data["test"]) for event, data in told()] == [("call.ended", True)] * 2


def test_a_member_who_ends_a_call_may_do_so_in_their_scope(scene, listen):
    listen(scene)
    call = scene.rings()
    with scoped_to(scene.org.pk):
        finalize(call.pk, reason="stop", now=after(5))
    assert [event for event, _ in told()] == ["call.ended"]


def test_a_fault_of_ours_takes_nothing_from_the_call(scene, listen, monkeypatch, logged):
    listen(scene)

    def fails(call):
        raise ValueError

    monkeypatch.setattr(of_calls.payloads, "started", fails)
    monkeypatch.setattr(of_calls.payloads, "ended", fails)
    call = scene.talks()
    finalize(call.pk, reason="stop", now=after(5))
    call.refresh_from_db()
    assert call.state == "ended"
    assert [each["event"] for each in logged].count("webhook_not_recorded") == 2


def test_what_an_endpoint_rests_for_is_due_after_its_rest(scene, listen):
    endpoint = listen(scene)
    HookEndpoint.objects.filter(pk=endpoint.pk).update(rest_until=after(60))
    scene.talks()
    assert Outbox.objects.get(kind="send_webhook").due_at == after(60)


def test_an_organization_has_ten_endpoints_at_most(scene, listen):
    for _ in range(endpoints.MOST):
        listen(scene)
    with pytest.raises(Exception, match="You have 10 webhooks already"):
        listen(scene)
    listen(Scene())
