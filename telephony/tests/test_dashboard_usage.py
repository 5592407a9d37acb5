"""Usage by day and component, and the log of webhook requests in words."""

import pytest

from telephony.dashboard.words import ATTEMPT_REASONS
from telephony.tests.dashboard import Office, browser_of
from usage.attempts import attempt_log


@pytest.fixture
def acorn(cast):
    return Office(cast.acorn)


def test_usage_adds_up_by_day_and_by_component(cast, acorn):
    for number in range(3):
        acorn.hangs_up(acorn.rings(f"CA{number}"), after=61)
    text = browser_of(cast.vera).get(acorn.url("usage/")).text
    assert "<dt>calls</dt><dd>3</dd>" in text
    assert "<dt>minutes</dt><dd>6</dd>" in text
    assert text.count('<rect class="bar"') == 30
    row = text.split(">Telephony<")[1].split("</tr>")[0]
    assert "6 minutes" in row
    assert "$0.051" in row


def test_usage_of_another_organization_is_not_counted(cast, acorn):
    birch = Office(cast.birch)
    birch.hangs_up(birch.rings("CA1"))
    assert "Nothing used yet" in browser_of(cast.vera).get(acorn.url("usage/")).text


@pytest.mark.parametrize("reason", ATTEMPT_REASONS)
def test_a_refused_or_declined_request_says_why_in_words(cast, acorn, reason):
    attempt_log.note(org=cast.acorn, call_sid="CA1", outcome="declined", reason=reason)
    text = browser_of(cast.vera).get(acorn.url("attempts/")).text
    assert str(ATTEMPT_REASONS[reason]) in text
    assert ">Declined<" in text


def test_an_answered_request_leads_to_its_call_and_a_new_reason_is_still_readable(cast, acorn):
    acorn.rings("CA1")
    attempt_log.note(org=cast.acorn, call_sid="CA1", outcome="answered")
    attempt_log.note(org=cast.acorn, call_sid="CA2", outcome="refused", reason="moon_phase")
    text = browser_of(cast.vera).get(acorn.url("attempts/")).text
    assert acorn.url("calls/CA1/") in text
    assert acorn.url("calls/CA2/") not in text
    assert "Moon phase" in text


def test_without_requests_the_log_says_so(cast, acorn):
    attempt_log.note(org=cast.birch, call_sid="CA1", outcome="answered")
    assert "No request has come in" in browser_of(cast.vera).get(acorn.url("attempts/")).text


def test_log_and_usage_take_the_same_queries_however_much_there_is(
    cast, acorn, django_assert_num_queries
):
    for number in range(5):
        acorn.hangs_up(acorn.rings(f"CA{number}"))
        attempt_log.note(org=cast.acorn, call_sid=f"CA{number}", outcome="answered")
    browser = browser_of(cast.vera)
    with django_assert_num_queries(5):  # session, user, membership, the organization menu, attempts
        browser.get(acorn.url("attempts/"))
    # session, user, membership, menu, calls by day, ledger by day, ledger by component
    with django_assert_num_queries(7):
        browser.get(acorn.url("usage/"))
