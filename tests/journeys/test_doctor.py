"""The setup doctor: what is missing turns green step by step; what is wrong has its name."""

from typing import Any, Final

import httpx
import pytest
from playwright.sync_api import Locator, expect

from telephony.simulator.plan import new_call_sid
from testing.twilio.rest_api import SID, TOKEN, number
from tests.journeys.chromium import Visitors, logs_in
from tests.journeys.person import Person
from tests.journeys.site import QUESTION, Site
from tests.journeys.world import PASSWORD

LOOKED_MS: Final = 60_000
OTHER_ACCOUNT: Final = "AC" + "2" * 32
OTHER_TOKEN: Final = "0123456789abcdef" * 2


@pytest.fixture(scope="module")
def office(site: Site) -> dict[str, Any]:
    return site.make("office", name="Doctor Dental", slug="doctor")


@pytest.fixture
def adam(visitors: Visitors, office: dict[str, Any]) -> Person:
    """An admin, on the overview."""
    page = visitors.comes(expected=("422",))  # the console reports the answer to a refused form
    logs_in(page, email="admin@doctor.example", password=PASSWORD)
    page.goto(f"/o/{office['org']}/")
    return Person(page)


def check(reader: Person, title: str) -> Locator:
    """What the doctor's page says under `title`."""
    heading = reader.page.get_by_role("heading", name=title)
    return reader.main.get_by_role("listitem").filter(has=heading)


def runs_after(call_sid: str, reader: Person) -> None:
    """Run the doctor, which may be run ten times a minute, when that request is in the log."""
    reader.goes_to("Webhook log")
    row = reader.waits_for_row(call_sid)
    if row.get_by_role("link", name=call_sid).count():
        reader.follows(call_sid, within=row)
        # What is kept of a call is complete when it is settled.
        settled = reader.main.get_by_text("completed", exact=True).first
        expect(settled).to_be_visible(timeout=LOOKED_MS)
    reader.goes_to("Setup doctor")


def gives_account(reader: Person, sid: str, token: str) -> None:
    """Save the organization's Twilio account."""
    reader.goes_to("Credentials")
    reader.fills("Twilio Account SID", sid)
    reader.fills("Twilio auth token", token)
    reader.presses("Save (Twilio)")


def test_what_is_missing_turns_green_step_by_step(site, office, adam):
    adam.goes_to("Setup doctor")
    for title, words in (
        ("Twilio’s latest request", "No request with one of your keys has arrived yet"),
        ("Twilio’s signature", "No auth token is saved"),
        ("Twilio account", "Calls from any Twilio account that has your URL are answered"),
        ("Audio stream", "There has been no phone call yet"),
        ("Playback confirmation", "Available after a call with an audio stream"),
    ):
        expect(check(adam, title)).to_contain_text(words)
    expect(check(adam, "Response at the public URL")).to_contain_text(
        "can reach itself", timeout=LOOKED_MS
    )

    # A phone whose carrier never opens the stream, as behind a proxy without WebSockets.
    form = {"CallSid": new_call_sid(), "AccountSid": SID, "From": "+1", "To": "+2"}
    assert httpx.post(office["webhook"], data=form, timeout=LOOKED_MS / 1000).status_code == 200
    adam.goes_to("Webhook log")
    adam.waits_for_row(form["CallSid"])
    adam.goes_to("Setup doctor")
    expect(check(adam, "Twilio’s latest request (OK)")).to_contain_text("It was answered")
    expect(check(adam, "Audio stream (OK)")).to_have_count(0)

    call = site.phone(office["webhook"], account_sid=SID)
    assert call.outcome == "connected"
    runs_after(call.call_sid, adam)
    expect(check(adam, "Audio stream (OK)")).to_contain_text(
        "audio stream of the latest call opened"
    )
    expect(check(adam, "Playback confirmation (OK)")).to_contain_text("Twilio confirmed")


def test_the_account_is_given_checked_and_held_to(site, office, adam):
    gives_account(adam, SID, OTHER_TOKEN)
    expect(adam.main).to_contain_text("Twilio rejected this auth token")
    gives_account(adam, SID, TOKEN)
    expect(adam.main).to_contain_text("Twilio account saved")

    foreign = site.phone(office["webhook"], account_sid=OTHER_ACCOUNT, auth_token=TOKEN)
    assert foreign.outcome == "refused"
    runs_after(foreign.call_sid, adam)
    expect(check(adam, "Twilio account (Failing)")).to_contain_text(
        "a different Twilio account than yours and was refused"
    )
    expect(check(adam, "Twilio account (Failing)")).to_contain_text("remove your URL")

    forged = site.phone(office["webhook"], account_sid=SID, auth_token=OTHER_TOKEN)
    assert forged.outcome == "refused"
    runs_after(forged.call_sid, adam)
    expect(check(adam, "Twilio’s signature (Failing)")).to_contain_text(
        "The latest request was not signed with your token"
    )
    expect(check(adam, "Twilio’s signature (Failing)")).to_contain_text(
        "Earlier requests were correct"
    )

    own = site.phone(office["webhook"], account_sid=SID, auth_token=TOKEN)
    assert own.outcome == "connected"
    runs_after(own.call_sid, adam)
    for title in ("Twilio’s signature", "Twilio account", "Audio stream", "Server clock"):
        expect(check(adam, f"{title} (OK)")).to_be_visible(timeout=LOOKED_MS)


def test_a_number_is_set_in_one_click_and_then_answered(site, office, adam):
    gives_account(adam, SID, TOKEN)
    site.twilio.numbers = [number(1), number(2, voice_url="https://elsewhere.example/voice")]
    adam.goes_to("Numbers")
    first = adam.main.get_by_role("row").filter(has_text="+12025550001")
    expect(first).to_contain_text("Not connected")
    expect(adam.main).to_contain_text("Connected elsewhere: elsewhere.example")
    adam.presses(f"{office['agent_name']} (+12025550001)", within=first)
    expect(first).to_contain_text(f"Connected to {office['agent_name']}")
    assert site.twilio.numbers[1]["voice_url"] == "https://elsewhere.example/voice"

    line = site.twilio.numbers[0]
    answered = site.phone(
        line["voice_url"], QUESTION, status_callback=line["status_callback"],
        account_sid=SID, auth_token=TOKEN,
    )  # fmt: skip
    assert answered.ok, answered.errors
