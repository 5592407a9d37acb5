"""Pages about archived agents: asked first, found again, restored."""

import pytest
from django.utils import timezone

from agents.models import Agent
from agents.saved_tests.models import SavedTest
from agents.versions.archiving import archive_agent
from agents.versions.drafts import draft_of, edit_draft, view_of
from agents.versions.publishing import edit_agent
from testing.office import browser_of
from usage.models import UnansweredQuestion


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
    sent = [(browser.post, path) for path in ("change/", "tests/run/", "discard/")]
    for ask, path in (*read, *sent):
        page = ask(page_of(acorn, path), follow=True)
        assert page.redirect_chain[-1][0] == page_of(acorn)
        assert "is archived. Restore it first." in page.text


@pytest.mark.parametrize(
    ("path", "typed"),
    [
        ("edit/", {"name": "Desk", "greeting": "We open at TEN."}),
        ("publish/", {"note": "Opens at TEN."}),
        ("versions/1/restore/", {"note": "Opened at TEN."}),
        ("facts/import/", {"text": "Opening hours: at TEN."}),
        ("facts/add/", {"topic-0": "Hours", "answer-0": "At TEN.", "take-0": "on"}),
        ("tests/new/", {"name": "TEN", "questions": "When do you open?", "must": "ten"}),
    ],
)
def test_a_form_that_was_open_while_its_agent_was_archived_keeps_its_text(
    acorn, browser, path, typed
):
    edit_draft(acorn.agent, actor=None, view="1", greeting="Hello there.")
    seen = view_of(acorn.agent, draft_of(acorn.agent))
    archive_agent(acorn.agent, actor=None, now=timezone.now())
    page = browser.post(page_of(acorn, path), {"view": seen} | typed)
    assert page.status_code == 422
    assert "TEN" in page.text
    assert path == "edit/" or "is archived. Restore it first." in page.text
    assert not SavedTest.objects.exists()
    assert stored(acorn).published.number == 1
    assert draft_of(acorn.agent).fields == {"greeting": "Hello there."}


def test_a_question_whose_agent_was_archived_keeps_the_answer(acorn, browser):
    asked = acorn.rings("CA1")
    question = UnansweredQuestion.objects.create(
        org=asked.org,
        agent=acorn.agent,
        call=asked,
        number=1,
        text="Parking?",
        asked_at=timezone.now(),
    )
    archive_agent(acorn.agent, actor=None, now=timezone.now())
    typed = {"topic": "Parking", "answer": "Behind the house.", "view": "1"}
    page = browser.post(page_of(acorn, f"questions/{question.pk}/fact/"), typed)
    assert page.status_code == 422
    assert "Behind the house." in page.text


def test_a_part_of_a_page_that_asks_again_leads_to_the_page_of_its_archived_agent(acorn, browser):
    archive_agent(acorn.agent, actor=None, now=timezone.now())
    part = browser.get(page_of(acorn, "tests/"), headers={"HX-Request": "true"})
    assert (part.status_code, part.headers["HX-Redirect"]) == (200, page_of(acorn))
    assert "is archived. Restore it first." in browser.get(page_of(acorn)).text


def test_a_name_copied_off_the_page_archives_its_agent(acorn, browser):
    edit_agent(acorn.agent, actor=None, name="\u05d0\u05dc\u05d5\u05df 7")
    acorn.hangs_up(acorn.rings("CA1"))
    copied = str(stored(acorn))
    assert copied.startswith("\u2068")
    assert browser.post(page_of(acorn, "archive/"), {"name": copied}).status_code == 302
    assert stored(acorn).archived_at is not None


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
