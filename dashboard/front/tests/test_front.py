"""What visitors see: the first page, an agent to ask, the status, the handbook."""

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from agents.engines.local.dialogue import replies
from dashboard.front import example, guides
from telephony.models import ProcessReport
from testing.office import Office, browser_of
from usage.models import Outbox
from voicex.errors import EngineMissing

HOURS = "We are open Monday to Thursday from eight in the morning to six in the evening"


@pytest.fixture(autouse=True)
def _nothing_counted():
    cache.clear()
    yield
    cache.clear()


def plain(page) -> str:
    return " ".join(re.sub("<[^>]*>", " ", page.text).split())


def test_a_visitor_learns_what_this_is_and_what_it_costs(client, db, settings):
    page = plain(client.get("/"))
    assert "AI agents that answer your phone" in page
    assert "Telephony $0.0085 1 minute" in page
    assert "Speech-to-text $0.0006 60 seconds" in page
    settings.DEFAULT_STT = "openai"
    assert "Speech-to-text $0.003 60 seconds" in plain(client.get("/"))


@pytest.mark.parametrize(("sign_up", "is_offered"), [("open", True), ("invited", False)])
def test_only_who_may_sign_up_is_led_there(client, db, settings, sign_up, is_offered):
    settings.SIGNUP = sign_up
    assert ('href="/accounts/signup/"' in client.get("/").text) is is_offered
    assert 'href="/accounts/login/"' in client.get("/").text


def test_members_come_to_their_organization_as_before(cast):
    assert browser_of(cast.vera).get("/").url == f"/o/{cast.acorn.public_id}/"


@pytest.mark.models
def test_a_visitor_asks_the_example_agent_in_writing(client, db):
    assert HOURS in plain(client.get("/", {"ask": "When are you open?"}))


def test_what_is_asked_is_text_and_bounded(client, db, monkeypatch):
    heard = []
    monkeypatch.setattr(example, "_agent", lambda: None)
    monkeypatch.setattr(
        example, "answer", lambda _agent, said: heard.append(said[-1].text) or replies.Reply("Yes.")
    )
    page = client.get("/", {"ask": "<b>Open?</b>\n " + "x" * 5_000})
    assert len(heard[0]) == example.MAX_CHARACTERS
    assert "<b>Open?" not in page.text
    assert "&lt;b&gt;Open?" in page.text


def test_one_address_does_not_keep_the_agent_busy(client, db, monkeypatch):
    monkeypatch.setattr(example, "_agent", lambda: None)
    monkeypatch.setattr(example, "answer", lambda *_: replies.Reply("Yes."))
    pages = [client.get("/", {"ask": "Open?"}) for _ in range(example.FROM_AN_ADDRESS + 1)]
    assert "Too many questions" not in pages[-2].text
    assert "Too many questions" in pages[-1].text
    other = client.get("/", {"ask": "Open?"}, REMOTE_ADDR="203.0.113.9")
    assert "Too many questions" not in other.text


def test_all_visitors_together_do_not_keep_the_agent_busy(client, db, monkeypatch):
    monkeypatch.setattr(example, "FROM_ALL", 2)
    monkeypatch.setattr(example, "_agent", lambda: None)
    monkeypatch.setattr(example, "answer", lambda *_: replies.Reply("Yes."))
    pages = [client.get("/", {"ask": "Open?"}, REMOTE_ADDR=f"203.0.113.{n}") for n in range(3)]
    assert ["Too many questions" in page.text for page in pages] == [False, False, True]


def test_without_the_model_the_page_says_so(client, db, monkeypatch):
    def missing() -> None:
        raise EngineMissing

    monkeypatch.setattr(example, "_agent", missing)
    page = client.get("/", {"ask": "Open?"})
    assert page.status_code == 200
    assert "The example agent isn’t available right now." in page.text


