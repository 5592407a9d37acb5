"""What the operator sees of the running platform: room, live calls, providers."""

from datetime import timedelta

import pytest
from django.utils import timezone

from telephony.models import ProcessReport
from testing.office import Office, browser_of


@pytest.fixture
def olga(cast):
    return browser_of(cast.olga)


def told(name: str, *, ago: float = 1, calls: int = 3, draining: bool = False, **fields) -> None:
    """A process that published its report so many seconds ago."""
    ProcessReport.objects.create(
        name=name,
        at=timezone.now() - timedelta(seconds=ago),
        started_at=timezone.now() - timedelta(hours=3),
        version="0.1.0",
        calls=calls,
        most_calls=10,
        lag_ms=2,
        memory_mb=512,
        is_draining=draining,
        **fields,
    )


def part(engine: str, kind: str = "llm", **changed: object) -> dict[str, object]:
    known = {"answers": 40, "failures": 0, "wait_ms": 300, "last_error": "", "last_error_at": 0.0}
    return {"engine": engine, "kind": kind} | known | changed


def test_room_is_what_living_processes_have_together(olga):
    told("one:1", calls=3)
    told("two:2", calls=9)
    told("leaving:3", calls=1, draining=True)
    told("dead:4", ago=120, calls=5)
    told("forgotten:5", ago=7_200)
    page = olga.get("/operator/")
    assert (page.context["carried"], page.context["room"]) == (13, 8)
    for shown in ("one:1", "3 of 10", "draining", "1 process has stopped reporting", "512 MB"):
        assert shown in page.text
    assert "forgotten:5" not in page.text
    kinds = {each.report.name: each.kind for each in page.context["processes"]}
    assert kinds == {"one:1": "", "two:2": "warn", "leaving:3": "warn", "dead:4": "bad"}


@pytest.mark.parametrize("path", ["/operator/", "/operator/providers/"])
def test_the_page_follows_what_happens(olga, path):
    page = olga.get(path)
    part = olga.get(f"{path}?part")
    assert 'data-live="?part"' in page.text
    assert "live.js" in page.text
    assert part.text.strip().startswith('<div data-live="?part">')
    assert part.text.strip() in page.text


def test_the_page_names_what_ran_when_a_process_stood_still(olga, cast):
    acorn = Office(cast.acorn)
    stall = {
        "at": 1_800_000_000.0,
        "ms": 7_000,
        "stack": ["voicex/asgi.py:1 application", "agents/settings/config.py:80 parse_facts"],
        "org_id": "",
        "agent_id": acorn.agent.public_id,
    }
    unknown = stall | {"ms": 400, "stack": [], "agent_id": "", "at": 1_700_000_000.0}
    told("one:1", stalls=[stall, unknown])
    page = olga.get("/operator/")
    for shown in (
        "7,000 ms",
        "agents/settings/config.py:80 parse_facts",
        acorn.agent.name,
        "not captured",
    ):
        assert shown in page.text
    assert [each.ms for each in page.context["stalls"]] == [7_000, 400]


def test_a_stranger_gets_no_part_of_the_page(cast):
    assert browser_of(cast.adam).get("/operator/?part").status_code == 404


def test_without_processes_and_calls_the_page_says_what_that_means(olga):
    page = olga.get("/operator/").text
    assert "No media process has reported" in page
    assert "No calls in progress." in page


def test_live_calls_are_counted_by_organization_and_what_is_said_stays_unseen(
    cast, olga, django_assert_num_queries
):
    acorn, birch = Office(cast.acorn), Office(cast.birch)
    call = acorn.rings("CA1")
    acorn.says(call, 1, "Something private.")
    acorn.rings("CA2")
    birch.rings("CA3")
    birch.hangs_up(birch.rings("CA4"))
    birch.rings("CA5", now=timezone.now() - timedelta(minutes=10))  # its process was killed
    page = olga.get("/operator/")
    assert [(each.org.name, each.calls) for each in page.context["live"]] == [
        ("Acorn", 2),
        ("Birch", 1),
    ]
    assert "Something private." not in page.text
    assert "+12025550143" not in page.text
    # Session, person, second factor, processes, live calls, organizations, open lines of the
    # ledger, refused records, failed recordings.
    with django_assert_num_queries(9):
        olga.get("/operator/")


def test_providers_of_all_processes_are_seen_together(olga):
    now = timezone.now().timestamp()
    busy = part("openai", failures=10, wait_ms=900, last_error="EngineBusy", last_error_at=now)
    told("one:1", engines=[part("openai"), part("local", "stt")])
    told("two:2", engines=[busy])
    page = olga.get("/operator/providers/")
    parts = {(each.engine, str(each.kind)): each for each in page.context["parts"]}
    openai = parts["openai", "language model"]
    assert (openai.answers, openai.failures, openai.wait_ms) == (80, 10, 900)
    assert openai.state == "shaky"
    assert "Rate limited." in page.text
    assert parts["local", "speech-to-text"].state == "good"
    assert parts["google", "text-to-speech"].state == "unused"


def test_a_provider_that_only_fails_is_called_failing(olga):
    told("one:1", engines=[part("google", "tts", answers=0, failures=2, wait_ms=None)])
    assert 'class="tag bad">failing' in olga.get("/operator/providers/").text


def test_whether_there_is_a_key_is_shown_but_never_the_key(olga, settings):
    settings.OPENAI_API_KEY, settings.OPENAI_BASE_URL = "sk-canary", ""
    settings.GOOGLE_APPLICATION_CREDENTIALS = settings.GOOGLE_TTS_ENDPOINT = ""
    page = olga.get("/operator/providers/")
    access = {each.engine: each.has_access for each in page.context["parts"]}
    assert (access["openai"], access["google"], access["local"]) == (True, False, True)
    assert "canary" not in page.text


def test_the_admin_shows_the_reports_and_changes_none(olga):
    told("one:1", engines=[part("openai")])
    page = f"/admin/telephony/processreport/{ProcessReport.objects.get().pk}/change/"
    assert "one:1" in olga.get("/admin/telephony/processreport/").text
    assert "one:1" in olga.get(page).text
    assert olga.post(page, {"name": "other"}).status_code == 403
