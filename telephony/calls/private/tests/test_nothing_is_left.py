"""Of a caller who was erased nothing is left, in no table and no file; and of old words neither.

The caller says a word that no other caller says. Every value of every table and every file is
searched, so a new place for words or numbers is in these tests automatically.
"""

import zlib
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from accounts.models import User
from telephony.process.record_writer import RecordWriter
from telephony.process.recordings.audio_upload import RecordingUploader
from testing.calls.caller import NUMBER, SPELLINGS, WORD, calls_often
from testing.office import Office, browser_of
from tests.traces import number_traces, texts_of_files, texts_of_tables, word_traces
from usage import tasks
from usage.billing.settlement import record_end
from usage.models import Call, Erasure, LedgerEntry, Recording, SavedView, Turn, UsageFact
from usage.privacy import callers, erasure, retention
from usage.records import recordings, transcript_deletion
from usage.records.turns import save_flight_record, save_turn


def all_texts(storage_paths: tuple[Path, ...]) -> list[tuple[str, str]]:
    return [*texts_of_tables(), *texts_of_files(*storage_paths)]


def charges(office: Office) -> list[object]:
    calls = Call.objects.filter(org=office.org)
    facts = UsageFact.objects.filter(call__in=calls).order_by("pk")
    return [*LedgerEntry.objects.filter(org=office.org).order_by("pk").values(), *facts.values()]


def erases(office: Office, user: User, number: str = "202-555-0143") -> None:
    """Find the caller, export everything, erase: as a person does it."""
    browser = browser_of(user)
    browser.get(office.url(f"calls/export.csv?caller=%2B1+202+555+0143&words={WORD}"))
    assert NUMBER in browser.post(office.url("callers/"), {"caller_key": number}).text
    file = browser.post(office.url("callers/export/"), {"caller_key": number})
    assert len(b"".join(file.streaming_content)) > 0
    sent = {"caller_key": number, "typed_key": number}
    answer = browser.post(office.url("callers/erase/"), sent)
    assert answer.status_code == 302
    tasks.go_on_erasing(Erasure.objects.get().pk)  # as a worker does
    assert "Caller erased" in browser.get(answer.url).text


@pytest.mark.django_db(transaction=True)
def test_no_data_of_an_erased_caller_is_left(cast, storage_paths):
    acorn = Office(cast.acorn)
    theirs = calls_often(acorn, letter="a")
    SavedView.objects.create(
        org=acorn.org, user=cast.bob, name="Dear", query="caller=%2B12025550143&state=ended"
    )
    SavedView.objects.create(org=acorn.org, user=cast.bob, name="202 555 0143 calls", query="")
    kept_view = SavedView.objects.create(
        org=acorn.org, user=cast.bob, name="Others", query="caller=%2B4930"
    )
    before = charges(acorn)
    texts = all_texts(storage_paths)
    assert len(number_traces(NUMBER, texts)) >= 4 * len(theirs)
    assert len(word_traces(WORD, texts)) >= 4 * len(theirs)

    erases(acorn, cast.adam)

    texts = all_texts(storage_paths)
    assert number_traces(NUMBER, texts) == []
    assert word_traces(WORD, texts) == []
    calls = Call.objects.filter(org=acorn.org)
    assert set(calls.values_list("from_number", flat=True)) == {"erased"}
    assert {call.carrier_report["status"] for call in calls} == {"completed"}
    assert set(Recording.objects.values_list("state", flat=True)) == {"deleted"}
    assert charges(acorn) == before
    assert list(SavedView.objects.all()) == [kept_view]


@pytest.mark.django_db(transaction=True)
def test_others_keep_what_is_theirs(cast, storage_paths):
    acorn, birch = Office(cast.acorn), Office(cast.birch)
    calls_often(acorn, letter="a")
    calls_often(birch, letter="b")  # the same caller
    neighbour = acorn.rings("CA" + "c" * 32, caller="+12025550144")
    acorn.says(neighbour, 2, "Good morning.")
    acorn.hangs_up(neighbour)
    erases(acorn, cast.adam)
    kept = Call.objects.filter(org=birch.org)
    assert sorted(kept.values_list("from_number", flat=True)) == sorted(SPELLINGS)
    assert Turn.objects.filter(call__in=kept, text__contains=WORD).count() == 3 * len(SPELLINGS)
    assert Recording.objects.filter(call__in=kept, state="stored").count() == len(SPELLINGS)
    assert len(word_traces(WORD, texts_of_files(*storage_paths))) == 2 * len(SPELLINGS)
    neighbour.refresh_from_db()
    assert neighbour.from_number == "+12025550144"
    assert Turn.objects.get(call=neighbour).text == "Good morning."


