"""Agents on the dashboard: listed, made from a starting point, renamed, copied."""

import asyncio
import json
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import AuditEntry
from agents.engines.cascade.clips import ClipCache
from agents.models import Agent
from agents.versions import voice_preview
from agents.versions.drafts import draft_of, save_draft, view_of
from agents.versions.port import MAX_BYTES
from agents.versions.publishing import create_agent, publish
from dashboard.agents import index as pages
from testing.engines import StubTextToSpeech
from testing.filled_forms import as_shown
from testing.office import Office, browser_of


@pytest.fixture
def browser(cast):
    return browser_of(cast.bob)


def page_of(office, path=""):
    return office.url(f"agents/{office.agent.public_id}/{path}")


def file_of(content):
    if not isinstance(content, bytes):
        content = json.dumps({"format": "voicex-agent", "format_version": 1} | content).encode()
    return {"file": SimpleUploadedFile("a.json", content)}


@pytest.mark.parametrize(
    "key", ["receptionist", "booking", "support", "survey", "messages", "empty"]
)
def test_a_new_agent_is_made_from_a_starting_point(cast, browser, key):
    new = f"/o/{cast.acorn.public_id}/agents/new/"
    assert f'value="{key}"' in browser.get(new).text
    page = browser.post(new, {"starter": key, "name": ""}, follow=True)
    agent = Agent.objects.get()
    assert (agent.org, agent.is_active, agent.published.number) == (cast.acorn, True, 1)
    assert "Acorn" in agent.published.greeting
    assert page.redirect_chain[-1][0].endswith(f"/agents/{agent.public_id}/edit/")
    assert agent.published.greeting in page.text


def test_a_new_agent_that_is_refused_leaves_nothing_behind(cast, browser):
    new = f"/o/{cast.acorn.public_id}/agents/new/"
    page = browser.post(new, {"starter": "booking", "name": "n" * 81})
    assert page.status_code == 422
    assert 'value="booking" checked' in page.text
    assert "n" * 81 in page.text
    assert browser.post(new, {"starter": "nonsense"}).status_code == 422
    assert not Agent.objects.exists()


def test_facts_that_wait_to_be_filled_in_are_named(cast, browser):
    new = f"/o/{cast.acorn.public_id}/agents/new/"
    page = browser.post(new, {"starter": "receptionist", "name": "Desk"}, follow=True)
    assert "3 of 10 facts filled in" in page.text
    links = re.findall(r'href="([^"]+)"\s+data-fill="(\d+)">([^<]+)</a>', page.text)
    editor = f"/o/{cast.acorn.public_id}/agents/{Agent.objects.get().public_id}/edit/"
    assert (f"{editor}?fill=3#id_facts", "3", "What is your address? Where are you?") in links
    assert len(links) == 7


def test_an_agent_whose_facts_are_filled_in_has_no_checklist(acorn, browser):
    publish(acorn.agent, facts="Hours: 9 to 5")
    assert "facts filled in" not in browser.get(page_of(acorn)).text


def test_the_agents_page_shows_its_url_with_the_key_masked(acorn, browser):
    text = browser.get(page_of(acorn)).text
    assert f"voice?api_key=vx_...&amp;agent_id={acorn.agent.public_id}" in text
    assert acorn.key_text not in text


def test_a_viewer_sees_the_greeting_and_nothing_else_that_was_written(cast, acorn):
    written = {"prompt": "canary prompt", "facts": "canary fact [[fill in]]", "note": "canary note"}
    publish(acorn.agent, actor=cast.bob, greeting="Hello there.", **written)
    acorn.agent.refresh_from_db()
    save_draft(acorn.agent, actor=cast.bob, view=view_of(acorn.agent, None), greeting="canary hi")
    viewer, member = browser_of(cast.vera), browser_of(cast.bob)
    pages = ("", "draft/", "versions/", "versions/2/", "versions/compare/?from=1&to=2")
    for page in pages:
        answer = member.get(page_of(acorn, page))
        assert answer.status_code == 200
        assert "canary" in answer.text
        answer = viewer.get(page_of(acorn, page))
        assert answer.status_code == (200 if page == "" else 403)
        assert "canary" not in answer.text
    for path in ("", "agents/", "onboarding/", "doctor/", "calls/", "live/"):
        assert "canary" not in viewer.get(acorn.url(path)).text
    own = viewer.get(page_of(acorn)).text
    assert "Hello there." in own
    assert "active" in own
    assert "/draft/" not in own
    assert "/versions/" not in own


