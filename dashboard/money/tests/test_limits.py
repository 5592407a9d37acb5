"""The page of budgets and busy lines."""

import pytest

from accounts.models import AuditEntry
from testing.office import Office, browser_of
from usage.models import CallRules

FORM = {
    "daily_micros": "",
    "monthly_micros": "",
    "when_busy": "apology",
    "busy_sentence": "",
    "busy_number": "",
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
    ],
)
def test_what_no_call_could_use_is_refused_beside_its_field(page, fields, problem):
    response = page(**fields)
    assert response.status_code == 422
    assert problem in response.text
    assert not CallRules.objects.exists()
