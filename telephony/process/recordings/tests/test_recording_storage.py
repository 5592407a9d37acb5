"""Recordings in a bucket of S3's kind: what such stores refuse, and where that is reported."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.cache import cache
from django.utils import timezone

from agents.versions.publishing import publish
from telephony.doctor import facts
from telephony.doctor.checks import Probe
from telephony.process.record_writer import RecordWriter
from telephony.process.recordings.audio_upload import RecordingUploader
from telephony.process.recordings.live_recording import PIECE_SAMPLES
from testing.office import Office, browser_of
from testing.providers.s3_server import S3Server, s3_server
from testing.scene import Scene
from usage.models import Recording
from usage.records import recording_storage, recordings
from usage.records.recording_storage import listed, probe, storage, trouble_of
from voicex.settings import storage as storages


@pytest.fixture
def bucket(settings):
    """The service's own settings for a bucket, at a store that is not Amazon's."""
    with s3_server() as server:
        keep_in(server.url, settings)
        yield server


def keep_in(endpoint: str, settings) -> None:
    stored = storages.recordings(
        Path("unused"),
        bucket="calls",
        endpoint=endpoint,
        region="auto",
        access_key="AKIAFAKE0123",
        secret_key="s" * 40,
    )
    settings.STORAGES = settings.STORAGES | {"recordings": stored}


def test_a_store_that_knows_no_newer_checksums_keeps_and_gives_back(bucket):
    sound = bytes(range(256)) * 1_250
    recordings.store_piece("acorn/1-x", 0, sound)
    assert bucket.objects == {"/calls/acorn/1-x/00000": sound}
    with storage().open("acorn/1-x/00000", "rb") as file:
        assert file.read() == sound
    storage().delete("acorn/1-x/00000")
    assert not bucket.objects


def test_all_of_a_recording_in_a_bucket_is_found(bucket):
    for name in ("acorn/1-x", "acorn/1-xy"):
        for number, generation in ((0, 0), (0, 2), (5, 2)):
            recordings.store_piece(name, number, b"sound", generation=generation)
    assert listed("acorn/1-x") == ["00000", "00000.2", "00005.2"]
    assert listed("acorn/1") == []


def test_to_amazons_own_stores_checksums_are_sent_as_before():
    for endpoint in ("", "https://s3.eu-central-1.amazonaws.com"):
        assert storages._s3_config(endpoint).request_checksum_calculation == "when_supported"


def test_the_doctors_byte_is_stored_read_and_deleted(bucket):
    assert probe() == ""
    assert not bucket.objects


def test_the_doctor_hears_the_stores_code_but_no_key(bucket):
    bucket.refusal = ("SignatureDoesNotMatch", 403)
    assert probe() == "ClientError: SignatureDoesNotMatch (HTTP 403)"
    bucket.refusal, bucket.is_forgetful = None, True
    assert probe() == "it gave back something else than was stored"


def test_the_doctor_notices_a_store_that_lists_nothing(bucket, monkeypatch):
    monkeypatch.setattr(recording_storage, "listed", lambda _folder: [])
    assert probe() == "it does not list what was stored"
    assert not bucket.objects


def test_a_directory_that_cannot_be_written_is_named_by_its_error():
    assert trouble_of(PermissionError(13, "Permission denied", "/data/x")) == (
        "PermissionError: EACCES"
    )


@pytest.mark.django_db(transaction=True)
def test_why_a_recording_failed_is_logged_and_shown_to_the_operator(bucket, caplog, cast):
    bucket.refusal = ("NoSuchBucket", 404)
    call = Scene().talks(now=timezone.now() - timedelta(minutes=1))
    recorder = RecordWriter()
    uploader = RecordingUploader(recorder, room_of=lambda org_id: 10**9)
    track = uploader.begin(call.pk, org_id="acorn", consent="announced", started_ms=0)
    uploader._take(track.recording, bytes(PIECE_SAMPLES), bytes(PIECE_SAMPLES))
    uploader.finish(track)
    uploader.close()
    recorder.close()
    assert "NoSuchBucket (HTTP 404)" in caplog.text
    assert "AKIAFAKE" not in caplog.text
    assert Recording.objects.get().state == Recording.State.FAILED
    assert "NoSuchBucket (HTTP 404)" in browser_of(cast.olga).get("/operator/").text


@pytest.mark.django_db
@pytest.mark.parametrize(("refusal", "shown"), [
    (None, "A test file was stored, read and deleted."),
    (("AccessDenied", 403), "AccessDenied (HTTP 403). Calls are not recorded."),
])  # fmt: skip
def test_the_doctor_of_an_organization_that_records_looks_at_the_storage(
    bucket: S3Server, cast, monkeypatch, refusal, shown
):
    cache.clear()
    monkeypatch.setattr(facts, "probe_public_url", lambda: Probe(200, is_ours=True))
    bucket.refusal = refusal
    acorn = Office(cast.acorn)
    slow = acorn.url("doctor/slow/")
    browser = browser_of(cast.vera)
    assert "Recording storage" not in browser.get(slow).text
    recorded = {"mode": "announced", "sentence": "This call is recorded."}
    publish(acorn.agent, settings={"recording": recorded})
    assert shown in browser.get(slow).text