def test_name_and_state_change_at_once_without_a_version(acorn, browser):
    page = browser.post(page_of(acorn, "change/"), {"name": "Desk"}, follow=True)
    assert "Applies from the next call" in page.text
    agent = Agent.objects.get()
    assert (agent.name, agent.is_active, agent.published.number) == ("Desk", False, 1)
    browser.post(page_of(acorn, "change/"), {"name": "Desk", "is_active": "on"})
    assert Agent.objects.get().is_active


def test_an_old_page_undoes_no_change_of_a_colleague(cast, acorn, browser):
    seen = as_shown(browser.get(page_of(acorn)).text, "is_active")
    browser_of(cast.adam).post(page_of(acorn, "change/"), {"name": acorn.agent.name})
    refused = browser.post(page_of(acorn, "change/"), seen | {"name": "n" * 81}).text
    assert "is_active" not in as_shown(refused, "is_active")  # it shows what is stored now
    page = browser.post(page_of(acorn, "change/"), seen | {"name": "Desk"}, follow=True)
    assert "in another tab, and kept: Answers calls." in page.text
    agent = Agent.objects.get()
    assert (agent.name, agent.is_active) == ("Desk", False)
    # Pressed once more on a page that shows it, it is meant.
    seen = as_shown(page.text, "is_active")
    page = browser.post(page_of(acorn, "change/"), seen | {"is_active": "on"}, follow=True)
    assert "Changed meanwhile" not in page.text
    assert Agent.objects.get().is_active


def test_a_name_that_is_refused_is_kept_in_its_field(acorn, browser):
    page = browser.post(page_of(acorn, "change/"), {"name": "n" * 81})
    assert page.status_code == 422
    assert 'id="id_name_error"' in page.text
    assert "n" * 81 in page.text
    assert f"<h1>{acorn.agent.name}</h1>" in page.text


def test_a_hostile_name_is_text_and_nothing_else(acorn, browser):
    Agent.objects.update(name="<img src=x onerror=alert(1)>")
    paths = ["", "edit/", "draft/", "versions/", "versions/1/", "versions/compare/"]
    paths += ["versions/1/restore/", "duplicate/", "import/"]
    for page in [acorn.url("agents/"), *(page_of(acorn, path) for path in paths)]:
        text = browser.get(page).text
        assert "<img" not in text
        assert "&lt;img src=x onerror=alert(1)&gt;" in text


def test_without_agents_the_list_says_what_to_do(cast, browser):
    page = browser.get(f"/o/{cast.acorn.public_id}/agents/")
    assert "No agents yet" in page.text
    assert f"/o/{cast.acorn.public_id}/agents/new/" in page.text


def test_the_list_shows_state_draft_and_the_calls_of_the_week(cast, acorn, browser):
    acorn.rings("CA" + "1" * 32)
    save_draft(acorn.agent, actor=cast.bob, view=view_of(acorn.agent, None), greeting="Hi.")
    text = browser.get(acorn.url("agents/")).text
    assert "draft pending" in text
    assert "default agent" in text
    assert '<td data-label="Calls, last 7 days" class="number">1</td>' in text


def test_the_list_takes_the_same_queries_however_many_agents_there_are(
    acorn, browser, django_assert_max_num_queries
):
    with django_assert_max_num_queries(10) as few:
        browser.get(acorn.url("agents/"))
    for _ in range(3):
        Office(acorn.org)
    with django_assert_max_num_queries(len(few)):
        browser.get(acorn.url("agents/"))


