"""Usage by day and component, and the log of webhook requests in words."""

import csv
import html

import pytest

from dashboard.calls.attempts import PAGE_SIZE
from dashboard.calls.usage import HEAD as COLUMNS
from testing.office import Office, browser_of
from usage.models import Plan, Quota
from usage.records.attempts import attempt_log
from voicex.reasons.attempts import AttemptReason

HEAD = list(COLUMNS)


def test_usage_adds_up_by_day_by_agent_and_by_component(cast, acorn):
    for number in range(3):
        acorn.hangs_up(acorn.rings(f"CA{number}"), after=61)
    text = browser_of(cast.vera).get(acorn.url("usage/")).text
    assert "<dt>calls</dt><dd>3</dd>" in text
    assert "<dt>minutes</dt><dd>6</dd>" in text
    assert text.count('<rect class="bar" x=') == 2 * 30
    row = text.split(">Telephony<")[1].split("</tr>")[0]
    assert "6 minutes" in row
    assert "$0.05<" in row
    assert "Exact total: $0.052284." in text
    row = text.split(f">{acorn.agent.name}<")[1].split("</tr>")[0]
    assert 'width="100"' in row


@pytest.mark.parametrize(("period", "days"), [("7", 7), ("90", 90), ("", 30), ("1;DROP", 30)])
def test_a_period_is_chosen_by_a_link(cast, acorn, period, days):
    acorn.hangs_up(acorn.rings("CA1"))
    text = browser_of(cast.vera).get(acorn.url("usage/"), {"period": period}).text
    assert text.count('<rect class="bar" x=') == 2 * days
    assert text.count('aria-current="page">') >= 1


def test_requests_that_were_declined_are_counted_without_a_call(cast, acorn):
    attempt_log.record(org=cast.acorn, call_sid="CA1", outcome="declined", reason="no_slot")
    text = browser_of(cast.vera).get(acorn.url("usage/"), {"period": "month"}).text
    assert "<dt>declined</dt><dd>1</dd>" in text


def test_usage_of_another_organization_is_not_counted(cast, acorn):
    birch = Office(cast.birch)
    birch.hangs_up(birch.rings("CA1"))
    browser = browser_of(cast.vera)
    assert "No usage in this period" in browser.get(acorn.url("usage/")).text
    assert lines_of(browser.get(acorn.url("usage/usage.csv"))) == [HEAD]


def test_the_months_minutes_stand_against_the_plan(cast, acorn):
    plan = Plan.objects.create(name="Office", concurrent_calls=5, minutes_a_month=4)
    Quota.objects.create(org=cast.acorn, plan=plan)
    acorn.hangs_up(acorn.rings("CA1"), after=61)
    browser = browser_of(cast.vera)
    text = browser.get(acorn.url("usage/")).text
    assert 'value="2" max="4"' in text
    assert "2 of 4 (50%)" in text
    for page in ("", "usage/"):
        assert "has used 50% of this month" in browser.get(acorn.url(page)).text
    acorn.hangs_up(acorn.rings("CA2"), after=61)
    for page in ("", "usage/"):
        assert "minutes are used up" in browser.get(acorn.url(page)).text


def test_usage_is_downloaded_with_nothing_that_a_spreadsheet_would_run(cast, acorn):
    acorn.agent.name = '=HYPERLINK("http://evil.example")'
    acorn.agent.save()
    acorn.hangs_up(acorn.rings("CA1"), after=61)
    response = browser_of(cast.vera).get(acorn.url("usage/usage.csv"))
    assert response.headers["Content-Type"].startswith("text/csv")
    assert "attachment" in response.headers["Content-Disposition"]
    head, *rows = lines_of(response)
    assert head == HEAD
    assert ["phone", "call", "1", "call"] in [row[2:6] for row in rows]
    assert ["phone", "telephony", "2", "minute", "0.017000"] in [row[2:] for row in rows]
    assert {row[1] for row in rows} == {'\'=HYPERLINK("http://evil.example")'}


def lines_of(response):
    return list(csv.reader(response.getvalue().decode("utf-8-sig").splitlines()))


def test_the_log_says_how_many_requests_of_a_flood_are_not_listed(cast, acorn, monkeypatch):
    monkeypatch.setattr("usage.records.attempts.LISTED_A_DAY", 2)
    browser = browser_of(cast.vera)
    for number in range(2):
        attempt_log.record(org=cast.acorn, call_sid=f"CA{number}", outcome="refused", reason="x")
    assert "more requests were declined" not in browser.get(acorn.url("attempts/")).text
    for number in range(3):
        attempt_log.record(org=cast.acorn, call_sid=f"CA{number}", outcome="refused", reason="x")
    assert (
        "3 more requests were declined or refused today" in browser.get(acorn.url("attempts/")).text
    )


@pytest.mark.parametrize("reason", AttemptReason)
def test_a_refused_or_declined_request_says_why_in_words(cast, acorn, reason):
    attempt_log.record(org=cast.acorn, call_sid="CA1", outcome="declined", reason=reason)
    text = browser_of(cast.vera).get(acorn.url("attempts/")).text
    assert reason.label in text
    assert ">Declined<" in text


def test_an_answered_request_leads_to_its_call_and_a_new_reason_is_still_readable(cast, acorn):
    acorn.rings("CA1")
    attempt_log.record(org=cast.acorn, call_sid="CA1", outcome="answered")
    attempt_log.record(org=cast.acorn, call_sid="CA2", outcome="refused", reason="moon_phase")
    text = browser_of(cast.vera).get(acorn.url("attempts/")).text
    assert acorn.url("calls/CA1/") in text
    assert acorn.url("calls/CA2/") not in text
    assert "Moon phase" in text


def test_without_requests_the_log_says_so(cast, acorn):
    attempt_log.record(org=cast.birch, call_sid="CA1", outcome="answered")
    assert "No requests yet" in browser_of(cast.vera).get(acorn.url("attempts/")).text


def test_the_log_is_paged_by_key(cast, acorn):
    for number in range(PAGE_SIZE + 1):
        attempt_log.record(org=cast.acorn, call_sid=f"CA-{number:03}", outcome="answered")
    browser = browser_of(cast.vera)
    first = browser.get(acorn.url("attempts/")).text
    assert "CA-000" not in first
    older = html.unescape(first.split('rel="next" href="')[1].split('"')[0])
    second = browser.get(older).text
    assert "CA-000" in second
    assert "CA-001" not in second
    assert 'rel="prev"' in second
    assert browser.get(acorn.url("attempts/"), {"before": "x"}).status_code == 200


def test_log_and_usage_take_the_same_queries_however_much_there_is(
    cast, acorn, django_assert_num_queries
):
    for number in range(5):
        acorn.hangs_up(acorn.rings(f"CA{number}"))
        attempt_log.record(org=cast.acorn, call_sid=f"CA{number}", outcome="answered")
    browser = browser_of(cast.vera)
    # session, user, membership, menu, new messages; attempts, how many are not listed
    with django_assert_num_queries(7):
        browser.get(acorn.url("attempts/"))
    # session, user, membership, menu, new messages; by day, by agent, agents, by component,
    # requests; quota, month, notice
    with django_assert_num_queries(13):
        browser.get(acorn.url("usage/"))
