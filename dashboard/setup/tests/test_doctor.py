"""The setup doctor's page."""

import html
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from accounts.members import asking, trust
from accounts.models import Organization
from accounts.secrets.vault import store_secret
from agents.engines.access import Access
from agents.engines.openai.server_habits import ServerHabits, server_habits
from agents.versions.publishing import publish
from telephony.carriers.numbers import Account
from telephony.doctor import facts as doctor_facts
from telephony.doctor.checks import Probe
from telephony.models import ProcessReport
from telephony.process import reports
from telephony.process.reports import Reporter
from telephony.process.stall_watch import StallWatch
from testing.office import Office, browser_of
from testing.twilio.rest_api import SID, TOKEN, fake_twilio
from usage.models import Call, UsageFact
from usage.records.attempts import attempt_log
from voicex.simulated_phone import ACCOUNT_SID


@pytest.fixture
def acorn(cast):
    cache.clear()  # how often the doctor ran is counted there
    return Office(cast.acorn)


@pytest.fixture
def vera(cast):
    return browser_of(cast.vera)


def test_what_is_known_is_shown_at_once_and_the_rest_follows(acorn, vera):
    attempt_log.record(org=acorn.org, call_sid="CA1", outcome="refused", reason="bad_signature")
    call = acorn.rings("CA2")
    acorn.says(call, 1, "Hello")
    page = vera.get(acorn.url("doctor/")).text
    assert "No auth token is saved" in page
    assert "Twilio confirmed what the caller heard." in page
    assert "The request wasn’t signed with your Twilio auth token." in page  # the list below
    assert f'hx-get="{acorn.url("doctor/slow/")}" hx-trigger="load"' in page


def test_a_simulated_call_confirms_nothing_of_twilio(acorn, vera):
    call = acorn.rings("CA2")
    acorn.says(call, 1, "Hello")
    Call.objects.filter(pk=call.pk).update(account_sid=ACCOUNT_SID)
    attempt_log.record(org=acorn.org, call_sid="CA2", outcome="answered", reason="")
    page = vera.get(acorn.url("doctor/")).text
    assert "Only simulated calls have arrived." in page
    assert "Twilio confirmed" not in page
    assert "It was answered." not in page
    assert "CA2" in page  # in the log, as any other


def test_a_server_that_only_reaches_itself_is_not_said_to_be_reachable(settings, monkeypatch):
    settings.TWILIO_APP_URL = "http://localhost:8123"
    answer = doctor_facts.httpx.Response(200, json={"ok": True})
    monkeypatch.setattr(doctor_facts.httpx, "get", lambda *_a, **_k: answer)
    assert doctor_facts.probe_public_url() == Probe(200, is_ours=True, is_local=True)
    settings.TWILIO_APP_URL = "https://voicex.example"
    assert doctor_facts.probe_public_url() == Probe(200, is_ours=True)


def test_the_slow_half_says_what_it_found(acorn, vera, settings):
    settings.TWILIO_APP_URL = "http://127.0.0.1:9"
    part = vera.get(acorn.url("doctor/slow/")).text
    assert "Nothing is listening at this address." in part
    assert "Your active agents use no provider that needs a key." in part
    assert "<html" not in part


def test_without_javascript_one_page_has_both_halves(acorn, vera, settings):
    settings.TWILIO_APP_URL = "http://127.0.0.1:9"
    page = vera.get(acorn.url("doctor/?all=1")).text
    assert "Nothing is listening at this address." in page
    assert "hx-trigger" not in page


def test_no_member_has_providers_asked_more_than_ten_times_a_minute(acorn, vera, monkeypatch):
    monkeypatch.setattr(doctor_facts, "probe_public_url", lambda: Probe(200, is_ours=True))
    answers = [vera.get(acorn.url("doctor/slow/")).text for _ in range(11)]
    assert "Run the doctor again in a minute" not in answers[9]
    assert "Run the doctor again in a minute" in answers[10]


def test_new_organizations_have_few_runs_of_the_doctor_together(acorn, cast, vera, monkeypatch):
    Organization.objects.update(proven_at=None)
    monkeypatch.setattr(doctor_facts, "probe_public_url", lambda: Probe(200, is_ours=True))
    monkeypatch.setattr(trust, "SETUP_CHECKS_OF_POOL_A_MINUTE", 1)
    birch = browser_of(cast.charlie).get(Office(cast.birch).url("doctor/slow/")).text
    assert "Run the doctor again in a minute" not in birch
    assert "Run the doctor again in a minute" in vera.get(acorn.url("doctor/?all=1")).text


