"""The voice webhook: calls that are refused, and calls that no agent can answer."""

import re
from datetime import timedelta
from xml.etree import ElementTree

import pytest
from django.utils import timezone

from accounts.audit.trail import sum_up
from accounts.carriers.accounts import name_account, record_seen_account
from accounts.keys.api_keys import revoke_key
from accounts.models import ApiKey, AuditEntry, CarrierAccount, Organization
from accounts.secrets.vault import SealedSecrets, store_secret
from agents.models import Agent
from agents.versions.archiving import archive_agent
from agents.versions.publishing import create_agent, edit_agent, publish
from telephony.admission.decision import ensure_engines
from telephony.process.capacity import capacity
from telephony.process.loop_watch import LoopWatch
from telephony.webhooks import voice
from telephony.webhooks.decorators import TRY_NEXT
from testing.phone_number import (
    ACCOUNT_SID,
    CALL_SID,
    OTHER_ACCOUNT,
    OTHER_CALL,
    PhoneNumber,
    attempts,
    spoken,
)
from testing.scene import Statements
from usage.models import Call, Quota, WebhookAttempt
from voicex.web.lifecycle import lifecycle

# --- Refused ---------------------------------------------------------------------------------


def revoked(line: PhoneNumber, other: PhoneNumber) -> str:
    revoke_key(line.org, key=line.key, actor=None)
    return line.url()


def expired(line: PhoneNumber, other: PhoneNumber) -> str:
    ApiKey.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    return line.url()


def inactive_agent(line: PhoneNumber, other: PhoneNumber) -> str:
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
        name_account(line.org, OTHER_ACCOUNT, carrier="twilio", actor=None) or line.url()
    ),
}


@pytest.mark.parametrize("make_url", REFUSED.values(), ids=REFUSED.keys())
def test_every_refusal_is_the_same_403(line: PhoneNumber, other_line: PhoneNumber, make_url):
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


def test_an_inactive_agent_is_refused_for_a_reason_of_its_own(line: PhoneNumber):
    edit_agent(line.agent, actor=None, is_active=False)
    assert line.rings(url=line.url(agent_id=line.agent.public_id)).status_code == 403
    assert attempts(line.org) == [("refused", "agent_inactive", CALL_SID)]


def test_an_archived_agent_is_declined_in_words(line: PhoneNumber):
    archive_agent(line.agent, actor=None, now=timezone.now())
    answer = line.rings(url=line.url(agent_id=line.agent.public_id))
    assert answer.status_code == 200
    assert "nobody can answer this number" in answer.content.decode()
    assert line.rings().status_code == 200  # without its id, nobody answers for it
    assert {outcome[:2] for outcome in attempts(line.org)} == {
        ("declined", "agent_archived"), ("declined", "no_active_agent"),
    }  # fmt: skip
    assert not Call.objects.exists()


def test_an_inactive_agent_of_another_organization_is_refused_like_none(
    line: PhoneNumber, other_line: PhoneNumber
):
    edit_agent(other_line.agent, actor=None, is_active=False)
    response = line.rings(url=line.url(agent_id=other_line.agent.public_id))
    assert (response.status_code, response.content) == (403, b"Forbidden.")
    assert attempts(line.org) == [("refused", "unknown_agent", CALL_SID)]


def test_an_agent_without_a_version_is_declined(line: PhoneNumber):
    Agent.objects.update(published=None)
    assert said(line.rings(url=line.url(agent_id=line.agent.public_id)))[0] == ""
    assert attempts(line.org) == [("declined", "no_agent", CALL_SID)]


def test_a_foreign_agent_is_refused_in_the_callers_log_only(
    line: PhoneNumber, other_line: PhoneNumber
):
    line.rings(url=line.url(agent_id=other_line.agent.public_id))
    assert attempts(line.org) == [("refused", "unknown_agent", CALL_SID)]
    assert attempts(other_line.org) == []


def test_strangers_fill_no_table(line: PhoneNumber):
    line.rings(url=line.url(key_text="vx_" + "0" * 40))
    assert not WebhookAttempt.objects.exists()


def test_a_stranger_hears_of_nothing_but_the_key(line: PhoneNumber):
    url = line.url(key_text="vx_" + "0" * 40)
    assert line.rings(url=url, CallSid="", AccountSid="").status_code == 403
    assert line.client.post(url, "{}", content_type="application/json").status_code == 403


# --- The AccountSid pin ------------------------------------------------------------------------


def seen(line: PhoneNumber) -> str:
    return CarrierAccount.objects.get(org=line.org, carrier="twilio").seen_account_id


def test_the_first_calls_account_is_learned_and_audited(line: PhoneNumber):
    line.rings()
    assert seen(line) == ACCOUNT_SID
    line.rings(CallSid=OTHER_CALL)
    learned = AuditEntry.objects.filter(org=line.org, action="account_sid.learned")
    assert [entry.target for entry in learned] == [ACCOUNT_SID]


