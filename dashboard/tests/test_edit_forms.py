"""Forms that change what is stored: of two people with old pages none undoes the other unseen.

A new form of the dashboard fails here until it is a `MergingForm` with an entry in EDITS, or is
named among those that need nothing of the kind, with the reason.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Final

import pytest
from celery import current_app
from django import forms
from django.conf import settings as django_settings
from django.core.cache import cache
from django.utils import timezone

from accounts.secrets import host_secrets
from agents.calendars.settings import Calendar, Provider
from agents.http_tools import storing
from agents.http_tools.definition import Definition, Parameter
from agents.saved_tests import writing
from dashboard.merging import MergingForm
from testing.filled_forms import as_shown
from testing.invoices import a_house
from testing.office import Office, browser_of
from usage.hooks import endpoints
from usage.models import HookEndpoint, Plan

ASKED: Final = "by someone else or in another tab. Save again"
VIEW: Final = "its page carries the state of the draft (`view`), which the service compares"
LATEST: Final = "its page names the latest version, which the service compares"
NEW: Final = "makes something new"
ACTS: Final = "is about one act, and shows nothing that is stored"
SEARCHES: Final = "changes nothing"
# Forms that carry nothing of what they showed, each with the reason.
OTHERS: Final = {
    "after_call.questions.FactForm": VIEW,
    "after_call.sharing.ShareForm": NEW,
    "agents.archiving.ArchiveForm": ACTS,
    "agents.editor.AgentForm": VIEW,
    "agents.forms.CopyForm": NEW,
    "agents.forms.FileForm": VIEW,
    "agents.forms.ImportForm": NEW,
    "agents.forms.NewAgentForm": NEW,
    "agents.forms.NoteForm": VIEW,
    "agents.forms.ServiceErrors": "the base of others",
    "agents.forms.StarterForm": NEW,
    "analytics.periods.PeriodForm": SEARCHES,
    "calls.callers.CallerForm": SEARCHES,
    "calls.callers.ErasureForm": ACTS,
    "calls.filters.CallFilterForm": SEARCHES,
    "calls.inbox.AssigneeForm": "its page says who had the message (`seen`)",
    "design.SpecimenForm": SEARCHES,
    "facts.importing.SourceForm": NEW,
    "forms.KeyForm": NEW,
    "hooks.forms.NewHookForm": NEW,
    "operator.dead_letters.DiscardForm": ACTS,
    "operator.forms.ImpersonationForm": NEW,
    "operator.forms.SuspensionForm": "a suspended organization's reason is not replaced",
    "operator.invoices.CancelForm": "what is cancelled is not cancelled again",
    "operator.price_books.PriceBookForm": LATEST,
    "operator.price_books.PriceForm": LATEST,
    "operator.price_books._PricesFormSet": LATEST,
    "organization.credentials_forms.SecretForm": "the base of others",
    "organization.credentials_forms.ProviderForm": "test_a_key_is_not_replaced_unseen",
    "organization.team.InvitationForm": NEW,
    "setup.number_shop.SearchForm": SEARCHES,
    "setup.onboarding.NewOrganizationForm": NEW,
    "tools.forms.ImportForm": SEARCHES,
    "tools.secret_forms.SecretForm": "stores a secret under a name that is typed, and shows none",
    "tools.forms.ServerForm": SEARCHES,
    "tools.forms.TryForm": ACTS,
}
# Templates that write fields of a POST form by hand, each with the reason why that is safe.
BY_HAND: Final = {
    "dashboard/_call_annotations.html": NEW,
    "dashboard/_message.html": "carries who had the message (`seen`)",
    "dashboard/_proposed_rows.html": VIEW,
    "dashboard/_supervise_form.html": ACTS,
    "dashboard/hearing.html": ACTS,
    "dashboard/members.html": "carries the role that was shown (`seen`)",
    "dashboard/numbers.html": "carries what answered the number (`seen`)",
    "dashboard/_calls_filters.html": "a view of the member's own, under a name that is typed",
}


@dataclass(frozen=True)
class Edit:
    """A form that changes a row.

    page, action: paths; "" for the page itself. one: a field, and three values for it. other: a
    second field and a value, or nothing. make: makes the row, and returns what `page` names.
    """

    page: str
    one: tuple[str, str, str, str]
    other: tuple[str, str] | None = None
    action: str = ""
    make: Callable[[Office], str] = field(default=lambda office: "")
    who: tuple[str, str] = ("adam", "alice")


def a_test(office: Office) -> str:
    said = {"questions": "Open?", "must": "closed", "must_not": "", "judge": ""}
    made = writing.save(office.agent, name="Hours", is_required=False, actor=None, **said)
    return str(made.pk)


def a_tool(office: Office) -> str:
    url = "https://api.example.com/orders/{order_id}"
    parameters = (Parameter("order_id"),)
    tool = Definition("find_order", "Finds an order.", url, parameters=parameters)
    return storing.save(office.org, tool, actor=None).public_id


def a_calendar(office: Office) -> str:
    host_secrets.store(office.org, name="key", host="api.cal.com", value="cal_0123456", actor=None)
    calendar = Calendar(Provider.CALCOM, "4711", "key", "Europe/Berlin")
    url = "https://api.cal.com"
    said = Definition("visits", "Visits.", url, writes=True, asks_first=True, calendar=calendar)
    return storing.save(office.org, said, actor=None).public_id


def a_hook(office: Office) -> str:
    office.org.proven_at = timezone.now()
    office.org.save()
    made = endpoints.add(
        office.org,
        url="https://hooks.example.com/voicex",
        target=HookEndpoint.Target.URL,
        events=["call.ended"],
    )
    return made.public_id


def a_plan(office: Office) -> str:
    return str(Plan.objects.create(name="Office", concurrent_calls=5).pk)


def a_seller(office: Office) -> str:
    return str(a_house().pk)


OPERATORS: Final = ("olga", "olga")
NAMES: Final = ("One", "Two", "Three")
EDITS: Final = {
    "agents.forms.NameForm": Edit(
        "agents/{agent}/", ("name", *NAMES), None, "agents/{agent}/change/"
    ),
    "forms.NoticesForm": Edit(
        "settings/",
        ("reminder_minutes", "15", "20", "30"),
        ("time_zone", "Europe/Berlin"),
        "settings/notices/",
    ),
    "forms.SettingsForm": Edit(
        "settings/", ("recording_days", "11", "12", "13"), ("transcript_days", "99")
    ),
    "hooks.forms.HookForm": Edit(
        "webhooks/{made}/edit/", ("label", *NAMES), ("takes_tests", "on"), make=a_hook
    ),
    "money.limits.LimitsForm": Edit(
        "limits/", ("daily_micros", "1", "2", "3"), ("monthly_micros", "90")
    ),
    "money.papers.AddressForm": Edit(
        "invoices/", ("address", *NAMES), ("tax_number", "DE 1"), "invoices/address/"
    ),
    "operator.forms.QuotaForm": Edit(
        "/operator/organizations/{org}/",
        ("concurrent_calls", "3", "4", "5"),
        ("minutes_a_month", "100"),
        "/operator/organizations/{org}/quota/",
        who=OPERATORS,
    ),
    "operator.forms.StripeForm": Edit(
        "/operator/organizations/{org}/",
        ("customer_id", "cus_One", "cus_Two", "cus_Three"),
        None,
        "/operator/organizations/{org}/stripe/",
        who=OPERATORS,
    ),
    "operator.invoices.HouseForm": Edit(
        "/operator/invoices/",
        ("tax_percent", "7", "16", "19.5"),
        ("address", "Oak 1\r\nHill"),
        make=a_seller,
        who=OPERATORS,
    ),
    "operator.plans.PlanForm": Edit(
        "/operator/plans/{made}/",
        ("monthly_fee_micros", "1", "2", "3"),
        ("minutes_a_month", "100"),
        make=a_plan,
        who=OPERATORS,
    ),
    "organization.credentials_forms.TwilioForm": Edit(
        "credentials/", ("twilio_account_sid", *(f"AC{digit * 32}" for digit in "123"))
    ),
    "saved_tests.forms.SavedTestForm": Edit(
        "agents/{agent}/tests/{made}/", ("judge", *NAMES), ("is_required", "on"), make=a_test
    ),
    "tools.calendars.CalendarForm": Edit(
        "tools/{made}/", ("minutes", "15", "45", "60"), ("description", "All visits."), None,
        make=a_calendar,
    ),
    "tools.forms.ToolForm": Edit(
        "tools/{made}/", ("description", *NAMES), ("writes", "on"), make=a_tool
    ),
}  # fmt: skip


def name_of(form: type) -> str:
    return f"{form.__module__}.{form.__qualname__}".removeprefix("dashboard.")


def all_forms() -> Iterator[type]:
    """The classes of forms in the dashboard, by their import from its routes."""
    import_module("dashboard.urls")
    import_module("dashboard.operator.urls")
    found = [forms.BaseForm, forms.BaseFormSet]
    for form in found:
        found += form.__subclasses__()
        if form.__module__.startswith("dashboard.") and ".tests." not in form.__module__:
            yield form


def test_each_form_keeps_what_others_saved_or_has_a_reason_not_to():
    seen = {name_of(form): form for form in all_forms() if form is not MergingForm}
    unprotected = {
        name for name, form in seen.items()
        if name not in OTHERS and not (issubclass(form, MergingForm) and name in EDITS)
    }  # fmt: skip
    assert unprotected == set(), (
        "Derive these from `dashboard.merging.MergingForm` and add them to EDITS, or to OTHERS "
        "with the reason why an old page of theirs undoes nothing."
    )
    assert (OTHERS.keys() | EDITS.keys()) - seen.keys() == set()
    assert OTHERS.keys() & EDITS.keys() == set()


def test_fields_that_templates_write_by_hand_have_a_reason_too():
    found = set()
    for each in Path(django_settings.BASE_DIR, "templates").glob("*/*.html"):
        text = each.read_text()
        place = f"{each.parent.name}/{each.name}"
        tags = re.findall(r"<(?:input|select|textarea)\b[^>]*\sname=[^>]*>", text)
        typed = [tag for tag in tags if not re.search(r'type="(hidden|submit|search)"', tag)]
        is_sent = "POST" in text.upper() or each.name.startswith("_")
        if typed and is_sent and each.parent.name in ("dashboard", "operator"):
            found.add(place)
    assert found == BY_HAND.keys()


@pytest.fixture
def browsers(cast, settings, monkeypatch):
    cache.clear()
    monkeypatch.setattr(current_app, "send_task", lambda name, **_: None)
    settings.STRIPE_SECRET_KEY = "sk_test_1"
    settings.STRIPE_METER_EVENT = "voicex_usage"
    return lambda name: browser_of(getattr(cast, name))


@pytest.fixture
def office(cast):
    return Office(cast.acorn)


@pytest.mark.parametrize("name", EDITS)
def test_of_two_people_with_old_pages_none_undoes_the_other_unseen(browsers, office, name):
    edit = EDITS[name]
    words = {
        "agent": office.agent.public_id,
        "org": office.org.public_id,
        "made": edit.make(office),
    }

    def path(text: str) -> str:
        place = text.format(**words)
        return place if place.startswith("/") else office.url(place)

    page, action = path(edit.page), path(edit.action or edit.page)
    mine, theirs = map(browsers, edit.who)
    field, first, second, third = edit.one

    def shown(text: str | None = None) -> dict[str, str]:
        found = as_shown(text or mine.get(page).text, field)
        del found["csrfmiddlewaretoken"]
        return found

    # Sent as it is, it changes nothing.
    before = shown()
    assert mine.post(action, before).status_code == 302
    assert shown() == before

    # What a colleague has changed elsewhere is kept.
    if edit.other:
        seen = shown()
        assert theirs.post(action, shown() | dict([edit.other])).status_code == 302
        answer = mine.post(action, seen | {field: first}, follow=True)
        assert "in another tab, and kept: " in answer.text
        after = shown()
        assert after[field] == first
        assert after[edit.other[0]] == edit.other[1]

    # What both have changed is asked about, once.
    seen = shown()
    assert theirs.post(action, seen | {field: second}).status_code == 302
    refused = mine.post(action, seen | {field: third})
    assert refused.status_code == 422
    assert ASKED in refused.text
    assert second in refused.text
    assert shown()[field] == second
    again = shown(refused.text)
    assert again[field] == third
    assert mine.post(action, again).status_code == 302
    assert shown()[field] == third

    # The same change twice is none to ask about.
    assert mine.post(action, seen | {field: third}).status_code == 302


def test_a_key_is_not_replaced_unseen(browsers, office, monkeypatch):
    """ProviderForm: a key is not shown, nor taken to a server that it was not typed for."""
    monkeypatch.setattr("dashboard.organization.credentials.can_be_checked", lambda part: False)
    page, mine, theirs = office.url("credentials/"), browsers("adam"), browsers("alice")
    seen = as_shown(mine.get(page).text, "openai_api_key")
    own = seen | {
        "openai_api_key": "sk-theirs0123456789",
        "openai_endpoint": "https://m.example/v1",
    }
    assert theirs.post(page, own).status_code == 302
    key = {"openai_api_key": "sk-mine0123456789abc"}
    refused = mine.post(page, seen | key)
    assert refused.status_code == 422
    assert ASKED in refused.text
    assert "Server address: https://m.example/v1" in refused.text
    assert "sk-" not in refused.text
    assert office.org.secrets.get().endpoint == "https://m.example/v1"
    again = as_shown(refused.text, "openai_api_key")
    assert again["openai_endpoint"] == ""
    assert mine.post(page, again | key).status_code == 302
    assert office.org.secrets.get().endpoint == ""
    # The second press of an old page, of a key alone.
    assert mine.post(page, again | key).status_code == 422


def test_a_webhooks_address_is_not_replaced_unseen(browsers, office):
    made = a_hook(office)
    page, mine, theirs = office.url(f"webhooks/{made}/edit/"), browsers("adam"), browsers("alice")
    seen = as_shown(mine.get(page).text, "url_key")
    theirs.post(page, seen | {"url_key": "https://two.example/"})
    refused = mine.post(page, seen | {"url_key": "https://three.example/"})
    assert refused.status_code == 422
    assert ASKED in refused.text
    assert HookEndpoint.objects.get().shown_url == "https://two.example/"
    again = as_shown(refused.text, "url_key")
    assert mine.post(page, again).status_code == 302
    assert HookEndpoint.objects.get().shown_url == "https://three.example/"
    # Left blank on an old page, it stays as it is by now.
    answer = mine.post(page, seen | {"label": "Ours"}, follow=True)
    assert "in another tab, and kept: Address." in answer.text
    assert HookEndpoint.objects.get().shown_url == "https://three.example/"