def test_the_doctor_asks_nobody_while_too_many_wait(acorn, vera, monkeypatch):
    monkeypatch.setattr(doctor_facts, "probe_public_url", lambda: pytest.fail("asked"))
    monkeypatch.setattr(asking, "AT_ONCE", 0)
    assert "Run the doctor again in a minute" in vera.get(acorn.url("doctor/slow/")).text


def test_a_provider_without_a_key_and_one_with_a_wrong_key(
    acorn, cast, vera, settings, monkeypatch
):
    settings.TWILIO_APP_URL = "http://127.0.0.1:9"
    publish(acorn.agent, llm="openai", tts="google")
    store_secret(
        cast.acorn,
        name="openai_api_key",
        value="sk-canary0123456789",
        actor=None,
    )
    monkeypatch.setattr(doctor_facts, "_provider_trouble", lambda *_: "refused")
    part = vera.get(acorn.url("doctor/slow/")).text
    assert "openai rejects the key." in part
    assert "An active agent uses google, but no API key is set." in part
    assert "canary" not in part


def test_the_clock_is_compared_with_twilios(acorn, cast, settings):
    with fake_twilio() as twilio:
        settings.TWILIO_REST_URL = twilio.url
        settings.TWILIO_APP_URL = "http://127.0.0.1:9"
        account = Account(SID, TOKEN)
        found = doctor_facts.slow_facts_of(cast.acorn, account=account)
    assert abs(found.skew) < timedelta(seconds=10)


def test_another_organizations_calls_are_no_facts_here(acorn, cast):
    Office(cast.birch).rings("CA9")
    attempt_log.record(org=cast.birch, call_sid="CA9", outcome="answered", reason="")
    facts = doctor_facts.facts_of(cast.acorn, now=timezone.now())
    assert (facts.attempts, facts.last_call) == ((), None)


def test_codes_are_searched_by_digits_and_by_words(acorn, vera):
    page = vera.get(acorn.url("doctor/codes/"), {"q": "31920"}).text
    assert page.count('<th scope="row">') == 1
    page = vera.get(acorn.url("doctor/codes/"), {"q": '"><script>'}).text
    assert "No matching code" in page
    assert "<script>&" not in page


def test_what_the_agents_own_server_refused_is_shown_and_nothing_of_others(
    acorn, cast, vera, settings, monkeypatch
):
    settings.TWILIO_APP_URL = "http://127.0.0.1:9"
    monkeypatch.setattr(doctor_facts, "_provider_trouble", lambda *_: "")
    publish(acorn.agent, llm="openai", tts="google")
    secret = "openai_api_key"
    store_secret(cast.acorn, name=secret, value="sk-canary0123456789", actor=None)
    own = Access("sk-canary0123456789", is_of_client=True)
    others = ServerHabits()
    others.of("llm", own, "gpt-x").leave_out("temperature=0.2")
    others.of("tts", own, "tts-x").leave_out("instructions")  # it has Google's voice
    others.of("llm", Access(endpoint="http://ollama/v1"), "llama").leave_out("stop")
    with monkeypatch.context() as another_process:
        another_process.setattr(reports, "server_habits", others)
        Reporter(StallWatch()).write(now=timezone.now())
    server_habits.of("llm", own, "gpt-x").use("max_tokens=9", "max_completion_tokens")
    part = html.unescape(vera.get(acorn.url("doctor/slow/")).text)
    assert "gpt-x: max_tokens=9 → max_completion_tokens, gpt-x: temperature=0.2." in part
    assert "instructions" not in part
    assert "llama" not in part
    assert "canary" not in str(ProcessReport.objects.get().habits)


def test_agents_whose_models_did_not_read_all_are_named(acorn, cast, vera, settings):
    settings.TWILIO_APP_URL = "http://127.0.0.1:9"
    assert "didn’t read the whole prompt" not in vera.get(acorn.url("doctor/slow/")).text
    for office, number in ((acorn, "CA1"), (Office(cast.birch), "CA2")):
        UsageFact.objects.create(call=office.rings(number), llm_tokens_unread=1_904)
    part = vera.get(acorn.url("doctor/slow/")).text
    assert f"didn’t read the whole prompt: {acorn.agent.name}." in part
