"""The pages of saved tests: written, run before publishing, and what came of them."""

import pytest
from celery import current_app
from django.core.cache import cache

from accounts.models import AuditEntry
from agents.saved_tests.models import SavedTest, TestRun
from agents.versions.drafts import draft_of, save_draft, view_of
from testing.filled_forms import as_shown
from testing.office import Office, browser_of
from usage.models import CallRules
from usage.saved_tests import work

pytestmark = pytest.mark.django_db

WRITTEN = {"name": "Sundays", "questions": "Are you open on Sundays?", "must": "closed"}


@pytest.fixture(autouse=True)
def no_broker(monkeypatch):
    cache.clear()
    monkeypatch.setattr(current_app, "send_task", lambda name, **_: None)


@pytest.fixture
def bob(cast):
    return browser_of(cast.bob)


def url(acorn, rest=""):
    return acorn.url(f"agents/{acorn.agent.public_id}/tests/{rest}")


def test_a_member_writes_changes_and_deletes_a_test(acorn, bob):
    assert "No tests yet" in bob.get(url(acorn)).text
    assert bob.post(url(acorn, "new/"), WRITTEN | {"must": ""}).status_code == 422
    assert bob.post(url(acorn, "new/"), WRITTEN).status_code == 302
    test = SavedTest.objects.get()
    assert "not run yet" in bob.get(url(acorn)).text
    bob.post(url(acorn, f"{test.pk}/"), WRITTEN | {"is_required": "on"})
    assert "must pass" in bob.get(url(acorn)).text
    assert "Delete the test Sundays?" in bob.get(url(acorn, f"{test.pk}/delete/")).text
    bob.post(url(acorn, f"{test.pk}/delete/"))
    assert not SavedTest.objects.exists()
    actions = AuditEntry.objects.filter(action__startswith="saved_test.")
    assert set(actions.values_list("action", flat=True)) == {
        "saved_test.created", "saved_test.changed", "saved_test.deleted",
    }  # fmt: skip


def test_an_old_page_undoes_nothing_of_a_colleague(acorn, bob):
    bob.post(url(acorn, "new/"), WRITTEN)
    page = url(acorn, f"{SavedTest.objects.get().pk}/")
    seen = as_shown(bob.get(page).text, "questions")
    SavedTest.objects.update(must="closed\ntoday")
    answer = bob.post(page, seen | {"name": "Weekends"}, follow=True).text
    assert "and kept: The answer must have." in answer
    test = SavedTest.objects.get()
    assert (test.name, test.must) == ("Weekends", "closed\ntoday")


def test_publishing_runs_the_tests_and_asks(acorn, bob):
    agent = acorn.agent
    bob.post(url(acorn, "new/"), WRITTEN)
    script = {"scripted.llm_ms": 0, "scripted.token_ms": 0, "scripted.replies": ["We are open."]}
    view = view_of(agent, draft_of(agent))
    save_draft(agent, actor=None, view=view, llm="scripted", settings={"engines": script})
    publish = acorn.url(f"agents/{agent.public_id}/publish/")
    sent = {"view": view_of(agent, draft_of(agent)), "note": "", "accepted": ""}
    page = bob.post(publish, sent).text
    assert "The saved tests are running with these changes." in page
    assert 'hx-trigger="every 2s"' in bob.get(url(acorn)).text
    work.run_due(now=TestRun.objects.get().created_at)
    page = bob.post(publish, sent).text
    assert "“Sundays” failed. Not in the answer: “closed”." in page
    page = bob.get(url(acorn)).text
    assert "0 of 1 passed" in page
    assert "every 2s" not in page
    run = bob.get(url(acorn, f"runs/{TestRun.objects.get().pk}/")).text
    assert "We are open." in run
    assert "Not in the answer: “closed”." in run


def test_a_member_is_told_why_nothing_is_run(acorn, bob):
    bob.post(url(acorn, "new/"), WRITTEN)
    CallRules.objects.create(org=acorn.org, daily_micros=0)
    assert "A budget was used up." in bob.post(url(acorn, "run/"), follow=True).text
    assert not TestRun.objects.exists()


def test_nothing_of_another_organization_is_found(acorn, bob, cast):
    bob.post(url(acorn, "new/"), WRITTEN)
    birch = Office(cast.birch)
    other = browser_of(cast.charlie)
    for rest in (f"{SavedTest.objects.get().pk}/", "runs/1/"):
        assert other.get(url(birch, rest)).status_code == 404
        assert other.get(url(acorn, rest)).status_code == 404