@pytest.mark.django_db(transaction=True)
def test_queued_records_do_not_restore_erased_words(cast, storage_paths):
    """Records of a call that was taken for lost come when its process has the database again."""
    acorn = Office(cast.acorn)
    [call, *_others] = calls_often(acorn, letter="a")
    recorder = RecordWriter()
    uploader = RecordingUploader(recorder, room_of=lambda org_id: 10_000_000)
    try:
        erases(acorn, cast.adam)
        turn = {"role": "caller", "text": f"{WORD} {NUMBER}", "heard_text": WORD}
        turn |= {"interrupted": False, "started_ms": 1, "ended_ms": 2, "latency_ms": {}}
        for number in (2, 9):
            recorder.submit(save_turn, call.pk, number=number, **turn)
        recorder.submit(save_flight_record, call.pk, zlib.compress(f"{WORD} {NUMBER}".encode()))
        track = uploader.begin(call.pk, org_id="acorn", consent="word", started_ms=0)
        uploader._take(track.recording, WORD.encode(), WORD.encode())
        uploader.finish(track)
    finally:
        uploader.close()
        recorder.close()
    # After the writers: SQLite in memory lets one thread at a time at a table.
    tasks.go_on_erasing(Erasure.objects.get().pk)
    tasks.sweep()
    texts = all_texts(storage_paths)
    assert word_traces(WORD, texts) == []
    assert number_traces(NUMBER, texts) == []
    assert texts_of_files_of(storage_paths) == []


def texts_of_files_of(storage_paths: tuple[Path, ...]) -> list[str]:
    return [where for where, _text in texts_of_files(*storage_paths)]


@pytest.mark.django_db(transaction=True)
def test_expired_words_are_deleted_everywhere(cast, storage_paths):
    acorn = Office(cast.acorn)
    calls_often(acorn, letter="a", ago=timedelta(days=9))
    cast.acorn.recording_days = cast.acorn.transcript_days = 7
    cast.acorn.save()
    recordings.keep_for(cast.acorn, days=7)
    assert word_traces(WORD, all_texts(storage_paths))
    retention.delete_expired(now=timezone.now(), limit=100)
    recordings.delete_expired(now=timezone.now(), limit=100)
    assert word_traces(WORD, all_texts(storage_paths)) == []
    calls = Call.objects.filter(org=acorn.org)
    assert {call.carrier_report["status"] for call in calls} == {"completed"}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("end", ["erased", "being erased", "kept no longer"])
def test_late_reports_of_a_carrier_do_not_restore_erased_texts(cast, storage_paths, end):
    acorn = Office(cast.acorn)
    theirs = calls_often(acorn, letter="a")
    now = timezone.now()
    if end == "kept no longer":
        for call in theirs:
            transcript_deletion.delete(call.pk, now=now)
    else:
        [caller] = callers.callers_named(acorn.org, NUMBER)
        begun = erasure.begin(acorn.org, caller=caller, actor=None, now=now)
        if end == "erased":
            erasure.finish(begun.pk, now=now, limit=10)
    evidence = {"stream_event": "stream-error", "stream_error": WORD, "after_status": WORD}
    for call in theirs:
        record_end(call.pk, reason="stop", now=now, evidence=evidence)
    told = [call.carrier_report for call in Call.objects.filter(org=acorn.org)]
    assert told == [{"status": "completed", "stream_event": "stream-error"}] * len(theirs)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_erased", [True, False])
def test_the_tests_of_a_member_go_with_them(cast, storage_paths, is_erased):
    acorn = Office(cast.acorn)
    [test, *_others] = calls_often(acorn, letter="a")
    Call.objects.filter(pk=test.pk).update(channel="typed", started_by=cast.bob, from_number="")
    if is_erased:
        [caller] = callers.callers_named(acorn.org, "BOB@example.com")
        begun = erasure.begin(acorn.org, caller=caller, actor=None, now=timezone.now())
        assert erasure.finish(begun.pk, now=timezone.now(), limit=10)
    test.refresh_from_db()
    assert (test.started_by is None, Turn.objects.filter(call=test, text="").count()) == (
        (True, 3) if is_erased else (False, 0)
    )
    assert Turn.objects.exclude(call=test).filter(text__contains=WORD).count() == 9
