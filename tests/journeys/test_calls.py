"""Calls while live, afterwards, and as they are found again; recordings; usage."""

import csv
import io
import re
from typing import Any, Final

import pytest
from playwright.sync_api import expect

from telephony.simulator.caller import CallerBehaviour
from tests.journeys.chromium import Visitors, logs_in
from tests.journeys.ears import Ears
from tests.journeys.person import Person
from tests.journeys.site import CALL_SECONDS, QUESTION, Site
from tests.journeys.world import PASSWORD

ANSWER: Final = "eight in the morning"  # when Harbour Dental opens
CALL_MS: Final = 60_000
FRAMES_UNTIL_CLOSED: Final = """(path) => new Promise((done) => {
  let frames = 0;
  const socket = new WebSocket(new URL(path, location.href.replace(/^http/, "ws")));
  socket.onmessage = () => { frames += 1; };
  socket.onclose = () => done(frames);
})"""


@pytest.fixture(scope="module")
def office(site: Site) -> dict[str, Any]:
    return site.make("office", name="Call Dental", slug="calls")


@pytest.fixture
def adam(visitors: Visitors, office: dict[str, Any]) -> Person:
    """An admin, on the overview."""
    page = visitors.comes(accept_downloads=True)
    logs_in(page, email="admin@calls.example", password=PASSWORD)
    page.goto(f"/o/{office['org']}/")
    return Person(page)


def test_a_live_call_is_followed_and_hung_up_upon(site, office, adam):
    adam.goes_to("Live")
    expect(adam.main).to_contain_text("No calls in progress")
    call = site.rings(office["webhook"], QUESTION, manner=CallerBehaviour(repeat_until_ms=120_000))
    line = adam.main.get_by_role("row").filter(has_text="+14155550132")
    expect(line).to_be_visible(timeout=CALL_MS)  # without loading the page again
    adam.follows("+14155550132", within=line)
    expect(adam.main).to_contain_text("when are you open", ignore_case=True, timeout=CALL_MS)
    expect(adam.main).to_contain_text(ANSWER, timeout=CALL_MS)
    adam.follows("Hang up")
    adam.confirms("Hang up")
    result = call.result(CALL_SECONDS)
    assert result.outcome == "connected"
    expect(adam.main.get_by_role("heading", name="Timeline")).to_be_visible(timeout=CALL_MS)
    adam.goes_to("Audit log")
    expect(adam.main.get_by_role("row").nth(1)).to_contain_text(result.call_sid)


def test_an_admin_listens_in_on_a_live_call_and_a_viewer_may_not(site, office, adam, visitors):
    ears = Ears(adam.page)
    call = site.rings(office["webhook"], QUESTION, manner=CallerBehaviour(repeat_until_ms=120_000))
    adam.goes_to("Live")
    adam.presses("Listen in")
    expect(adam.main).to_contain_text("You’re listening to both sides", timeout=CALL_MS)
    ears.hear(2.0, timeout_ms=CALL_MS)

    page = visitors.comes(expected=("WebSocket connection",))
    logs_in(page, email="viewer@calls.example", password=PASSWORD)
    page.goto(f"/o/{office['org']}/")
    vera = Person(page)
    vera.goes_to("Live")
    expect(vera.main.get_by_role("row").filter(has_text="+14155550132")).to_be_visible()
    expect(vera.main.get_by_role("button", name="Listen in")).to_have_count(0)
    path = adam.main.get_by_role("button", name="Stop listening").get_attribute("data-listen")
    assert vera.page.evaluate(FRAMES_UNTIL_CLOSED, path) == 0

    adam.presses("Stop listening")
    adam.follows("Hang up")
    adam.confirms("Hang up")
    call_sid = call.result(CALL_SECONDS).call_sid
    adam.goes_to("Audit log")
    heard = adam.main.get_by_role("row").filter(has_text="istened").filter(has_text=call_sid)
    expect(heard).to_have_count(1)
    expect(heard).to_contain_text("admin@calls.example")


def test_a_finished_call_shows_who_spoke_when_and_why_an_answer_took_its_time(site, office, adam):
    result = site.phone(office["webhook"], QUESTION)
    assert result.ok, result.errors
    adam.goes_to("All calls")
    adam.main.get_by_role("row").nth(1).get_by_role("link").first.click()
    expect(adam.main.get_by_role("heading", name="Timeline")).to_be_visible()
    turns = adam.main.get_by_role("group", name="Call turns")
    expect(turns.get_by_role("link")).to_have_count(3)
    expect(adam.main).to_contain_text("median response")
    expect(adam.main.get_by_role("heading", name="Response times")).to_be_visible()
    expect(adam.main).to_contain_text("Speech-to-text")


def test_calls_are_filtered_found_by_words_kept_as_a_view_and_downloaded(site, office, adam):
    adam.goes_to("All calls")
    adam.main.get_by_text("Filter and search").click()
    adam.fills("Transcript contains", "tomorrow")
    adam.presses("Apply")
    found = adam.main.get_by_role("row")
    expect(found.nth(1)).to_be_visible()
    adam.fills("Save as", "About tomorrow")
    adam.presses("Save view")
    views = adam.main.get_by_role("navigation", name="Saved views")
    expect(views.get_by_role("link", name="About tomorrow")).to_be_visible()
    with adam.page.expect_download() as download:
        adam.follows("Download as CSV")
    rows = list(csv.reader(io.StringIO(download.value.path().read_text("utf-8-sig"))))
    assert len(rows) == found.count()
    adam.follows("All calls", within=views)
    adam.main.get_by_text("Filter and search").click()
    adam.fills("Transcript contains", "giraffe")
    adam.presses("Apply")
    expect(adam.main).to_contain_text("No matching calls")


def test_who_consents_is_recorded_heard_and_deleted_again(site, office, adam):
    adam.page.goto(f"/o/{office['org']}/agents/{office['agent']}/edit/")
    adam.picks("Record and announce it", of="Record calls")
    adam.fills("Recording announcement", "This call is recorded.")
    adam.presses("Save draft")
    adam.presses("Publish")
    result = site.phone(office["webhook"], QUESTION)
    assert result.ok, result.errors
    adam.page.goto(f"/o/{office['org']}/calls/{result.call_sid}/")
    # Without loading the page again: settled, and its sound stored.
    expect(adam.main.get_by_text("completed", exact=True).first).to_be_visible(timeout=CALL_MS)
    recording = adam.main.get_by_label("Call recording")
    expect(recording).to_be_visible(timeout=CALL_MS)
    assert recording.evaluate(
        "async (e) => { await e.play(); e.pause(); return e.duration > 3 && e.readyState > 1 }"
    )
    adam.follows("Delete recording")
    adam.confirms(re.compile("Delete"))
    expect(recording).to_have_count(0)
    expect(adam.main).to_contain_text("deleted")