def test_a_learned_account_that_changes_is_served_and_alerted_on(line: PhoneNumber, logged):
    line.rings()
    response = line.rings(CallSid=OTHER_CALL, AccountSid=OTHER_ACCOUNT)

    assert b"<Stream" in response.content
    assert attempts(line.org)[-1] == ("answered", "account_changed", OTHER_CALL)
    [warning] = [event for event in logged if event["event"] == "account_changed"]
    assert (warning["before"], warning["came_from"]) == (ACCOUNT_SID, OTHER_ACCOUNT)
    changed = AuditEntry.objects.get(org=line.org, action="account_sid.changed")
    assert changed.target == seen(line) == OTHER_ACCOUNT


def test_many_accounts_on_one_day_are_one_alert_and_a_number(line: PhoneNumber):
    Quota.objects.create(org=line.org, concurrent_calls=500)
    line.rings()
    for number in range(60):  # of as many as a process expects at once
        line.rings(CallSid=f"CA{number:032x}", AccountSid=f"AC{number:032x}")
    changed = AuditEntry.objects.filter(org=line.org, action="account_sid.changed")
    assert [entry.target for entry in changed] == [f"AC{0:032x}"]

    tomorrow = timezone.now() + timedelta(days=1)
    sum_up(now=tomorrow)
    summed = changed.latest("pk").target
    assert summed.startswith("59 more on ")


def test_a_call_that_is_declined_alerts_on_nothing(line: PhoneNumber):
    line.rings()
    Quota.objects.create(org=line.org, concurrent_calls=1)
    response = line.rings(CallSid=OTHER_CALL, AccountSid=OTHER_ACCOUNT)
    assert attempts(line.org)[-1] == ("declined", "no_slot", OTHER_CALL)
    assert b"<Stream" not in response.content
    assert seen(line) == ACCOUNT_SID
    assert not AuditEntry.objects.filter(action="account_sid.changed").exists()


def test_a_call_asked_for_again_in_another_accounts_name_alerts_on_nothing(line: PhoneNumber):
    line.rings()
    line.rings(AccountSid=OTHER_ACCOUNT)
    assert seen(line) == ACCOUNT_SID
    assert not AuditEntry.objects.filter(action="account_sid.changed").exists()


def test_an_account_that_the_organization_gave_refuses_every_other(line: PhoneNumber, logged):
    name_account(line.org, ACCOUNT_SID, carrier="twilio", actor=None)
    assert line.rings().status_code == 200
    response = line.rings(CallSid=OTHER_CALL, AccountSid=OTHER_ACCOUNT)

    assert response.status_code == 403
    assert attempts(line.org)[-1] == ("refused", "account_mismatch", OTHER_CALL)
    [warning] = [event for event in logged if event["event"] == "account_mismatch"]
    assert (warning["given"], warning["came_from"]) == (ACCOUNT_SID, OTHER_ACCOUNT)


def test_of_two_first_calls_at_once_one_is_reported_as_first(line: PhoneNumber, monkeypatch):
    key_of = voice.key_of

    def find_then_lose_the_race(*args, **kwargs):
        key = key_of(*args, **kwargs)
        assert record_seen_account(key.org, OTHER_ACCOUNT, carrier="twilio", before="")
        return key

    monkeypatch.setattr(voice, "key_of", find_then_lose_the_race)
    assert line.rings().status_code == 200
    assert not AuditEntry.objects.filter(action="account_sid.learned").exists()


def test_a_process_that_drains_leaves_the_call_to_another_where_nginx_has_one(line, monkeypatch):
    draining(line, monkeypatch)
    response = line.rings(headers={TRY_NEXT: "1"})
    assert response.status_code == 404
    assert attempts(line.org) == []
    monkeypatch.setattr(lifecycle, "is_draining", False)
    assert line.rings(headers={TRY_NEXT: "1"}).status_code == 200


# --- Declined ----------------------------------------------------------------------------------


def no_agent(line: PhoneNumber, monkeypatch) -> None:
    edit_agent(line.agent, actor=None, is_active=False)


def suspended(line: PhoneNumber, monkeypatch) -> None:
    Organization.objects.update(state=Organization.State.SUSPENDED)


def no_slot(line: PhoneNumber, monkeypatch) -> None:
    Quota.objects.create(org=line.org, concurrent_calls=0)


def draining(line: PhoneNumber, monkeypatch) -> None:
    monkeypatch.setattr(lifecycle, "is_draining", True)


def busy(line: PhoneNumber, monkeypatch) -> None:
    monkeypatch.setattr(capacity, "count", 100)


def overloaded(line: PhoneNumber, monkeypatch) -> None:
    monkeypatch.setattr(capacity, "count", 1)
    watch = LoopWatch()
    for _ in range(10):
        watch.record(3.0)
    monkeypatch.setattr(capacity, "loop_watch", watch)


