"""Callers who were not answered, on the overview and on their own page."""

from datetime import timedelta

import pytest
from django.utils import timezone

from agents.versions.publishing import edit_agent, publish
from testing.office import Office, browser_of
from testing.phone_number import PhoneNumber
from usage.billing.settlement import finalize
from usage.models import WebhookAttempt
from usage.records.attempts import attempt_log


@pytest.fixture
def vera(cast):
    return browser_of(cast.vera)


def declined(office, call_sid, *, reason="engine_without_key", detail="openai"):
    attempt_log.record(
        org=office.org, call_sid=call_sid, outcome="declined", reason=reason, detail=detail
    )


def words(page):
    return " ".join(page.text.split())


def test_the_overview_says_in_red_how_many_why_and_what_to_do(acorn, vera):
    assert "not answered today:" not in words(vera.get(acorn.url()))
    for number in range(3):
        declined(acorn, f"CA{number}")
    page = words(vera.get(acorn.url()))
    assert "3 callers were not answered today: OpenAI has no key." in page
    assert "Add a key under Credentials" in page
    assert "<dt>not answered today</dt><dd>3</dd>" in page
    assert acorn.url("calls/missed/") in page


def test_the_list_has_declined_refused_and_failed_callers_newest_first(acorn, vera):
    declined(acorn, "CA1")
    attempt_log.record(org=acorn.org, call_sid="CA2", outcome="refused", reason="bad_signature")
    call = acorn.rings("CA3")
    finalize(call.pk, reason="engine_failed", now=timezone.now())
    attempt_log.record(org=acorn.org, call_sid="CA4", outcome="answered")
    page = words(vera.get(acorn.url("calls/missed/")))
    places = [page.rindex(sid) for sid in ("CA3", "CA2", "CA1")]
    assert places == sorted(places)
    assert "CA4" not in page
    assert "The request wasn’t signed with your Twilio auth token." in page
    assert "Check the auth token under Credentials." in page
    assert "A provider failed during the call." in page
    assert acorn.url("calls/CA3/") in page


def test_all_calls_leads_to_the_list(acorn, vera):
    assert acorn.url("calls/missed/") in vera.get(acorn.url("calls/")).text


def test_the_list_is_paged_and_takes_any_moment(acorn, vera):
    WebhookAttempt.objects.bulk_create(
        WebhookAttempt(org=acorn.org, call_sid=f"CA{number:03}", outcome="declined", reason="busy")
        for number in range(51)
    )
    for number, row in enumerate(WebhookAttempt.objects.order_by("pk")):
        row.at = timezone.now() - timedelta(minutes=number)
        row.save()
    page = vera.get(acorn.url("calls/missed/"))
    assert "CA049" in page.text
    assert "CA050" not in page.text
    older = vera.get(page.context["older_url"])
    assert "CA050" in older.text
    assert "CA049" not in older.text
    for odd in ("x", "9999-12-31T23:59:59-23:59", "2026-01-01", "0001-01-01T00:00:00+14:00"):
        assert vera.get(acorn.url(f"calls/missed/?before={odd}")).status_code == 200


def test_without_any_the_page_says_that_all_is_well(acorn, vera):
    assert "Every caller was answered" in vera.get(acorn.url("calls/missed/")).text


def test_another_organization_sees_none(cast, acorn):
    declined(acorn, "CA1")
    birch = Office(cast.birch)
    browser = browser_of(cast.charlie)
    assert "CA1" not in browser.get(birch.url("calls/missed/")).text
    assert "not answered today:" not in browser.get(birch.url()).text


def test_a_call_to_an_agent_that_lost_its_key_reaches_the_overview(
    cast, line: PhoneNumber, settings
):
    """The way of the fault: published with a key, the key is gone, a caller rings."""
    settings.OPENAI_API_KEY = settings.OPENAI_BASE_URL = ""
    publish(line.agent, llm="openai")
    line.rings()
    office = Office.existing(line.org)
    page = words(browser_of(cast.alice).get(office.url()))
    assert "1 caller was not answered today: OpenAI has no key." in page


def test_a_number_whose_agent_was_switched_off_reaches_the_overview(cast, line: PhoneNumber):
    edit_agent(line.agent, actor=None, is_active=False)
    line.rings(url=line.url(agent_id=line.agent.public_id))
    page = words(browser_of(cast.alice).get(Office.existing(line.org).url()))
    assert "1 caller was not answered today: the agent in the URL is inactive." in page
    assert "Switch the agent on, or connect the number to another agent." in page
