"""The voice webhook: whose call it is, which agent answers, and when nobody can."""

import re
from datetime import timedelta
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.api_keys import revoke_key
from accounts.models import ApiKey, AuditEntry, Organization
from agents.publishing import create_agent, edit_agent, publish
from telephony import admission
from telephony.capacity import live_calls
from telephony.security import Ticket, read_ticket
from telephony.tests.conftest import ACCOUNT_SID, CALL_SID, Line, post_form
from usage.models import Call, Quota, WebhookAttempt
from voicex.lifecycle import lifecycle

OTHER_CALL = "CA" + "2c" * 16
OTHER_ACCOUNT = "AC" + "9f" * 16


def spoken(response: HttpResponse) -> str:
    """What the caller hears before the call is hung up."""
    root = ElementTree.fromstring(response.content)
    assert [verb.tag for verb in root] == ["Say", "Hangup"]
    return root[0].text or ""


def attempts(org: Organization) -> list[tuple[str, str, str]]:
    rows = WebhookAttempt.objects.filter(org=org).order_by("pk")
    return [(row.outcome, row.reason, row.call_sid) for row in rows]


# --- Answered --------------------------------------------------------------------------------


def test_a_call_is_connected_to_a_stream_with_a_ticket(line: Line):
    response = line.rings()

    assert response.status_code == 200
    assert response["Content-Type"] == "text/xml; charset=utf-8"
    call = Call.objects.get()
    connect = ElementTree.fromstring(response.content)[0]
    stream = connect[0]
    assert (connect.tag, stream.tag) == ("Connect", "Stream")
    assert stream.get("url") == "ws://localhost:8000/api/twilio/stream"
    assert [parameter.get("name") for parameter in stream] == ["ticket"]
    assert read_ticket(stream[0].get("value")) == Ticket(call.pk, call.ticket_id)
    assert connect.get("action").startswith("http://localhost:8000/api/twilio/after/")
    assert stream.get("statusCallback").startswith(
        "http://localhost:8000/api/twilio/stream-status/"
    )
    assert (call.org, call.agent, call.version) == (line.org, line.agent, line.agent.published)
    assert (call.call_sid, call.account_sid) == (CALL_SID, ACCOUNT_SID)
    assert (call.from_number, call.to_number) == ("+4930123456", "+4930654321")
    assert not call.is_verified
    assert attempts(line.org) == [("answered", "", CALL_SID)]


def test_media_goes_to_its_own_host_over_tls_when_there_is_one(line: Line, settings):
    settings.MEDIA_APP_URL = "https://media.voicex.example"
    assert b'url="wss://media.voicex.example/api/twilio/stream"' in line.rings().content


def test_a_repeated_webhook_gets_the_same_bytes_and_opens_one_call(line: Line):
    first = line.rings()
    publish(line.agent, greeting="Another greeting.")
    create_agent(line.org, name="Newcomer", stt="scripted", llm="scripted", tts="scripted")
    edit_agent(line.agent, actor=None, is_active=False)

    assert line.rings().content == first.content
    assert Call.objects.count() == 1


def test_without_agent_id_the_oldest_active_agent_answers(line: Line):
    sales = create_agent(line.org, name="Sales", stt="scripted", llm="scripted", tts="scripted")
    assert line.answered().agent == line.agent

    edit_agent(line.agent, actor=None, is_active=False)
    assert line.answered(CallSid=OTHER_CALL).agent == sales


def test_agent_id_gives_each_number_its_own_agent(line: Line):
    sales = create_agent(line.org, name="Sales", stt="scripted", llm="scripted", tts="scripted")
    assert line.rings(url=line.url(agent_id=sales.public_id)).status_code == 200
    assert Call.objects.get().agent == sales


def test_an_empty_agent_id_is_none(line: Line):
    assert line.rings(url=line.url() + "&agent_id=").status_code == 200


def test_the_key_remembers_when_it_was_used(line: Line):
    line.rings()
    assert ApiKey.objects.get(pk=line.key.pk).last_used_at is not None


def test_long_numbers_and_stray_bytes_are_cut_to_what_the_database_takes(line: Line):
    call = line.answered(From="sip:" + "x" * 200 + "@example.com", To="+49\x0030")
    assert (len(call.from_number), call.to_number) == (80, "+4930")


def test_twilio_needs_no_csrf_cookie(line: Line):
    line.client = Client(enforce_csrf_checks=True)
    assert line.rings().status_code == 200


