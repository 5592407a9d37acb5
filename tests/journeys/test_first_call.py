"""From sign-up to an answer about one's own hours, then to the first call: counted and timed."""

import re
import time
from collections.abc import Iterator
from typing import Final

import pytest
from playwright.sync_api import Browser, Playwright, expect

from testing.twilio.rest_api import SID
from tests.journeys.chromium import launched
from tests.journeys.microphone import record
from tests.journeys.person import Person
from tests.journeys.site import Site

QUESTION: Final = "How long does it take until somebody answers?"
HOURS: Final = "Monday to Thursday from ten to four"
ANSWER: Final = "next working day"
MOST_ACTS: Final = 12
MOST_SECONDS: Final = 180
CALL_MS: Final = 45_000


@pytest.fixture(scope="module")
def chromium(playwright: Playwright, site: Site) -> Iterator[Browser]:
    """Its microphone waits for the greeting's end, asks, and listens."""
    wav = record(site.directory / "first_call.wav", 8.0, site.say(QUESTION), 20.0)
    with launched(playwright, microphone=wav) as browser:
        yield browser


def test_from_sign_up_to_a_heard_answer_and_the_first_call(site, visitors, record_property):
    page = visitors.comes()
    nora = Person(page)
    page.goto("/accounts/signup/")
    began = time.monotonic()

    nora.fills("Email", "nora@example.com")
    nora.fills("Password", "correct horse battery")
    nora.presses("Sign up")
    nora.opens(site.link_to("nora@example.com", about=""))
    nora.presses("Confirm")
    nora.fills("Name", "Harbour Clinic")
    nora.fills("Opening hours", HOURS)
    nora.presses("Create agent")
    expect(page.get_by_role("heading", name="4 of 10 facts filled in")).to_be_visible()
    nora.presses("Talk")
    panel = page.get_by_role("region", name="Talk to Reception")
    answer = panel.get_by_role("listitem").filter(has_text=ANSWER)
    expect(answer).to_be_visible(timeout=CALL_MS)
    nora.presses("End call", within=panel)
    expect(panel.get_by_role("link", name="Open call details")).to_be_visible()
    nora.presses("What are your opening hours?", within=panel)
    hours = panel.get_by_role("listitem").filter(has_text=HOURS)
    expect(hours).to_be_visible(timeout=CALL_MS)
    seconds = time.monotonic() - began
    assert nora.acts <= MOST_ACTS
    assert seconds < MOST_SECONDS
    record_property("acts", nora.acts)
    record_property("seconds", round(seconds, 1))
    nora.presses("End call", within=panel)

    webhook = page.get_by_label("Webhook URL").input_value()
    waiting = page.get_by_role("region", name="Call your number")
    expect(waiting).to_contain_text("Waiting for Twilio’s first request")
    simulated = site.phone(webhook)
    assert simulated.ok, simulated.errors
    expect(waiting).to_contain_text("Only simulated calls have been answered")
    result = site.phone(webhook, QUESTION, account_sid=SID)
    assert result.ok, result.errors
    expect(waiting).to_contain_text("Your first call was answered")
    nora.follows("Read the transcript", within=waiting)
    expect(page.get_by_role("main")).to_contain_text(re.compile(ANSWER))
