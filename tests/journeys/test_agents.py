"""Writing an agent: a draft, a refused field, what differs, publishing and taking it back."""

import json
import re
from typing import Any, Final

import pytest
from playwright.sync_api import expect

from tests.journeys.chromium import Visitors, logs_in
from tests.journeys.person import Person
from tests.journeys.site import Site
from tests.journeys.world import PASSWORD

GREETING: Final = "Good morning, Harbour Dental. What can I do for you?"
REFUSED: Final = ("422",)  # the console reports the answer to a refused form


@pytest.fixture(scope="module")
def office(site: Site) -> dict[str, Any]:
    return site.make("office", name="Harbour Dental", slug="agents")


@pytest.fixture
def mia(visitors: Visitors, office: dict[str, Any]) -> Person:
    """A member, on the page of the agent."""
    page = visitors.comes(expected=REFUSED, accept_downloads=True)
    logs_in(page, email="member@agents.example", password=PASSWORD)
    page.goto(f"/o/{office['org']}/agents/{office['agent']}/")
    return Person(page)


def test_a_refused_field_is_explained_beside_it_and_keeps_what_was_typed(mia):
    mia.follows("Edit", within=mia.page.get_by_role("navigation", name="About this agent"))
    mia.fills("Greeting", GREETING)
    mia.fills("Wait after caller stops", "5")
    mia.presses("Save draft")
    wait = mia.main.get_by_label("Wait after caller stops", exact=True)
    expect(mia.main.get_by_label("Greeting", exact=True)).to_have_value(GREETING)
    expect(wait).to_have_value("5")
    expect(wait).to_have_accessible_description(re.compile("Enter a whole number"))


def test_a_draft_is_compared_published_and_taken_back(mia):
    mia.follows("Edit", within=mia.page.get_by_role("navigation", name="About this agent"))
    mia.fills("Greeting", GREETING)
    mia.presses("Save draft")
    expect(mia.main.get_by_role("deletion").first).to_be_visible()
    mia.presses("Publish")
    expect(mia.main).to_contain_text(GREETING)
    mia.follows("Versions")
    row = mia.main.get_by_role("row").filter(has_text="current")
    expect(row).to_contain_text("member@agents.example")
    mia.follows("2")
    mia.follows("Restore")
    mia.presses("Restore")
    expect(mia.main).not_to_contain_text(GREETING)


def test_a_copy_and_a_file_say_the_same(mia, office, tmp_path):
    mia.follows("Duplicate")
    mia.fills("Name of the copy", "Evening desk")
    mia.presses("Duplicate")
    expect(mia.main.get_by_role("heading", name="Evening desk")).to_be_visible()
    with mia.page.expect_download() as download:
        mia.presses("Export as file")
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    assert json.loads(file.read_text())
    mia.page.goto(f"/o/{office['org']}/agents/import/")
    mia.main.get_by_label("File").set_input_files(file)
    mia.presses("Import")
    expect(mia.main).to_contain_text("was imported and is inactive")
    expect(mia.main).to_contain_text("inactive")
