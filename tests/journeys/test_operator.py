"""The platform's operator: plans, suspension, prices, room; impersonation."""

import re
from typing import Any, Final

import pytest
from playwright.sync_api import expect

from testing.services.servers import wait_until
from tests.journeys.chromium import Visitors, logs_in
from tests.journeys.person import Person
from tests.journeys.site import QUESTION, Site
from tests.journeys.world import PASSWORD

REASON: Final = "The invoice of October is not paid."
SETTLED_MS: Final = 60_000
# The moment that many seconds from now, as a browser's own field of date and time has it.
MOMENT_TO_COME: Final = """seconds => {
  const now = new Date();
  now.setSeconds(now.getSeconds() + seconds - now.getTimezoneOffset() * 60);
  return now.toISOString().slice(0, 19);
}"""
LEAD_SECONDS: Final = 20  # to send the form, on a slow machine too
IN_FORCE_SECONDS: Final = 90.0


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


def client(visitors: Visitors, made: dict[str, Any], email: str) -> Person:
    """A member of the organization `made`, on its overview."""
    page = visitors.comes()
    logs_in(page, email=email, password=PASSWORD)
    page.goto(f"/o/{made['org']}/")
    return Person(page)


def goes_to(olga: Person, section: str) -> None:
    """The operator clicks a section of the area."""
    olga.follows(section, within=olga.page.get_by_role("navigation", name="Operator"))


def test_a_suspended_organizations_caller_hears_why(site, office, olga):
    suspension = olga.main.get_by_role("button", name="Suspend").locator("xpath=ancestor::form")
    olga.fills("Reason", REASON, within=suspension)
    olga.presses("Suspend")
    expect(olga.main).to_contain_text("suspended", ignore_case=True)
    refused = site.phone(office["webhook"], QUESTION, say_in_real_time=False)
    assert any(REASON in event.words for event in refused.timeline)
    olga.presses("Resume calls")
    answered = site.phone(office["webhook"], QUESTION)
    assert answered.ok, answered.errors


def test_a_plan_is_made_given_used_up_and_mailed_about(site, visitors, olga):
    made = site.make("office", name="Plan Dental", slug="plan")
    goes_to(olga, "Plans")
    olga.main.get_by_role("link", name="New plan").first.click()
    olga.fills("Name", "Practice of one")
    olga.fills("Concurrent calls", "1")
    olga.fills("Minutes per month", "2")
    olga.fills("Monthly fee", "19.90")
    olga.presses("Save")
    row = olga.main.get_by_role("row").filter(has_text="Practice of one")
    expect(row).to_contain_text("$19.90")
    goes_to(olga, "Organizations")
    olga.follows("Plan Dental")
    plan = olga.main.get_by_role("heading", name="Plan and quota").locator("xpath=..")
    olga.picks("Practice of one", of="Plan", within=plan)
    olga.presses("Save", within=plan)
    expect(plan).to_contain_text("0 of 2")

    anna = client(visitors, made, "admin@plan.example")
    anna.goes_to("Usage")
    expect(anna.main).to_contain_text("Plan: Practice of one")
    expect(anna.main).to_contain_text("0 of 2 (0%)")
    expect(anna.main).to_contain_text("One call at a time")
    # Each of them hears the greeting and hangs up: a call of one minute.
    for percent, used in ((50, "1 of 2 (50%)"), (100, "2 of 2 (100%)")):
        assert site.phone(made["webhook"]).outcome == "connected"
        for reader in ("owner@plan.example", "admin@plan.example"):
            anna.opens(site.link_to(reader, about=f"“Plan Dental” has used {percent}%"))
        expect(anna.main).to_contain_text(used)
    assert site.mail_to("admin@plan.example", about="“Plan Dental” has used 80%")

    declined = site.phone(made["webhook"], QUESTION, say_in_real_time=False)
    assert declined.outcome == "declined"
    assert any("cannot take more calls this month" in each.words for each in declined.timeline)
    anna.goes_to("Webhook log")
    line = anna.waits_for_row(declined.call_sid)
    expect(line).to_contain_text("This month’s minutes were used up")
    olga.page.reload()
    expect(plan).to_contain_text("2 of 2")


def test_a_new_price_holds_for_calls_that_begin_later(site, visitors, olga):
    made = site.make("office", name="Price Dental", slug="price")
    anna = client(visitors, made, "admin@price.example")

    def charged(call_sid: str) -> str:
        """What the page of the call says of its one minute of telephony."""
        anna.page.goto(f"/o/{made['org']}/calls/{call_sid}/")
        line = anna.main.get_by_role("row").filter(has_text="Telephony")
        expect(line).to_contain_text("1 minute", timeout=SETTLED_MS)
        return line.get_by_role("cell").nth(1).inner_text()

    earlier = site.phone(made["webhook"])
    price_before = charged(earlier.call_sid)
    goes_to(olga, "Price book")
    olga.follows("New version")
    telephony = olga.main.get_by_role("group", name="Price 1", exact=True)
    expect(telephony.get_by_label("Component")).to_have_value("telephony")
    olga.fills("Price in dollars", "1.25", within=telephony)
    olga.fills("Note", "Minutes are dearer")
    olga.fills("Effective from", olga.page.evaluate(MOMENT_TO_COME, LEAD_SECONDS))
    olga.presses("Publish version")
    expect(olga.main).to_contain_text(re.compile(r"Price book \d+ published"))

    def is_in_force() -> bool:
        goes_to(olga, "Price book")
        row = olga.main.get_by_role("row").filter(has_text="Minutes are dearer")
        return "current" in row.inner_text()

    wait_until(is_in_force, "the new version is in force", seconds=IN_FORCE_SECONDS)
    later = site.phone(made["webhook"])
    assert charged(later.call_sid) == "$1.25"
    assert charged(earlier.call_sid) == price_before != "$1.25"


def test_room_prices_and_providers_are_at_hand(olga):
    for section, words in (
        ("Status", "free capacity"),
        ("Price book", "current"),
        ("Providers", "speech-to-text"),
    ):
        goes_to(olga, section)
        expect(olga.main).to_contain_text(words, ignore_case=True)


def test_acting_in_a_clients_place_is_loud_limited_and_on_record(olga, office):
    begin = olga.main.get_by_role("button", name="Start session").locator("xpath=ancestor::form")
    olga.fills("Reason", "Ticket 81: no calls arrive", within=begin)
    olga.presses("Start session")
    banner = olga.page.get_by_text("You’re impersonating Client Dental as viewer")
    expect(banner).to_be_visible()
    expect(banner).to_contain_text("Time left")
    olga.page.goto(f"/o/{office['org']}/settings/")
    expect(olga.main).to_contain_text("Your role doesn’t allow this")
    olga.page.goto(f"/o/{office['org']}/")
    olga.page.get_by_role("button", name="End session").click()
    olga.page.goto(f"/o/{office['org']}/")
    expect(olga.main).not_to_contain_text("Latest calls")