def test_the_list_continues_after_the_last_agent(acorn, browser, monkeypatch):
    monkeypatch.setattr(pages, "AGENTS_A_PAGE", 2)
    others = [create_agent(acorn.org, name=name) for name in ("Second", "Third")]
    first = browser.get(acorn.url("agents/")).text
    assert "Third" not in first
    assert f"?after={others[0].public_id}" in first
    second = browser.get(acorn.url(f"agents/?after={others[0].public_id}")).text
    assert "Third" in second
    assert ">Second<" not in second


def test_a_duplicate_is_inactive_and_says_the_same(acorn, browser):
    page = browser.post(page_of(acorn, "duplicate/"), {"name": "Night"}, follow=True)
    copy = Agent.objects.get(name="Night")
    assert (copy.is_active, copy.published.greeting) == (False, acorn.agent.published.greeting)
    assert "Night was created and is inactive." in page.text


def test_an_agent_goes_out_as_a_file_and_comes_in_again(acorn, browser, cast):
    file = browser.post(page_of(acorn, "export/"))
    assert file.headers["Content-Disposition"] == (
        'attachment; filename="acorn-desk.voicex-agent.json"'
    )
    sent = file_of(file.content) | {"name": "Second desk"}
    page = browser.post(acorn.url("agents/import/"), sent, follow=True)
    assert "was imported and is inactive" in page.text
    copy = Agent.objects.exclude(pk=acorn.agent.pk).get()
    assert (copy.org, copy.published.greeting) == (acorn.org, acorn.agent.published.greeting)
    actions = AuditEntry.objects.filter(actor=cast.bob).values_list("action", flat=True)
    assert {"agent.exported", "agent.imported"} <= set(actions)


def test_a_file_becomes_the_draft_of_an_agent(acorn, browser):
    view = view_of(acorn.agent, None)
    content = file_of({"name": "Other", "greeting": "From a file."})
    page = browser.post(page_of(acorn, "import/"), content | {"view": view}, follow=True)
    assert "The file is now the draft." in page.text
    assert draft_of(acorn.agent).fields == {"greeting": "From a file."}
    assert Agent.objects.get().name == acorn.agent.name


def test_a_file_is_not_put_over_a_colleagues_draft_unseen(cast, acorn, browser):
    view = view_of(acorn.agent, None)
    save_draft(acorn.agent, actor=cast.adam, view=view, greeting="Adam's.")
    content = file_of({"name": "Other", "greeting": "From a file."})
    page = browser.post(page_of(acorn, "import/"), content | {"view": view})
    assert page.status_code == 422
    assert "adam@example.com changed this draft" in page.text
    assert draft_of(acorn.agent).fields == {"greeting": "Adam&#x27;s.".replace("&#x27;", "'")}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "isn’t valid JSON"),
        (b" " * (MAX_BYTES * 3), "larger than 768 KB"),
        (b"\x89PNG", "isn’t valid JSON"),
        ({"name": "A", "greeting": 5}, "greeting: This must be a text"),
        ({"name": "A", "engines": {"llm": "<b>x</b>"}}, "llm: The engine"),
        ({"name": "A", "turn_taking": {"pause_ms": 1}}, "turn_taking.pause_ms: Enter a whole"),
        ({"name": "A", "recording": {"mode": "key"}}, "recording.sentence: Add the announcement"),
    ],
)
def test_a_file_that_is_refused_is_explained_by_its_fields(acorn, browser, content, words):
    for path in (acorn.url("agents/import/"), page_of(acorn, "import/")):
        page = browser.post(path, file_of(content) | {"view": view_of(acorn.agent, None)})
        assert page.status_code == 422
        assert words in page.text
        assert "<b>x</b>" not in page.text
    assert Agent.objects.count() == 1


