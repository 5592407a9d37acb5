"""Who read a transcript, or exported a file, is in the audit log of the organization."""

import zlib
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.audit.check import verify
from accounts.audit.trail import sum_up
from accounts.models import AuditEntry
from testing.office import Office, browser_of
from usage.models import Call
from usage.privacy import access_audit
from usage.records.turns import save_flight_record

SID = "CA" + "1" * 32
OTHER = "CA" + "2" * 32


@pytest.fixture
def acorn(cast) -> Office:
    """Acorn with two calls in which something was said."""
    office = Office(cast.acorn)
    for sid in (SID, OTHER):
        office.says(office.rings(sid), 1, "My number is 4155550132.")
    return office


def written(prefix: str) -> list[tuple[str, str, str]]:
    found = AuditEntry.objects.filter(action__startswith=prefix).order_by("pk")
    return [(entry.actor_name, entry.action, entry.target) for entry in found]


@pytest.mark.parametrize("page", ["", "live/", "events/"])
def test_a_transcript_that_is_read_is_one_entry_a_day_for_each_reader(cast, acorn, page):
    save_flight_record(call_id(), flight())
    for browser in (browser_of(cast.alice), browser_of(cast.bob)):
        for _ in range(3):
            assert browser.get(acorn.url(f"calls/{SID}/{page}")).status_code == 200
    assert written("transcript.") == [
        ("alice@example.com", "transcript.read", SID),
        ("bob@example.com", "transcript.read", SID),
    ]


def test_pages_of_one_call_are_one_reading(cast, acorn):
    browser = browser_of(cast.vera)
    for page in ("", "live/", ""):
        browser.get(acorn.url(f"calls/{SID}/{page}"))
    browser.get(acorn.url(f"calls/{OTHER}/"))
    assert [target for _who, _what, target in written("transcript.")] == [SID, OTHER]


def test_a_call_in_which_nothing_was_said_has_nothing_to_read(cast, acorn):
    acorn.rings("CA" + "3" * 32)
    browser_of(cast.vera).get(acorn.url(f"calls/CA{'3' * 32}/"))
    assert written("transcript.") == []


def test_an_operator_who_reads_in_the_admin_is_named_to_the_organization(cast, acorn):
    page = reverse("admin:usage_call_change", args=[call_id()])
    browser = browser_of(cast.olga)
    assert "4155550132" in browser.get(page).text
    assert written("transcript.") == [("olga@example.com", "transcript.read", SID)]
    assert "4155550132" not in browser.get(reverse("admin:usage_turn_changelist")).text


@pytest.mark.parametrize(
    ("path", "action", "target"),
    [
        ("calls/export.csv?state=open", "export.calls", "state=open"),
        # Whose calls they were is in no entry: none is ever changed.
        (
            "calls/export.csv?caller=%2B12025550143&words=cat&state=ended",
            "export.calls",
            "words=...&caller=...&state=ended",
        ),
        ("usage/usage.csv?period=month", "export.usage", None),
        (f"calls/{SID}/events.jsonl", "export.events", SID),
    ],
)
def test_a_file_that_is_taken_along_is_an_entry(cast, acorn, path, action, target):
    assert browser_of(cast.bob).get(acorn.url(path)).status_code == 200
    [(who, what, of)] = written("export.")
    assert (who, what) == ("bob@example.com", action)
    assert of == target if target else " to " in of


def test_many_files_are_some_entries_and_a_number(cast, acorn, monkeypatch):
    monkeypatch.setattr(access_audit, "EXPORTS_A_DAY", 3)
    browser = browser_of(cast.bob)
    for number in range(8):
        browser.get(acorn.url(f"calls/export.csv?caller={number}"))
    assert len(written("export.")) == 3
    sum_up(now=timezone.now() + timedelta(days=1))
    assert written("export.")[-1][2].startswith("5 more on ")
    assert not verify().fault_count


def test_what_is_read_does_not_push_out_what_was_done(cast, acorn):
    browser_of(cast.vera).get(acorn.url(f"calls/{SID}/"))
    alice = browser_of(cast.alice)
    assert SID not in alice.get(acorn.url("audit/")).text
    for about in ("everything", "transcript"):
        assert SID in alice.get(acorn.url(f"audit/?about={about}")).text


def call_id() -> int:
    return Call.objects.get(carrier_call_id=SID).pk


def flight() -> bytes:
    return zlib.compress(b'["config"]\n[0, "CallOpened"]\n')
