"""Who may open the operator's area: operators of the platform; for all others it is 404."""

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse
from django.utils import timezone

from dashboard.money import papers
from testing.invoices import an_invoice
from testing.office import Office, browser_of
from testing.processes import a_process
from usage.models import DeadLetter, Plan

# Every route, and whether a GET shows a page (200) or leads back (302).
ROUTES = {
    "home": 200,
    "drain_process": 200,
    "organizations": 200,
    "organization": 200,
    "change_quota": 302,
    "suspend": 302,
    "resume": 302,
    "change_stripe": 302,
    "prove": 302,
    "begin_impersonation": 302,
    "end_impersonation": 302,
    "plans": 200,
    "new_plan": 200,
    "change_plan": 200,
    "price_books": 200,
    "new_price_book": 200,
    "price_book": 200,
    "providers": 200,
    "dead_letters": 200,
    "dead_letter": 200,
    "send_again": 302,
    "discard": 302,
    "ledger": 200,
    "invoices": 200,
    "issue_invoices": 302,
    "invoice_pdf": 200,
    "cancel_invoice": 200,
    "issue_again": 302,
    "audit": 200,
}
PEOPLE = ["alice", "adam", "bob", "vera", "charlie"]


def patterns() -> dict[str, str]:
    """The route of every page of the area, by name."""
    [area] = [
        resolver
        for resolver in get_resolver().url_patterns
        if getattr(resolver, "app_name", None) == "operator"
    ]
    return {
        each.name: str(each.pattern) for each in area.url_patterns if isinstance(each, URLPattern)
    }


@pytest.fixture
def office(cast, monkeypatch) -> Office:
    Plan.objects.create(pk=901, name="Office", concurrent_calls=5)
    DeadLetter.objects.create(
        pk=902, kind="save_turn", created_at=timezone.now(), tried_at=timezone.now()
    )
    an_invoice(cast.acorn, number=903)
    a_process("one:1", pk=904)
    monkeypatch.setattr(papers, "printed", lambda *_: b"%PDF")
    return Office(cast.acorn)


def address(name: str, office: Office) -> str:
    values = {"org_id": office.org.public_id, "plan_id": 901, "version": 1, "letter_id": 902}
    values["serial"], values["report_id"] = 903, 904
    wanted = {key: value for key, value in values.items() if f"{key}>" in patterns()[name]}
    return reverse(f"operator:{name}", kwargs=wanted)


def test_every_page_of_the_area_is_in_the_table():
    assert set(patterns()) == set(ROUTES)


@pytest.mark.parametrize("name", ROUTES)
def test_for_everybody_but_an_operator_there_is_nothing(cast, office, name):
    page = address(name, office)
    for who in PEOPLE:
        browser = browser_of(getattr(cast, who))
        assert browser.get(page).status_code == 404, who
        assert browser.post(page).status_code in (404, 405), who


@pytest.mark.parametrize("name", ROUTES)
@pytest.mark.parametrize("lacks", ["is_staff", "is_superuser", "is_active"])
def test_half_an_operator_is_none(cast, office, name, lacks):
    browser = browser_of(cast.olga)
    setattr(cast.olga, lacks, False)
    cast.olga.save()
    # Who is not active is logged out by that.
    assert browser.get(address(name, office)).status_code == (302 if lacks == "is_active" else 404)


@pytest.mark.parametrize("name", ROUTES)
def test_a_visitor_goes_to_the_log_in_page_and_comes_back(office, name):
    page = address(name, office)
    response = Client().get(page)
    assert (response.status_code, response.url) == (302, f"/accounts/login/?next={page}")


@pytest.mark.parametrize("name", ROUTES)
def test_an_operator_comes_in(cast, office, name):
    response = browser_of(cast.olga).get(address(name, office))
    assert response.status_code == ROUTES[name]
    assert "no-store" in response.headers["Cache-Control"]


def test_what_is_not_there_is_not_found(cast, db):
    browser = browser_of(cast.olga)
    for path in (
        "organizations/0123456789ab/",
        "plans/77/",
        "prices/77/",
        "records/77/",
        "processes/77/drain/",
    ):
        assert browser.get(f"/operator/{path}").status_code == 404


def test_the_account_menu_leads_there_for_staff_only(cast, office):
    assert 'href="/operator/"' in browser_of(cast.olga).get("/operator/").text
    assert "/operator/" not in browser_of(cast.alice).get(office.url()).text
