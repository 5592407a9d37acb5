"""A team comes together; its keys are changed and stopped; the audit log has all of it."""

import re
from typing import Any, Final

import pytest
from playwright.sync_api import expect

from tests.journeys.chromium import Visitors, logs_in
from tests.journeys.person import Person
from tests.journeys.site import Site
from tests.journeys.world import PASSWORD

TOKEN: Final = "0123456789abcdef" * 2


@pytest.fixture(scope="module")
def office(site: Site) -> dict[str, Any]:
    return site.make("office", name="Team Dental", slug="team")


def member(visitors: Visitors, office: dict[str, Any], role: str) -> Person:
    """Who has that role, on the overview."""
    page = visitors.comes()
    logs_in(page, email=f"{role}@team.example", password=PASSWORD)
    page.goto(f"/o/{office['org']}/")
    return Person(page)


@pytest.fixture
def olivia(visitors: Visitors, office: dict[str, Any]) -> Person:
    return member(visitors, office, "owner")


@pytest.fixture
def adam(visitors: Visitors, office: dict[str, Any]) -> Person:
    return member(visitors, office, "admin")


def test_an_invited_person_joins_with_the_role_meant_for_them(site, visitors, olivia):
    olivia.goes_to("Team")
    olivia.fills("Email", "ida@example.com")
    olivia.picks("Member", of="Role")
    olivia.presses("Send invitation")
    expect(olivia.main).to_contain_text("Invitation sent to ida@example.com")

    ida = Person(visitors.comes())
    ida.opens(site.link_to("ida@example.com", about="Team Dental"))
    ida.follows("Sign up")
    ida.fills("Email", "ida@example.com")
    ida.fills("Password", PASSWORD)
    ida.presses("Sign up")
    # The mailed link has proved the address: no mail to confirm it is awaited.
    expect(ida.main.get_by_role("heading", name="Join Team Dental")).to_be_visible()
    ida.presses("Join")
    expect(ida.page.get_by_role("link", name="Try it")).to_be_visible()
    expect(ida.page.get_by_role("link", name="Audit log")).to_have_count(0)

    olivia.page.reload()
    olivia.picks("Viewer", of="Role of ida@example.com")
    row = olivia.main.get_by_role("row").filter(has_text="ida@example.com")
    olivia.presses("Change", within=row)
    expect(olivia.main).to_contain_text("ida@example.com is now viewer")
    ida.page.reload()
    expect(ida.page.get_by_role("link", name="Try it")).to_have_count(0)


def test_a_rotated_key_answers_beside_the_new_one_until_it_is_revoked(site, office, adam):
    adam.goes_to("API keys")
    adam.follows(re.compile(office["prefix"]))
    adam.follows("Rotate")
    adam.confirms("Rotate")
    expect(adam.main).to_contain_text("keeps working for 7 days")
    field = adam.main.get_by_label(f"Webhook URL for {office['agent_name']}", exact=True)
    new = field.input_value()
    assert office["prefix"] not in new
    for webhook in (office["webhook"], new):
        answered = site.phone(webhook)
        assert answered.ok, answered.errors
        assert answered.measurements.agent_spoke_ms > 0

    adam.goes_to("API keys")
    adam.follows(re.compile(office["prefix"]))
    adam.follows("Revoke")
    adam.confirms("Revoke")
    expect(adam.main).to_contain_text("is revoked. Calls that use it are refused.")
    refused = site.phone(office["webhook"])
    assert refused.outcome == "refused"
    adam.goes_to("Webhook log")
    row = adam.waits_for_row(refused.call_sid)
    expect(row).to_contain_text("Refused")
    expect(row).to_contain_text("The API key in the URL is revoked.")
    adam.goes_to("Setup doctor")
    latest = adam.main.get_by_role("listitem").filter(has_text="Twilio’s latest request")
    expect(latest).to_contain_text("It was not answered: The API key in the URL is revoked.")

    answered = site.phone(new)
    assert answered.ok, answered.errors
    adam.goes_to("Webhook log")
    expect(adam.waits_for_row(answered.call_sid)).to_contain_text("Answered")
    adam.goes_to("Audit log")
    for act in ("rotated", "revoked"):
        expect(adam.main.get_by_role("row").filter(has_text=act).first).to_contain_text(
            "admin@team.example"
        )


def test_a_credential_is_kept_and_never_shown_again(office, olivia):
    olivia.goes_to("Credentials")
    olivia.fills("Twilio auth token", TOKEN)
    olivia.presses("Save (Twilio)")
    expect(olivia.main).to_contain_text("Saved")
    assert TOKEN not in olivia.page.content()
    olivia.follows("Remove (Twilio)")
    olivia.confirms("Remove")
    olivia.goes_to("Audit log")
    expect(olivia.main.get_by_role("row").nth(1)).to_contain_text("owner@team.example")