@pytest.mark.parametrize(
    ("arrange", "reason"),
    [
        (no_agent, "no_active_agent"),
        (suspended, "suspended"),
        (no_slot, "no_slot"),
        (draining, "draining"),
        (busy, "busy"),
        (overloaded, "overloaded"),
    ],
)
def test_when_no_agent_can_answer_the_caller_hears_why(
    line: PhoneNumber, monkeypatch, arrange, reason
):
    arrange(line, monkeypatch)
    response = line.rings()

    assert response.status_code == 200
    assert re.fullmatch(r"We are sorry, .+\. Goodbye\.", spoken(response))
    assert attempts(line.org) == [("declined", reason, CALL_SID)]
    assert not Call.objects.exists()


def said(response) -> tuple[str, str]:
    """The language that the carrier speaks, and what it says."""
    [say, _] = ElementTree.fromstring(response.content)
    return say.get("language", ""), say.text


@pytest.mark.parametrize("arrange", [no_agent, suspended, no_slot, draining, busy, overloaded])
@pytest.mark.parametrize(("language", "spoken_in"), [("de-AT", "de-DE"), ("fr", "")])
def test_callers_of_an_agent_are_declined_in_its_language(
    line: PhoneNumber, monkeypatch, arrange, language, spoken_in
):
    publish(line.agent, actor=None, language=language)
    arrange(line, monkeypatch)
    sorry = {
        "de-DE": r"Entschuldigung, .+\. Auf Wiederhören\.",
        "": r"We are sorry, .+\. Goodbye\.",
    }

    [in_language, text] = said(line.rings())

    assert in_language == spoken_in
    assert re.fullmatch(sorry[spoken_in], text)


def test_without_an_active_agent_the_oldest_agent_names_the_language(line: PhoneNumber):
    publish(line.agent, actor=None, language="de")
    second = create_agent(line.org, name="Second", language="en", is_active=False)
    edit_agent(line.agent, actor=None, is_active=False)
    assert said(line.rings())[0] == "de-DE"
    edit_agent(second, actor=None, is_active=True)
    assert b"<Stream" in line.rings(CallSid=OTHER_CALL).content


def test_an_organization_without_any_published_agent_declines_in_english(line: PhoneNumber):
    publish(line.agent, actor=None, language="de")
    Agent.objects.update(published=None, is_active=False)
    assert said(line.rings())[0] == ""
    assert attempts(line.org) == [("declined", "no_active_agent", CALL_SID)]


def test_the_language_of_a_decline_costs_no_query(line: PhoneNumber):
    edit_agent(line.agent, actor=None, is_active=False)
    line.rings()
    with Statements() as taken:
        line.rings(CallSid=OTHER_CALL)
    assert sum('FROM "agents_agent"' in query["sql"] for query in taken) == 1


@pytest.mark.parametrize("arrange", [draining, busy, overloaded])
def test_a_call_that_was_let_in_is_not_declined_when_its_webhook_repeats(
    line: PhoneNumber, monkeypatch, arrange
):
    first = line.rings()
    arrange(line, monkeypatch)
    assert line.rings().content == first.content


def test_an_agent_whose_provider_has_no_key_is_declined_and_told_why(
    line: PhoneNumber, settings, logged
):
    settings.OPENAI_API_KEY = settings.OPENAI_BASE_URL = ""
    publish(line.agent, actor=None, llm="openai")
    assert re.fullmatch(r"We are sorry, .+\. Goodbye\.", spoken(line.rings()))
    assert attempts(line.org) == [("declined", "engine_without_key", CALL_SID)]

    store_secret(line.org, name="openai_api_key", value="sk-of-the-organization", actor=None)
    assert b"<Stream" in line.rings(CallSid=OTHER_CALL).content


def test_an_agent_on_an_engine_that_is_not_offered_is_declined(line: PhoneNumber, settings):
    settings.TEST_ENGINES = False
    line.agent.versions.update(tts="scripted")
    assert re.fullmatch(r"We are sorry, .+\. Goodbye\.", spoken(line.rings()))
    assert attempts(line.org) == [("declined", "engine_not_offered", CALL_SID)]


def test_a_server_that_needs_no_key_is_called_without_one(line: PhoneNumber, settings):
    settings.OPENAI_API_KEY, settings.OPENAI_BASE_URL = "", "http://127.0.0.1:9/v1"
    publish(line.agent, actor=None, llm="openai")
    assert b"<Stream" in line.rings().content


def test_a_request_that_is_not_signed_with_the_token_is_refused_and_alerted_on(
    line: PhoneNumber, logged
):
    store_secret(line.org, name="twilio_auth_token", value="a" * 32, actor=None)
    for token in ("", "b" * 32):
        assert line.rings(token=token).status_code == 403
    assert attempts(line.org) == [("refused", "bad_signature", CALL_SID)] * 2
    assert [each["event"] for each in logged].count("signature_refused") == 2
    assert b"<Stream" in line.rings(token="a" * 32).content


def test_the_agent_that_the_url_names_answers_and_no_version_needs_no_engine(line: PhoneNumber):
    other = create_agent(line.org, name="Second", stt="scripted", llm="scripted", tts="scripted")
    assert b"<Stream" in line.rings(url=line.url(agent_id=other.public_id)).content
    assert Call.objects.get().agent == other
    other.published = None
    ensure_engines(SealedSecrets(line.org), other)
