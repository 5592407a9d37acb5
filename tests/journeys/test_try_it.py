"""Trying an agent in the browser: talking, interrupting, typing, sending a recording."""

from collections.abc import Iterator
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Locator, Playwright, expect

from testing.services.servers import wait_until
from tests.journeys.chromium import Visitors, launched, logs_in
from tests.journeys.ears import Ears
from tests.journeys.microphone import Mouth, record
from tests.journeys.person import Person
from tests.journeys.site import QUESTION, Site
from tests.journeys.world import PASSWORD

ANSWER: Final = "eight in the morning"  # when Harbour Dental opens
CALL_MS: Final = 60_000


@pytest.fixture(scope="module")
def chromium(playwright: Playwright, site: Site) -> Iterator[Browser]:
    """Its microphone asks once in a minute."""
    wav = record(site.directory / "patient.wav", 5.0, site.say(QUESTION), 60.0)
    with launched(playwright, microphone=wav) as browser:
        yield browser


@pytest.fixture(scope="module")
def office(site: Site) -> dict[str, Any]:
    return site.make("office", name="Trial Dental", slug="trial")


@pytest.fixture
def mia(visitors: Visitors, office: dict[str, Any]) -> Person:
    """A member, on the page where agents are tried."""
    page = visitors.comes()
    logs_in(page, email="member@trial.example", password=PASSWORD)
    page.goto(f"/o/{office['org']}/try/")
    return Person(page)


def turns(mia: Person) -> Locator:
    """What was said, in order."""
    return mia.main.get_by_role("listitem")


def test_an_agent_answers_what_is_said_into_the_microphone(mia):
    ears = Ears(mia.page)
    mia.page.reload()
    mia.presses("Talk")
    expect(turns(mia).filter(has_text=ANSWER).first).to_be_visible(timeout=CALL_MS)
    ears.hear(2.0, timeout_ms=CALL_MS)
    mia.presses("End call")
    expect(mia.main.get_by_role("link", name="Open call details")).to_be_visible()


def test_an_agent_that_is_interrupted_stops_and_what_was_not_heard_is_struck_out(mia, site):
    question = record(site.directory / "question.wav", site.say(QUESTION))
    ears, mouth = Ears(mia.page), Mouth(mia.page)
    mia.page.reload()
    mia.presses("Talk")
    # The greeting has been heard.
    expect(mia.main.get_by_text("It is your turn")).to_be_visible(timeout=CALL_MS)
    mouth.says(question)
    interrupted = turns(mia).filter(has=mia.page.get_by_role("deletion"))

    def is_interrupted() -> bool:
        """Whatever the agent has understood, on a machine that chops the words up: it answers."""
        ears.hear(0.5, timeout_ms=CALL_MS)
        mouth.says(question)
        return interrupted.count() > 0

    wait_until(is_interrupted, "an answer is struck out in part", seconds=CALL_MS / 1000)
    expect(interrupted.first).to_contain_text("interrupted")
    ears.hear_nothing(timeout_ms=CALL_MS)
    assert ears.cut_off_ms() > 0
    mia.presses("End call")
    mia.follows("Open call details")
    expect(mia.main.get_by_role("deletion").first).to_be_visible()


def test_an_agent_answers_what_is_typed(mia):
    mia.fills("Or type", "When are you open?")
    mia.presses("Send")
    expect(turns(mia).filter(has_text=ANSWER).first).to_be_visible(timeout=CALL_MS)
    expect(turns(mia).filter(has_text="When are you open?")).to_be_visible()
    mia.presses("End call")
    expect(mia.main.get_by_role("link", name="Open call details")).to_be_visible()


def test_an_agent_answers_a_recording(mia, site):
    wav = record(site.directory / "caller.wav", 0.5, site.say(QUESTION), 0.5)
    mia.main.get_by_text("Or send a recording").click()
    mia.main.get_by_label("Recording of a caller").set_input_files(wav)
    mia.presses("Send recording")
    expect(turns(mia).filter(has_text=ANSWER).first).to_be_visible(timeout=CALL_MS)
    # The call ends by itself when the agent has answered and nothing more comes.
    expect(mia.main.get_by_role("link", name="Open call details")).to_be_visible(timeout=CALL_MS)


def test_the_draft_is_tried_beside_its_editor_and_callers_hear_nothing_of_it(mia, office):
    mia.page.goto(f"/o/{office['org']}/agents/{office['agent']}/edit/")
    facts = mia.main.get_by_label("Facts", exact=True)
    facts.fill("Do you like dogs?: Yes, bring your dog along.\n" + facts.input_value())
    mia.presses("Save draft")
    panel = mia.page.get_by_role("region", name="Talk to Trial Dental desk")
    expect(panel).to_contain_text("Draft, version 3")
    mia.presses("Do you like dogs?", within=panel)
    answer = panel.get_by_role("listitem").filter(has_text="bring your dog along")
    expect(answer).to_be_visible(timeout=CALL_MS)
    mia.presses("End call", within=panel)
    mia.follows("Open call details", within=panel)
    expect(mia.main).to_contain_text("Trial Dental desk, draft of version 3")
    mia.page.goto(f"/o/{office['org']}/agents/{office['agent']}/")
    mia.follows("Try it", within=mia.main)
    expect(mia.main).to_contain_text("Version 2")
    mia.follows("Draft", within=mia.page.get_by_role("navigation", name="Which version"))
    expect(mia.main).to_contain_text("Draft, version 3")
