"""Whether a call is recorded is for the caller to say: by a key, or by a word."""

from typing import Any, Final

import pytest
from playwright.sync_api import Locator, expect

from telephony.simulator.plan import CallResult
from tests.journeys.chromium import Visitors, logs_in
from tests.journeys.person import Person
from tests.journeys.site import CALL_SECONDS, QUESTION, Site
from tests.journeys.world import PASSWORD

PAGE_MS: Final = 60_000


@pytest.fixture(scope="module")
def office(site: Site) -> dict[str, Any]:
    return site.make("office", name="Consent Dental", slug="consent")


@pytest.fixture
def adam(visitors: Visitors, office: dict[str, Any]) -> Person:
    """An admin, where the agent is edited."""
    page = visitors.comes()
    logs_in(page, email="admin@consent.example", password=PASSWORD)
    page.goto(f"/o/{office['org']}/agents/{office['agent']}/edit/")
    return Person(page)


def publishes(adam: Person) -> None:
    adam.presses("Save draft")
    adam.presses("Publish")


def recording_of(adam: Person, office: dict[str, Any], call: CallResult) -> Locator:
    """The player on the page of a call that is over and settled."""
    assert call.ok, call.errors
    adam.page.goto(f"/o/{office['org']}/calls/{call.call_sid}/")
    expect(adam.main.get_by_text("completed", exact=True).first).to_be_visible(timeout=PAGE_MS)
    return adam.main.get_by_label("Call recording")


def expect_to_be_heard(recording: Locator) -> None:
    expect(recording).to_be_visible(timeout=PAGE_MS)
    assert recording.evaluate("async (e) => { await e.play(); e.pause(); return e.duration; }") > 1


def expect_none(adam: Person, recording: Locator) -> None:
    # It says so as soon as a recording has begun, which is before the call ends.
    expect(adam.main.get_by_role("heading", name="Timeline")).to_be_visible()
    expect(adam.main).not_to_contain_text("being recorded")
    expect(recording).to_have_count(0)


def test_who_presses_the_key_is_recorded_and_who_presses_another_is_not(site, office, adam):
    adam.picks("Record once the caller presses a key", of="Record calls")
    adam.fills("Recording announcement", "May we record this call? Then press 1.")
    adam.fills("Consent key", "1")
    publishes(adam)
    yes = site.rings(office["webhook"], digits="1")
    no = site.rings(office["webhook"], digits="2")
    expect_to_be_heard(recording_of(adam, office, yes.result(CALL_SECONDS)))
    expect_none(adam, recording_of(adam, office, no.result(CALL_SECONDS)))


def test_who_says_the_word_is_recorded_and_who_says_something_else_is_not(site, office, adam):
    adam.picks("Record once the caller says a word", of="Record calls")
    adam.fills("Recording announcement", "May we record this call? Then say yes.")
    adam.fills("Consent word", "yes")
    publishes(adam)
    yes = site.rings(office["webhook"], "Yes, that is fine.", QUESTION)
    no = site.rings(office["webhook"], QUESTION, QUESTION)
    expect_to_be_heard(recording_of(adam, office, yes.result(CALL_SECONDS)))
    expect_none(adam, recording_of(adam, office, no.result(CALL_SECONDS)))