def test_an_import_does_not_make_a_second_agent_of_one_name(acorn, browser):
    page = browser.post(acorn.url("agents/import/"), file_of({"name": "ACORN desk "}))
    assert page.status_code == 422
    said = page.text.split('id="id_name_error">')[1].split("</p>")[0]
    assert "already an agent called “ACORN desk”" in said
    assert Agent.objects.count() == 1


def test_the_page_of_an_import_knows_how_large_a_file_may_be(acorn, browser):
    for path in (acorn.url("agents/import/"), page_of(acorn, "import/")):
        text = browser.get(path).text
        assert f'data-max-bytes="{MAX_BYTES}"' in text
        assert 'data-too-large="The file is larger than 768 KB."' in text


def test_a_name_that_another_agent_has_is_refused_beside_its_field(acorn, browser):
    create_agent(acorn.org, name="Reception")
    for path, sent in (
        (page_of(acorn, "change/"), {"name": "reception", "is_active": "on"}),
        (page_of(acorn, "duplicate/"), {"name": "Reception"}),
        (acorn.url("agents/new/"), {"starter": "empty", "name": "Reception"}),
    ):
        page = browser.post(path, sent)
        assert page.status_code == 422
        said = page.text.split('id="id_name_error">')[1].split("</p>")[0]
        assert "There is already an agent called" in said
    assert Agent.objects.count() == 2


def test_a_new_agent_without_a_name_gets_one_that_is_free(cast, browser):
    for _ in range(2):
        browser.post(f"/o/{cast.acorn.public_id}/agents/new/", {"starter": "receptionist"})
    assert set(Agent.objects.values_list("name", flat=True)) == {"Reception", "Reception 2"}


def test_a_wrong_file_does_not_hide_that_a_colleague_was_faster(cast, acorn, browser):
    seen = {"view": view_of(acorn.agent, None)}
    save_draft(acorn.agent, actor=cast.adam, view=seen["view"], greeting="From Adam.")
    page = browser.post(page_of(acorn, "import/"), file_of(b"no file of ours") | seen).text
    seen = {"view": as_shown(page, "file")["view"]}
    page = browser.post(page_of(acorn, "import/"), file_of({"greeting": "Hi.", "name": "A"}) | seen)
    assert "adam@example.com changed this draft while you were editing." in page.text
    assert draft_of(acorn.agent).fields == {"greeting": "From Adam."}
    seen = {"view": as_shown(page.text, "file")["view"]}
    browser.post(page_of(acorn, "import/"), file_of({"greeting": "Hi.", "name": "A"}) | seen)
    assert draft_of(acorn.agent).fields == {"greeting": "Hi."}


def test_an_import_without_a_file_says_so(acorn, browser):
    page = browser.post(acorn.url("agents/import/"), {})
    assert page.status_code == 422
    assert 'id="id_file_error"' in page.text


def test_what_is_published_is_shown_with_its_note(cast, acorn, browser):
    publish(acorn.agent, actor=cast.bob, note="Summer hours", greeting="Hi.")
    text = browser.get(page_of(acorn)).text
    assert "Summer hours" in text
    assert cast.bob.email in text


def test_what_sounds_wrong_is_spoken_anew_at_the_next_call(acorn, browser, settings, tmp_path):
    settings.VAR_DIR = tmp_path
    voice_preview._clips.cache_clear()
    calls = ClipCache(tmp_path / "clips")
    owner = acorn.org.public_id
    asyncio.run(calls.prepare(StubTextToSpeech(), "Hello.", owner=owner))
    assert calls.find("told", "Hello.", owner=owner)
    page = browser.post(page_of(acorn, "speak-anew/"), follow=True)
    assert "The audio is regenerated" in page.text
    assert calls.find("told", "Hello.", owner=owner) is None
    entry = AuditEntry.objects.latest("sequence")
    assert (entry.action, entry.target) == ("agent.voice_forgotten", acorn.agent.name)
    voice_preview._clips.cache_clear()
