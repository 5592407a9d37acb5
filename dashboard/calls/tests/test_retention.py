"""The settings say how long transcripts are kept; a call's page says that its words are gone."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import AuditEntry, Organization
from telephony.calls import flight_recorder
from telephony.session.events import CallerTyped
from testing.office import Office, browser_of
from testing.setups import setup
from usage.privacy import retention
from usage.records.turns import save_flight_record

CALL_SID = "CA" + "7" * 32
PAGE = f"calls/{CALL_SID}/"
CANARY = "zanzibar"


@pytest.fixture
def acorn(cast) -> Office:
    office = Office(cast.acorn)
    call = office.rings(CALL_SID, now=timezone.now() - timedelta(days=10))
    office.says(call, 1, "Hello.")
    office.says(call, 2, f"My cat is called {CANARY}.")
    office.says(call, 3, "Fine.")
    office.hangs_up(call)
    return office


def sets(office: Office, browser, days: str):
    form = {"name": "Acorn", "recording_days": "30", "transcript_days": days}
    return browser.post(office.url("settings/"), form)


@pytest.mark.parametrize("days", ["0", "3651", "-1", "a week"])
def test_days_out_of_bounds_are_refused_in_words(cast, acorn, days):
    answer = sets(acorn, browser_of(cast.adam), days)
    assert answer.status_code == 422
    assert Organization.objects.get(pk=cast.acorn.pk).transcript_days is None


def test_the_days_are_a_setting_that_can_be_taken_back(cast, acorn):
    browser = browser_of(cast.adam)
    assert sets(acorn, browser, "7").status_code == 302
    assert Organization.objects.get(pk=cast.acorn.pk).transcript_days == 7
    assert AuditEntry.objects.get(action="organization.changed").target == "transcript_days"
    assert sets(acorn, browser, "").status_code == 302
    assert Organization.objects.get(pk=cast.acorn.pk).transcript_days is None


def test_the_page_of_a_call_says_when_and_why_its_words_are_gone(cast, acorn):
    browser = browser_of(cast.adam)
    assert CANARY in browser.get(acorn.url(PAGE)).text
    sets(acorn, browser, "7")
    retention.delete_expired(now=timezone.now(), limit=10)
    read = AuditEntry.objects.filter(action="transcript.read").count()
    text = browser_of(cast.vera).get(acorn.url(PAGE)).text
    assert CANARY not in text
    assert "The transcript of this call was deleted on" in text
    assert "530 ms" in text or "640 ms" in text  # how long answers took is still known
    assert AuditEntry.objects.filter(action="transcript.read").count() == read
    assert CANARY not in browser.get(acorn.url(f"{PAGE}live/")).text
    assert acorn.url(PAGE) not in browser.get(acorn.url(f"calls/?words={CANARY}")).text


def test_events_that_came_late_are_none(cast, acorn):
    browser = browser_of(cast.adam)
    sets(acorn, browser, "7")
    retention.delete_expired(now=timezone.now(), limit=10)
    save_flight_record(acorn.org.calls.get().pk, b"late")
    assert (
        "The transcript of this call was deleted on"
        in browser.get(acorn.url(f"{PAGE}events/")).text
    )
    assert browser.get(acorn.url(f"{PAGE}events.jsonl")).content == b""
    with pytest.raises(CommandError, match="deleted"):
        call_command("replay_call", CALL_SID)


def test_a_call_whose_record_is_cut_is_not_replayed(acorn, monkeypatch):
    monkeypatch.setattr(flight_recorder, "MOST_BYTES", 10_000)
    recorder = flight_recorder.FlightRecorder(setup().config)
    for number in range(100):
        recorder.record(CallerTyped("a" * 1_000), number)
    save_flight_record(acorn.org.calls.get().pk, recorder.pack())
    with pytest.raises(CommandError, match="lacks its last events"):
        call_command("replay_call", CALL_SID)
