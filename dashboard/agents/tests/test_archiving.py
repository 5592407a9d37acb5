"""Pages about archived agents: asked first, found again, restored."""

import pytest
from django.utils import timezone

from agents.models import Agent
from agents.versions.archiving import archive_agent
from agents.versions.publishing import edit_agent
from testing.office import Office, browser_of


@pytest.fixture
def acorn(cast):
    return Office(cast.acorn)


@pytest.fixture
def browser(cast):
    return browser_of(cast.bob)


def page_of(office, path=""):
    return office.url(f"agents/{office.agent.public_id}/{path}")


def stored(office):
    return Agent.objects.get(pk=office.agent.pk)


def test_an_agent_that_had_calls_is_archived_by_its_name(acorn, browser):
    acorn.hangs_up(acorn.rings("CA1"))
    page = browser.get(page_of(acorn, "archive/"))
    for told in ("It has had 1 call or test.", "your only active", "+12025550100", "Open Numbers"):
        assert (told in page.text) == (told != "Open Numbers")  # bob is no admin
    wrong = browser.post(page_of(acorn, "archive/"), {"name": "Reception"})
    assert (wrong.status_code, stored(acorn).archived_at) == (422, None)
    typed = {"name": f"  {acorn.agent.name.upper()} "}
    done = browser.post(page_of(acorn, "archive/"), typed, follow=True)
    assert done.redirect_chain[-1][0].endswith("/agents/?archived=1")
    assert f"{acorn.agent.name} is archived." in done.text
    assert stored(acorn).archived_at is not None
    # Its calls are as they were.
    assert acorn.agent.name in browser.get(acorn.url("calls/CA1/")).text
    assert f"{acorn.agent.name} (archived)</option>" in browser.get(acorn.url("calls/")).text


def test_one_without_calls_needs_one_press_and_comes_back_inactive(acorn, browser):
    assert 'name="name"' not in browser.get(page_of(acorn, "archive/")).text
    browser.post(page_of(acorn, "archive/"))
    browser.post(page_of(acorn, "archive/"))  # a double click
    listed = browser.get(acorn.url("agents/")).text
    assert "All agents are archived." in listed
    assert "Archived agents (1)" in listed
    page = browser.get(page_of(acorn)).text
    assert "This agent is archived and takes no calls." in page
    assert "Answers calls" not in page
    again = browser.post(page_of(acorn, "restore/"), follow=True).text
    assert "is restored and inactive." in again
    assert "Answers calls" in again
    assert not stored(acorn).is_active


def test_what_would_change_an_archived_agent_leads_to_its_page(acorn, browser):
    archive_agent(acorn.agent, actor=None, now=timezone.now())
    read = [(browser.get, path) for path in ("edit/", "draft/", "facts/", "questions/", "tests/")]
    sent = [(browser.post, path) for path in ("edit/", "facts/import/", "tests/new/", "change/")]
    for ask, path in (*read, *sent):
        page = ask(page_of(acorn, path), follow=True)
        assert page.redirect_chain[-1][0] == page_of(acorn)
        assert "is archived. Restore it first." in page.text


def test_an_archived_agent_is_not_offered_for_tests_and_says_so_to_an_open_page(acorn, browser):
    archive_agent(acorn.agent, actor=None, now=timezone.now())
    assert acorn.agent.public_id not in browser.get(acorn.url("try/")).text
    told = browser.post(page_of(acorn, "try/"), {"door": "browser"})
    assert told.status_code == 409
    assert "is archived" in told.json()["words"]
    assert browser.get(page_of(acorn, "versions/")).status_code == 200
    assert browser.post(page_of(acorn, "export/")).status_code == 200


def test_a_name_is_shown_as_text_beside_the_field(acorn, browser):
    edit_agent(acorn.agent, actor=None, name="<b>Acorn & \U0001f333</b>")
    acorn.hangs_up(acorn.rings("CA1"))
    page = browser.get(page_of(acorn, "archive/")).text
    assert "“&lt;b&gt;Acorn &amp; \U0001f333&lt;/b&gt;”" in page
    assert "<b>Acorn" not in page


def test_a_viewer_archives_nothing(acorn, cast):
    for path in ("archive/", "restore/"):
        assert browser_of(cast.vera).post(page_of(acorn, path)).status_code == 403
