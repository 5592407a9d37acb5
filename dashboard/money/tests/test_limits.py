"""The page of budgets and busy lines."""

import pytest
from django.core import mail
from django.core.cache import cache

from accounts.models import AuditEntry
from testing.filled_forms import as_shown
from testing.office import Office, browser_of
from usage.models import CallRules

FORM = {
    "daily_micros": "",
    "monthly_micros": "",
    "when_busy": "apology",
    "busy_sentence": "",
    "busy_number": "",
    "shown_number": "",
}


@pytest.fixture
def page(cast):
    office, browser = Office(cast.acorn), browser_of(cast.adam)
    return lambda **fields: browser.post(office.url("limits/"), FORM | fields, follow=True)


def test_what_is_saved_is_shown_again_and_is_in_the_audit_log_once(cast, page):
    chosen = {"daily_micros": "12,5", "when_busy": "number", "busy_number": "+1 (415) 555-0100"}
    assert "Call limits saved." in page(**chosen).text
    rules = CallRules.objects.get(org=cast.acorn)
    assert (rules.daily_micros, rules.monthly_micros) == (12_500_000, None)
    assert (rules.when_busy, rules.busy_number) == ("number", "+14155550100")
    shown = page(**chosen).text
    assert 'value="12.50"' in shown
    assert "of $12.50" in shown
    entry = AuditEntry.objects.get(action="call_rules.changed")
    assert entry.target == "12.50 USD a day, when busy: number +14155550100"


def test_the_first_limits_are_saved_as_the_page_shows_them(cast):
    browser, url = browser_of(cast.adam), f"/o/{cast.acorn.public_id}/limits/"
    shown = as_shown(browser.get(url).text, "daily_micros")
    assert shown["shown_number"] == ""
    assert browser.post(url, shown | {"daily_micros": "5"}).status_code == 302
    assert CallRules.objects.get(org=cast.acorn).daily_micros == 5_000_000


def test_an_old_page_undoes_no_limit_of_a_colleague(cast, page):
    adam, url = browser_of(cast.adam), f"/o/{cast.acorn.public_id}/limits/"
    page(daily_micros="10", when_busy="number", busy_number="+14155550100")
    seen = as_shown(adam.get(url).text, "daily_micros")
    page(daily_micros="", when_busy="sentence", busy_sentence="Call later.", busy_number="")
    answer = adam.post(url, seen | {"monthly_micros": "300"}, follow=True)
    assert "in another tab, and kept: Daily budget in US dollars, " in answer.text
    rules = CallRules.objects.get(org=cast.acorn)
    assert (rules.daily_micros, rules.monthly_micros) == (None, 300_000_000)
    assert (rules.when_busy, rules.busy_sentence) == ("sentence", "Call later.")


def test_what_an_old_page_shows_and_is_gone_is_asked_for_again(cast, page):
    adam, url = browser_of(cast.adam), f"/o/{cast.acorn.public_id}/limits/"
    page(busy_number="+14155550100")
    seen = as_shown(adam.get(url).text, "daily_micros")
    page(busy_number="")
    refused = adam.post(url, seen | {"when_busy": "number"})
    assert refused.status_code == 422
    again = as_shown(refused.text, "daily_micros")
    assert (again["when_busy"], again["busy_number"]) == ("number", "")
    assert adam.post(url, again | {"busy_number": "+14155550199"}).status_code == 302
    assert CallRules.objects.get(org=cast.acorn).busy_number == "+14155550199"


def test_the_number_to_show_is_kept_as_it_is_dialled(cast, page):
    page(shown_number="+49 (30) 654321")
    assert CallRules.objects.get(org=cast.acorn).shown_number == "+4930654321"
    entry = AuditEntry.objects.get(action="call_rules.changed")
    assert entry.target == "no budget, when busy: apology, shows +4930654321"


def test_a_wait_that_is_left_blank_stays_as_it_was(cast, page):
    page(when_busy="queue", longest_wait_minutes="20")
    page(when_busy="queue", longest_wait_minutes="")
    assert CallRules.objects.get(org=cast.acorn).longest_wait_minutes == 20


def test_a_new_organization_is_told_why_it_cannot_forward_calls(cast, page):
    type(cast.acorn).objects.filter(pk=cast.acorn.pk).update(proven_at=None)
    response = page(when_busy="number", busy_number="+14155550100")
    assert response.status_code == 422
    assert "An owner has to confirm their email address first." in response.text
    assert not CallRules.objects.exists()


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"daily_micros": "ten"}, "Enter an amount in US dollars, such as 25 or 12.50."),
        ({"monthly_micros": "0"}, "Enter an amount in US dollars, such as 25 or 12.50."),
        ({"when_busy": "sentence"}, "Enter the sentence callers will hear."),
        ({"when_busy": "number", "busy_number": "911"}, "Enter the number with + and country code"),
        ({"shown_number": "+49"}, "Enter the number with + and country code"),
    ],
)
def test_what_no_call_could_use_is_refused_beside_its_field(page, fields, problem):
    response = page(**fields)
    assert response.status_code == 422
    assert problem in response.text
    assert not CallRules.objects.exists()


def test_an_old_session_has_callers_forwarded_to_no_new_number(
    cast, django_capture_on_commit_callbacks
):
    cache.clear()
    office, stale = Office(cast.acorn), browser_of(cast.adam, logged_in_ago=100_000)
    elsewhere = FORM | {"busy_number": "+14155550100", "when_busy": "number"}
    assert "reauthenticate" in stale.post(office.url("limits/"), elsewhere).url
    assert not CallRules.objects.exists()
    with django_capture_on_commit_callbacks(execute=True):
        browser_of(cast.adam).post(office.url("limits/"), elsewhere)
    [told] = mail.outbox
    assert told.to == ["alice@example.com"]
    assert "+14155550100" in told.body
    for same in (elsewhere | {"daily_micros": "5"}, FORM):  # the number stays, or goes
        assert stale.post(office.url("limits/"), same).url == office.url("limits/")
