"""From a question that an agent did not know to the next caller who gets the answer."""

from typing import Any, Final

import pytest
from playwright.sync_api import expect

from testing.services.servers import wait_until
from tests.journeys.chromium import Visitors, logs_in
from tests.journeys.person import Person
from tests.journeys.site import Site
from tests.journeys.world import PASSWORD

QUESTION: Final = "Do you have an aquarium?"
ANSWER: Final = "we have a big aquarium"
CALL_MS: Final = 60_000
ANALYSED_SECONDS: Final = 60.0  # five seconds after the call, and at the next sweep


@pytest.fixture(scope="module")
def office(site: Site) -> dict[str, Any]:
    return site.make("office", name="Coral Dental", slug="coral")


@pytest.fixture
def mia(visitors: Visitors, office: dict[str, Any]) -> Person:
    """A member, on the page where agents are tried."""
    page = visitors.comes()
    logs_in(page, email="member@coral.example", password=PASSWORD)
    page.goto(f"/o/{office['org']}/try/")
    return Person(page)


def test_a_question_becomes_a_fact_that_the_next_caller_hears(mia, site, office):
    mia.fills("Or type", QUESTION)
    mia.presses("Send")
    turns = mia.main.get_by_role("listitem")
    expect(turns.filter(has_text="I don't know that").first).to_be_visible(timeout=CALL_MS)
    mia.presses("End call")
    mia.follows("Open call details")
    summary = mia.main.get_by_role("region", name="Do you have an aquarium")
    expect(summary).to_contain_text("Not helped", timeout=ANALYSED_SECONDS * 1000)

    mia.page.goto(f"/o/{office['org']}/")
    mia.follows(
        "Coral Dental desk", within=mia.main.locator("section", has_text="without an answer")
    )
    expect(mia.main.get_by_role("heading", name=QUESTION)).to_be_visible()
    mia.follows("Add as a fact")
    mia.fills("What the agent says", f"Yes, {ANSWER}.")
    mia.presses("Save and try")
    panel = mia.page.get_by_role("region", name="Talk to Coral Dental desk")
    # It is asked at once: what was saved is heard without a further click.
    expect(panel.get_by_role("listitem").filter(has_text=ANSWER)).to_be_visible(timeout=CALL_MS)
    mia.presses("End call", within=panel)
    mia.presses("Publish")
    expect(mia.main).to_contain_text("Version 3 is live")

    called = site.phone(office["webhook"], QUESTION)
    assert called.ok, called

    def is_analysed() -> bool:
        return bool(site.make("last_call", org=office["org"])["outcome"])

    wait_until(is_analysed, "the call is analysed", seconds=ANALYSED_SECONDS)
    last = site.make("last_call", org=office["org"])
    assert ANSWER in last["said"]
    assert last["outcome"] == "answered"
