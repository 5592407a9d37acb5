"""A recording is heard by a signed link, byte range by byte range, and deleted for good."""

import os
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEntry, Membership
from telephony.simulator.sound.wav_file import read_wav
from telephony.stored import wav
from testing.office import Office, browser_of
from usage.models import Recording
from usage.records import recordings

CALL_SID = "CA" + "7" * 32
SOUND = os.urandom(recordings.PIECE_BYTES + 2000)
NAME = f"acorn/1{recordings.SUFFIX}"
PAGE = f"calls/{CALL_SID}/"


@pytest.fixture
def acorn(cast, settings, tmp_path) -> Office:
    settings.STORAGES = {
        **settings.STORAGES,
        "recordings": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path, "allow_overwrite": True},
        },
    }
    office = Office(cast.acorn)
    call = office.rings(CALL_SID)
    recordings.begin(call.pk, consent="word", name=NAME, started_ms=0)
    for number in range(2):
        piece = SOUND[number * recordings.PIECE_BYTES :][: recordings.PIECE_BYTES]
        recordings.store_piece(NAME, number, piece)
    recordings.grow(call.pk, size_bytes=len(SOUND), peaks=b"\1\2")
    recordings.finish(call.pk)
    office.hangs_up(call)
    return office


def link_of(browser: Client, office: Office) -> str:
    answer = browser.get(office.url(PAGE + "recording/"))
    assert answer.status_code == 302
    return answer.url


def content(answer) -> bytes:
    return b"".join(answer.streaming_content)


def actions() -> list[str]:
    return [entry.action for entry in AuditEntry.objects.filter(action__startswith="recording.")]


def test_a_viewer_hears_a_wav_file_and_that_is_written_down(cast, acorn):
    browser = browser_of(cast.vera)
    answer = browser.get(link_of(browser, acorn))
    assert (answer.status_code, answer["Content-Type"]) == (200, "audio/wav")
    assert answer["Accept-Ranges"] == "bytes"
    assert answer["Cache-Control"] == "no-store, private"
    file = content(answer)
    assert len(file) == int(answer["Content-Length"])
    samples, rate = read_wav(file)
    assert (len(samples), rate) == (len(SOUND) // 2, 8000)
    assert file[wav.HEADER_BYTES :] == SOUND
    link_of(browser, acorn)  # once a day, however often a page asks
    [entry] = AuditEntry.objects.filter(action="recording.heard")
    assert (entry.actor, entry.target) == (cast.vera, CALL_SID)


@pytest.mark.parametrize(
    ("wanted", "first", "last"),
    [
        ("bytes=0-99", 0, 99),
        ("bytes=40-", 40, wav.HEADER_BYTES + len(SOUND) - 1),
        ("bytes=80030-80060", 80_030, 80_060),  # over the seam of two pieces
        ("bytes=-7", wav.HEADER_BYTES + len(SOUND) - 7, wav.HEADER_BYTES + len(SOUND) - 1),
    ],
)
def test_a_player_gets_the_range_that_it_asks_for(cast, acorn, wanted, first, last):
    browser = browser_of(cast.vera)
    answer = browser.get(link_of(browser, acorn), headers={"Range": wanted})
    whole = wav.header(len(SOUND)) + SOUND
    assert answer.status_code == 206
    assert answer["Content-Range"] == f"bytes {first}-{last}/{len(whole)}"
    assert content(answer) == whole[first : last + 1]


def test_a_range_outside_of_the_file_is_refused_with_its_size(cast, acorn):
    browser = browser_of(cast.vera)
    answer = browser.get(link_of(browser, acorn), headers={"Range": "bytes=9999999-"})
    assert answer.status_code == 416
    assert answer["Content-Range"] == f"bytes */{wav.HEADER_BYTES + len(SOUND)}"


def test_the_link_expires(cast, acorn):
    browser = browser_of(cast.vera)
    link = link_of(browser, acorn)
    with time_machine.travel(timezone.now() + timedelta(minutes=4), tick=False):
        assert browser.get(link).status_code == 200
    with time_machine.travel(timezone.now() + timedelta(minutes=6), tick=False):
        assert browser.get(link).status_code == 403


def test_the_link_is_of_no_use_to_others(cast, acorn):
    link = link_of(browser_of(cast.vera), acorn)
    assert browser_of(cast.vera).get(link).status_code == 403  # another log-in of hers
    assert browser_of(cast.alice).get(link).status_code == 403
    assert browser_of(cast.charlie).get(link).status_code == 404
    assert "/accounts/login/" in Client().get(link).url
    forged = link.replace(".wav", "x.wav")
    assert browser_of(cast.vera).get(forged).status_code == 403


def test_a_member_who_left_hears_nothing_more(cast, acorn):
    browser = browser_of(cast.vera)
    link = link_of(browser, acorn)
    Membership.objects.get(user=cast.vera, org=acorn.org).delete()
    assert browser.get(link).status_code == 404


def test_the_link_of_another_call_does_not_fit(cast, acorn):
    browser = browser_of(cast.vera)
    link = link_of(browser, acorn)
    other = acorn.rings("CA" + "6" * 32)
    Recording.objects.create(call=other, state="stored", size_bytes=4, name="acorn/2")
    assert browser.get(link.replace(CALL_SID, other.call_sid)).status_code == 403


def test_another_organization_finds_nothing(cast, acorn):
    birch = Office(cast.birch)
    browser = browser_of(cast.charlie)
    for path in ("recording/", "recording/delete/"):
        assert browser.get(birch.url(PAGE + path)).status_code == 404
        assert browser.get(acorn.url(PAGE + path)).status_code == 404


def test_an_admin_deletes_it_and_the_row_says_so(cast, acorn, tmp_path):
    browser = browser_of(cast.adam)
    page = acorn.url(PAGE + "recording/delete/")
    assert "is permanently deleted" in browser.get(page).text
    assert Recording.objects.get().state == Recording.State.STORED
    assert browser.post(page).status_code == 302
    assert Recording.objects.get().state == Recording.State.DELETED
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == []
    assert actions() == ["recording.deleted"]
    assert browser.get(acorn.url(PAGE + "recording/")).status_code == 404


def test_a_storage_that_does_not_answer_deletes_nothing_and_says_so(cast, acorn, monkeypatch):
    def away(*_args, **_kwargs):
        raise OSError

    monkeypatch.setattr(recordings, "_delete_pieces", away)
    browser = browser_of(cast.adam)
    answer = browser.post(acorn.url(PAGE + "recording/delete/"), follow=True)
    assert "The storage didn’t respond" in answer.text
    assert Recording.objects.get().state == Recording.State.STORED


def test_how_long_recordings_are_kept_is_a_setting_and_counts_at_once(cast, acorn):
    browser = browser_of(cast.adam)
    page = acorn.url("settings/")
    assert browser.post(page, {"name": "Acorn", "recording_days": 0}).status_code == 422
    assert browser.post(page, {"name": "Acorn", "recording_days": 7}).status_code == 302
    recording = Recording.objects.get()
    assert recording.expires_at == recording.call.opened_at + timedelta(days=7)