def test_a_call_costs_few_statements(line: Line):
    line.rings()
    with CaptureQueriesContext(connection) as captured:
        assert line.rings(CallSid=OTHER_CALL).status_code == 200
    # A savepoint stands where the transaction begins and ends outside of tests.
    statements = [
        query["sql"] for query in captured if not re.match("SAVEPOINT|RELEASE", query["sql"])
    ]
    assert len(statements) <= 8, statements


# --- Refused ---------------------------------------------------------------------------------


def revoked(line: Line, other: Line) -> str:
    revoke_key(line.org, key=line.key, actor=None)
    return line.url()


def expired(line: Line, other: Line) -> str:
    ApiKey.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    return line.url()


def inactive_agent(line: Line, other: Line) -> str:
    edit_agent(line.agent, actor=None, is_active=False)
    return line.url(agent_id=line.agent.public_id)


REFUSED = {
    "no key": lambda line, other: "/api/twilio/voice",
    "empty key": lambda line, other: "/api/twilio/voice?api_key=",
    "no key at all like ours": lambda line, other: line.url(key_text="hunter2%00%FF"),
    "unknown key": lambda line, other: line.url(key_text="vx_" + "0" * 40),
    "right prefix, wrong secret": lambda line, other: line.url(
        key_text=line.key_text[:-1] + ("0" if line.key_text[-1] != "0" else "1")
    ),
    "revoked key": revoked,
    "expired key": expired,
    "foreign agent": lambda line, other: line.url(agent_id=other.agent.public_id),
    "foreign key": lambda line, other: other.url(agent_id=line.agent.public_id),
    "inactive agent": inactive_agent,
    "unknown agent": lambda line, other: line.url(agent_id="664a1234abcd"),
    "no agent id at all": lambda line, other: line.url(agent_id="%00%27;--" + "9" * 500),
    "other account": lambda line, other: (
        Organization.objects.update(twilio_account_sid=OTHER_ACCOUNT) and line.url()
    ),
}


@pytest.mark.parametrize("make_url", REFUSED.values(), ids=REFUSED.keys())
def test_every_refusal_is_the_same_403(line: Line, other_line: Line, make_url):
    response = line.rings(url=make_url(line, other_line))

    assert response.status_code == 403
    assert response.content == b"Forbidden."
    assert dict(response.headers) == {
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Length": "10",
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "Content-Security-Policy": response["Content-Security-Policy"],
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Opener-Policy": "same-origin",
        "X-Frame-Options": "DENY",
    }
    assert not Call.objects.exists()


def test_a_foreign_agent_is_refused_in_the_callers_log_only(line: Line, other_line: Line):
    line.rings(url=line.url(agent_id=other_line.agent.public_id))
    assert attempts(line.org) == [("refused", "unknown_agent", CALL_SID)]
    assert attempts(other_line.org) == []


def test_strangers_fill_no_table(line: Line):
    line.rings(url=line.url(key_text="vx_" + "0" * 40))
    assert not WebhookAttempt.objects.exists()


def test_a_form_without_sids_says_nothing_about_an_unknown_key(line: Line):
    url = line.url(key_text="vx_" + "0" * 40)
    assert line.rings(url=url, CallSid="", AccountSid="").status_code == 403


# --- The AccountSid pin ------------------------------------------------------------------------


def test_the_first_calls_account_is_learned_and_audited(line: Line):
    line.rings()
    line.org.refresh_from_db()
    assert line.org.twilio_account_sid == ACCOUNT_SID
    line.rings(CallSid=OTHER_CALL)
    learned = AuditEntry.objects.filter(org=line.org, action="account_sid.learned")
    assert [entry.target for entry in learned] == [ACCOUNT_SID]


def test_another_account_with_the_same_url_is_refused_and_noticed(line: Line, logged):
    line.rings()
    response = line.rings(CallSid=OTHER_CALL, AccountSid=OTHER_ACCOUNT)

    assert response.status_code == 403
    assert attempts(line.org)[-1] == ("refused", "account_mismatch", OTHER_CALL)
    [warning] = [event for event in logged if event["event"] == "account_mismatch"]
    assert warning["log_level"] == "warning"
    assert (warning["pinned"], warning["came_from"]) == (ACCOUNT_SID, OTHER_ACCOUNT)
    line.org.refresh_from_db()
    assert line.org.twilio_account_sid == ACCOUNT_SID


def test_of_two_first_calls_at_once_one_account_wins(line: Line, monkeypatch):
    find_key = admission.find_key

    def find_then_lose_the_race(*args, **kwargs):
        key = find_key(*args, **kwargs)
        Organization.objects.filter(pk=key.org_id).update(twilio_account_sid=OTHER_ACCOUNT)
        return key

    monkeypatch.setattr(admission, "find_key", find_then_lose_the_race)
    assert line.rings().status_code == 403
    assert not AuditEntry.objects.filter(action="account_sid.learned").exists()


