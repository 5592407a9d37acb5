"""The platform's operator: plans, suspension, prices, room; acting in a client's place."""

from typing import Any, Final

import pytest
from playwright.sync_api import expect

from tests.journeys.chromium import Visitors, logs_in
from tests.journeys.person import Person
from tests.journeys.site import QUESTION, Site
from tests.journeys.world import PASSWORD

REASON: Final = "The invoice of October is not paid."


@pytest.fixture(scope="module")
def office(site: Site) -> dict[str, Any]:
    return site.make("office", name="Client Dental", slug="client") | {
        "operator": site.make("operator", email="olga@platform.example")
    }


@pytest.fixture
def olga(visitors: Visitors, office: dict[str, Any]) -> Person:
    """The operator, on the page of the organization."""
    page = visitors.comes(expected=("403", "404"))  # what the client's pages answer to a viewer
    logs_in(page, email=office["operator"], password=PASSWORD)
    page.goto("/operator/organizations/")
    olga = Person(page)
    olga.follows("Client Dental")
    return olga


def test_a_suspended_organizations_caller_hears_why(site, office, olga):
    suspension = olga.main.get_by_role("button", name="Suspend").locator("xpath=ancestor::form")
    olga.fills("Reason", REASON, within=suspension)
    olga.presses("Suspend")
    expect(olga.main).to_contain_text("suspended", ignore_case=True)
    refused = site.phone(office["webhook"], QUESTION, say_in_real_time=False)
    assert any(REASON in event.words for event in refused.timeline)
    olga.presses("Answer calls again")
    answered = site.phone(office["webhook"], QUESTION)
    assert answered.ok, answered.errors


def test_room_prices_and_providers_are_at_hand(olga):
    for section, words in (
        ("Now", "room for more"),
        ("Price book", "in force"),
        ("Providers", "speech to text"),
    ):
        menu = olga.page.get_by_role("navigation", name="Operator")
        olga.follows(section, within=menu)
        expect(olga.main).to_contain_text(words, ignore_case=True)


def test_acting_in_a_clients_place_is_loud_limited_and_on_record(olga, office):
    begin = olga.main.get_by_role("button", name="Begin").locator("xpath=ancestor::form")
    olga.fills("Reason", "Ticket 81: no calls arrive", within=begin)
    olga.presses("Begin")
    banner = olga.page.get_by_text("You are acting in Client Dental as viewer")
    expect(banner).to_be_visible()
    expect(banner).to_contain_text("Time left")
    olga.page.goto(f"/o/{office['org']}/settings/")
    expect(olga.main).to_contain_text("Your role does not allow this")
    olga.page.goto(f"/o/{office['org']}/")
    olga.page.get_by_role("button", name="Stop").click()
    olga.page.goto(f"/o/{office['org']}/")
    expect(olga.main).not_to_contain_text("Latest calls")