def reported(**changes: object) -> None:
    now = timezone.now()
    report = {
        "name": "a:1",
        "at": now,
        "started_at": now,
        "version": "1",
        "calls": 0,
        "most_calls": 10,
        "lag_ms": 0,
        "memory_mb": 100,
        "is_draining": False,
    }
    ProcessReport.objects.create(**report | changes)


def test_the_status_says_whether_calls_are_answered(client, db):
    assert "Calls may not be answered" in client.get("/status/").text
    reported()
    page = client.get("/status/")
    assert "Calls are being answered." in page.text
    assert "Everything works." in page.text
    assert "a:1" not in page.text


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"is_draining": True}, "Calls may not be answered"),
        ({"calls": 10}, "All lines are in use."),
    ],
)
def test_a_process_that_leaves_or_is_full_takes_no_calls(client, db, changes, says):
    reported(**changes)
    assert says in client.get("/status/").text


def test_a_process_that_fell_silent_takes_no_calls(client, db):
    reported(at=timezone.now() - timedelta(minutes=2))
    assert "Calls may not be answered" in client.get("/status/").text


def test_the_status_says_when_what_follows_calls_is_late(cast, client):
    reported()
    call = Office(cast.acorn).rings("CA1")
    now = timezone.now()
    # What waits for servers of organizations is no measure of ours.
    Outbox.objects.create(kind=Outbox.Kind.ANALYSE_CALL, call=call, due_at=now - timedelta(days=1))
    row = Outbox.objects.create(
        kind=Outbox.Kind.REMIND_OF_MESSAGES, call=call, due_at=now - timedelta(minutes=1)
    )
    assert "Up to date." in client.get("/status/").text
    row.due_at = now - timedelta(hours=1)
    row.save()
    assert "Some are delayed." in client.get("/status/").text
    row.done_at = now
    row.save()
    assert "Up to date." in client.get("/status/").text


def test_every_guide_is_served_and_its_links_lead_somewhere(client, db):
    shelves = client.get("/docs/").text
    ids = {}
    for name in sorted(guides._NAMES):
        assert f'href="/docs/{name}/"' in shelves
        page = client.get(f"/docs/{name}/")
        assert page.status_code == 200
        found = re.findall(r' id="([^"]+)"', page.text)
        ids[name] = set(found)
        assert len(found) == len(ids[name]), name
    for name in ids:
        html = guides.guide_of(name).html
        for other, anchor in re.findall(r'href="(?:/docs/([\w-]+)/)?(?:#([\w-]+))?"', html):
            assert other or anchor, name
            assert not anchor or anchor in ids[other or name], (name, other, anchor)


def test_headings_of_the_same_words_are_told_apart(tmp_path, monkeypatch):
    monkeypatch.setattr(guides, "FOLDER", tmp_path)
    (tmp_path / "x.md").write_text("# X\n\n## Logs\n\n### Limits\n\n## Logs\n\n### Limits\n")
    guide = guides.guide_of.__wrapped__("x")
    assert re.findall(' id="([^"]+)"', guide.html) == ["logs", "limits", "logs-1", "limits-1"]
    assert [anchor for anchor, _words in guide.parts] == ["logs", "logs-1"]


def test_every_page_of_the_handbook_is_on_a_shelf_or_for_developers():
    of_code = {
        "README",
        "architecture",
        "conversation",
        "performance",
        "security-report",
        "simulator",
    }
    assert guides._NAMES | of_code == {file.stem for file in guides.FOLDER.glob("*.md")}
    assert not guides._NAMES & of_code


def test_a_guide_is_one_of_those_on_the_shelves(client, db):
    assert client.get("/docs/architecture/").status_code == 404
    assert client.get("/docs/..%2FREADME/").status_code == 404


def test_a_guide_holds_no_markup_but_ours(db):
    html = guides.guide_of("twilio").html
    assert "<!--" not in html
    assert ".md" not in re.sub(r"<code>.*?</code>", "", html)
    assert '<div class="narrow" tabindex="0"><table class="table">' in html