# --- Declined ----------------------------------------------------------------------------------


def no_agent(line: Line, monkeypatch) -> None:
    edit_agent(line.agent, actor=None, is_active=False)


def suspended(line: Line, monkeypatch) -> None:
    Organization.objects.update(state=Organization.State.SUSPENDED)


def no_slot(line: Line, monkeypatch) -> None:
    Quota.objects.create(org=line.org, concurrent_calls=0)


def draining(line: Line, monkeypatch) -> None:
    monkeypatch.setattr(lifecycle, "is_draining", True)


def busy(line: Line, monkeypatch) -> None:
    monkeypatch.setattr(live_calls, "count", 100)


@pytest.mark.parametrize(
    ("arrange", "reason"),
    [
        (no_agent, "no_active_agent"),
        (suspended, "suspended"),
        (no_slot, "no_slot"),
        (draining, "draining"),
        (busy, "busy"),
    ],
)
def test_when_nobody_can_answer_the_caller_is_told(line: Line, monkeypatch, arrange, reason):
    arrange(line, monkeypatch)
    response = line.rings()

    assert response.status_code == 200
    assert re.fullmatch(r"We are sorry, .+\. Goodbye\.", spoken(response))
    assert attempts(line.org) == [("declined", reason, CALL_SID)]
    assert not Call.objects.exists()


@pytest.mark.parametrize("arrange", [draining, busy])
def test_a_call_that_was_let_in_is_not_declined_when_its_webhook_repeats(
    line: Line, monkeypatch, arrange
):
    first = line.rings()
    arrange(line, monkeypatch)
    assert line.rings().content == first.content


def test_the_process_counts_its_sessions(settings):
    settings.MAX_CALLS_PER_PROCESS = live_calls.count + 1
    assert not live_calls.is_full
    live_calls.enter()
    assert live_calls.is_full
    live_calls.leave()
    assert not live_calls.is_full


# --- Malformed ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "form",
    [
        {"CallSid": ""},
        {"AccountSid": ""},
        {"CallSid": "CA123"},
        {"CallSid": CALL_SID + "\n"},
        {"CallSid": ACCOUNT_SID},
        {"AccountSid": CALL_SID},
        {"CallSid": "CA" + "z" * 32},
        {"AccountSid": "AC" + "\uff11" * 32},  # digits, but not ASCII
    ],
)
def test_a_form_without_twilios_sids_is_malformed(line: Line, form):
    response = line.rings(**form)
    assert response.status_code == 400
    [field] = form
    assert response.content.decode() == (
        f"The form must hold {field}: {'CA' if field == 'CallSid' else 'AC'} "
        "and 32 hexadecimal digits."
    )


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", '{"CallSid": "CA"}'),
        ("text/plain", "CallSid=CA"),
        ("multipart/form-data; boundary=x", "--x--"),
        ("application/x-www-form-urlencoded; charset=utf-16", "CallSid=CA"),
        ("application/x-www-form-urlencoded", "a=" + "x" * 64 * 1024),
        ("application/x-www-form-urlencoded", "a=" + "x" * 3 * 1024 * 1024),
        ("application/x-www-form-urlencoded", "&".join(f"a{n}=1" for n in range(2000))),
        ("application/x-www-form-urlencoded", ""),
        ("", ""),
    ],
)
def test_another_body_than_a_small_form_is_malformed(line: Line, content_type, body):
    response = line.client.post(line.url(), body, content_type=content_type)
    assert response.status_code == 400
    assert response["Content-Type"].startswith("text/plain")
    assert response.content.decode().endswith(".")
    assert "<" not in response.content.decode()


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_another_method_is_not_allowed(line: Line, method):
    response = line.client.generic(method, line.url())
    assert response.status_code == 405
    assert response["Allow"] == "POST"
    assert response["Cache-Control"] == "no-store"


# --- Our fault ---------------------------------------------------------------------------------


@pytest.mark.parametrize("debug", [False, True])
def test_a_fault_of_ours_is_500_in_plain_words(line: Line, monkeypatch, settings, debug):
    settings.DEBUG = debug
    monkeypatch.setattr(admission, "open_call", lambda **_: 1 / 0)
    response = line.rings()
    assert response.status_code == 500
    assert response["Content-Type"].startswith("text/plain")
    assert response.content == (
        b"Something went wrong on our side. The operator's log has the details."
    )


def test_answers_are_neither_stored_nor_referred_to(line: Line):
    response = post_form(line.client, line.url(), line.form())
    assert response["Cache-Control"] == "no-store"
    assert response["Referrer-Policy"] == "no-referrer"
