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
# The console reports the answer to a refused form, and to one that is too large.
REFUSED: Final = ("422", "413")


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
    # The page stays, and its button can be pressed again.
    export = mia.main.get_by_role("button", name="Export as file")
    expect(export).not_to_have_attribute("aria-busy", "true")
    assert json.loads(file.read_text())
    mia.page.goto(f"/o/{office['org']}/agents/import/")
    mia.main.get_by_label("File").set_input_files(file)
    mia.fills("Name", "Night desk")
    mia.presses("Import")
    expect(mia.main).to_contain_text("was imported and is inactive")
    expect(mia.main).to_contain_text("inactive")


def opens_the_editor(mia):
    mia.follows("Edit", within=mia.page.get_by_role("navigation", name="About this agent"))
    return mia.main.get_by_label("Greeting", exact=True)


def test_what_is_not_saved_is_asked_about_kept_and_offered_again(mia):
    questions = []

    def leaves(dialog):
        questions.append(dialog.type)
        dialog.accept()

    greeting = opens_the_editor(mia)
    was = greeting.input_value()
    mia.page.on("dialog", leaves)
    mia.fills("Greeting", "Written, and not saved.")
    expect(mia.main.get_by_text("Unsaved changes. Press")).to_be_in_viewport()
    editor = mia.page.url
    mia.goes_to("Overview")
    expect(mia.page).not_to_have_url(editor)
    assert questions == ["beforeunload"]
    mia.page.goto(editor)
    expect(mia.main.get_by_text("You have unsaved changes")).to_be_visible()
    expect(greeting).to_have_value(was)
    mia.presses("Restore changes")
    expect(greeting).to_have_value("Written, and not saved.")
    greeting.press("Control+s")
    expect(mia.page).to_have_url(re.compile("/draft/$"))
    expect(mia.main.get_by_text("Written, and not saved.")).to_be_visible()
    opens_the_editor(mia)
    expect(mia.main.get_by_text("You have unsaved changes")).to_be_hidden()
    mia.goes_to("Overview")
    expect(mia.page).not_to_have_url(editor)
    assert questions == ["beforeunload"]


def test_a_copy_is_not_put_over_a_colleagues_draft_unseen(mia, visitors, office):
    greeting = opens_the_editor(mia)
    mia.page.on("dialog", lambda dialog: dialog.accept())
    mia.fills("Greeting", "By a member.")
    editor = mia.page.url
    page = visitors.comes()
    logs_in(page, email="admin@agents.example", password=PASSWORD)
    page.goto(editor)
    ada = Person(page)
    ada.fills("Greeting", "By an admin.")
    ada.presses("Save draft")
    expect(page).to_have_url(re.compile("/draft/$"))
    mia.page.goto(editor)
    mia.presses("Restore changes")
    expect(greeting).to_have_value("By a member.")
    mia.presses("Save draft")
    expect(mia.main).to_contain_text("admin@agents.example changed this draft")
    mia.presses("Save draft")
    expect(mia.page).to_have_url(re.compile("/draft/$"))
    mia.presses("Discard draft")
    mia.presses("Restore draft")
    expect(mia.main.get_by_text("By a member.")).to_be_visible()
    mia.presses("Discard draft")


def test_a_text_that_is_too_long_is_refused_whole(mia):
    opens_the_editor(mia)
    facts = mia.main.get_by_label("Facts", exact=True)
    facts.focus()
    # Until the page's script runs, the browser cuts what is put in.
    expect(facts).not_to_have_attribute("maxlength", re.compile(r"\d"))
    facts.fill("Lift: " + "y" * 60_000)
    mia.presses("Save draft")
    expect(mia.main.get_by_role("alert")).to_contain_text("at most 50000 characters")
    assert len(facts.input_value()) == 60_006
    mia.page.on("dialog", lambda dialog: dialog.accept())
    mia.follows("Cancel")


def test_a_link_leads_to_the_fact_that_is_missing(mia):
    mia.page.on("dialog", lambda dialog: dialog.accept())
    opens_the_editor(mia)
    facts = mia.main.get_by_label("Facts", exact=True)
    facts.fill("Hours: [[when]]\nLift: Yes.\nParking: You park [[where]].")
    mia.presses("Save draft")
    mia.follows("Keep editing")
    expect(mia.main.get_by_role("heading", name="1 of 3 facts filled in")).to_be_visible()
    mia.follows("Parking")
    expect(facts).to_be_focused()
    chosen = "field => field.value.slice(field.selectionStart, field.selectionEnd)"
    assert facts.evaluate(chosen) == "[[where]]"
    mia.page.keyboard.type("behind the house")
    expect(facts).to_have_value(re.compile("You park behind the house"))


def test_a_file_that_is_too_large_is_refused_before_and_after_it_is_sent(mia, office, tmp_path):
    huge = tmp_path / "huge.json"
    huge.write_bytes(b" " * 8_000_000)
    mia.page.goto(f"/o/{office['org']}/agents/import/")
    file = mia.main.get_by_label("File")
    file.set_input_files(huge)
    expect(mia.main.get_by_role("alert")).to_have_text("The file is larger than 768 KB.")
    mia.presses("Import")
    expect(mia.page).to_have_url(re.compile("/agents/import/$"))
    expect(file).to_be_focused()
    # Where no script runs, it is sent, and the answer is a page of ours.
    file.evaluate("field => field.form.submit()")
    expect(mia.main.get_by_role("heading", level=1)).to_have_text("This is too large to send")
