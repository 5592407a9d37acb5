"""A team comes together; its keys are changed and stopped; the audit log tells all of it."""

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


@pytest.fixture
def olivia(visitors: Visitors, office: dict[str, Any]) -> Person:
    """The owner, on the overview."""
    page = visitors.comes()
    logs_in(page, email="owner@team.example", password=PASSWORD)
    page.goto(f"/o/{office['org']}/")
    return Person(page)


def test_somebody_who_is_invited_joins_with_the_role_meant_for_them(site, visitors, olivia):
    olivia.goes_to("Team")
    olivia.fills("E-mail address", "ida@example.com")
    olivia.picks("Member", of="Role")
    olivia.presses("Send the invitation")
    expect(olivia.main).to_contain_text("on its way to ida@example.com")

    ida = Person(visitors.comes())
    ida.opens(site.link_to("ida@example.com", about="Team Dental"))
    ida.follows("Sign up")
    ida.fills("Email", "ida@example.com")
    ida.fills("Password", PASSWORD)
    ida.presses("Sign up")
    ida.opens(site.link_to("ida@example.com", about="onfirm"))
    ida.presses("Confirm")
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


def test_a_credential_is_kept_and_never_shown_again(office, olivia):
    olivia.goes_to("Credentials")
    olivia.fills("Twilio auth token", TOKEN)
    olivia.presses("Check and save (Twilio)")
    expect(olivia.main).to_contain_text("Stored")
    assert TOKEN not in olivia.page.content()
    olivia.follows("Forget (Twilio)")
    olivia.presses("Forget")
    olivia.goes_to("Audit log")
    expect(olivia.main.get_by_role("row").nth(1)).to_contain_text("owner@team.example")
