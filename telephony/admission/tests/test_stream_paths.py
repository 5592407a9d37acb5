"""The path of a media stream proves that we wrote it, for a minute."""

from datetime import UTC, datetime, timedelta

import pytest

from telephony.admission import stream_paths

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


def written(call_id: int = 81) -> str:
    expires_at = NOW + timedelta(seconds=60)
    return stream_paths.write(call_id, carrier="twilio", expires_at=expires_at)


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_path_names_its_call_as_long_as_it_is_good(slash: str) -> None:
    path = written() + slash
    assert stream_paths.is_one(path)
    assert stream_paths.read(path, now=NOW) == 81
    assert stream_paths.read(path, now=NOW + timedelta(seconds=61)) == 81
    assert stream_paths.read(path, now=NOW + timedelta(seconds=62)) is None


def test_a_path_is_a_function_of_its_call_and_its_time() -> None:
    assert written() == written() != written(82)


@pytest.mark.parametrize(
    "path",
    [
        "/api/twilio/stream",
        "/api/twilio/stream/",
        "/api/twilio/stream/81.9999999999.forged",
        "/api/twilio/stream/81.9999999999.\udc80",
        "/api/twilio/stream/" + "8" * (stream_paths.LONGEST_PROOF + 1),
    ],
)
def test_a_stream_that_we_did_not_write_is_of_no_call(path: str) -> None:
    assert stream_paths.is_one(path)
    assert stream_paths.read(path, now=NOW) is None


def test_the_proof_of_one_place_proves_nothing_at_another() -> None:
    proof = written().rpartition("/")[2]
    for place in ("/api/other/stream", "/api/twilio/streams", "/live"):
        assert not stream_paths.is_one(f"{place}/{proof}")
        assert stream_paths.read(f"{place}/{proof}", now=NOW) is None
