"""Twilio's REST API, asked with an organization's own account."""

import logging
from datetime import UTC, datetime, timedelta

import pytest

from telephony.carriers.numbers import Account, PageCursor
from telephony.twilio import rest
from testing.twilio.rest_api import SID, TOKEN, FakeTwilio, fake_twilio, number
from voicex.errors import CarrierProblem

ACCOUNT = Account(SID, TOKEN)
OURS = "https://voicex.example/api/twilio/voice?api_key=vx_1"


@pytest.fixture
def twilio(settings):
    with fake_twilio() as server:
        settings.TWILIO_REST_URL = server.url
        yield server


def test_an_account_that_twilio_knows_is_active_and_has_the_time(twilio: FakeTwilio):
    state = rest.check_account(ACCOUNT)
    assert state.status == "active"
    assert abs(state.at - datetime.now(UTC)) < timedelta(minutes=1)


def test_numbers_come_in_pages_and_no_link_of_twilios_is_followed(twilio: FakeTwilio):
    twilio.numbers = [number(index) for index in range(25)]
    first = rest.numbers_of(ACCOUNT, place=PageCursor())
    assert [each.number for each in first.numbers[:2]] == ["+12025550000", "+12025550001"]
    assert (len(first.numbers), first.next_place) == (20, PageCursor(1, "PA1"))
    last = rest.numbers_of(ACCOUNT, place=first.next_place)
    assert (len(last.numbers), last.next_place) == (5, None)


def test_pointing_a_number_sets_all_three_urls_and_reads_them_back(twilio: FakeTwilio):
    twilio.numbers = [number(7, voice_url="https://elsewhere.example/", voice_method="GET")]
    before, after = rest.point_number(
        ACCOUNT, number_id=twilio.numbers[0]["sid"], voice_url=OURS, status_url="https://s.example"
    )
    assert before.voice_url == "https://elsewhere.example/"
    assert (after.voice_url, after.voice_method, after.fallback_url, after.status_url) == (
        OURS,
        "POST",
        OURS,
        "https://s.example",
    )


@pytest.mark.parametrize(
    ("field", "handled_by"), [("trunk_sid", "trunk"), ("voice_application_sid", "application")]
)
def test_a_trunk_or_application_no_longer_gets_the_calls(twilio: FakeTwilio, field, handled_by):
    twilio.numbers = [number(7, **{field: "XX1"})]
    before, after = rest.point_number(
        ACCOUNT, number_id=twilio.numbers[0]["sid"], voice_url=OURS, status_url=""
    )
    assert (before.handled_by, after.handled_by) == (handled_by, "")


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (400, "rejected"),
        (401, "wrong_token"),
        (403, "forbidden"),
        (404, "not_found"),
        (429, "rate_limit"),
        (500, "failed"),
        (503, "failed"),
    ],
)
def test_errors_of_twilio_are_mapped_to_reasons(twilio: FakeTwilio, fault, reason):
    twilio.fault = fault
    with pytest.raises(CarrierProblem) as refused:
        rest.numbers_of(ACCOUNT, place=PageCursor())
    assert refused.value.reason == reason


def test_a_wrong_token_is_told_from_a_right_one_by_twilio_alone(twilio: FakeTwilio):
    with pytest.raises(CarrierProblem) as refused:
        rest.check_account(Account(SID, "0" * 32))
    assert refused.value.reason == "wrong_token"


def test_an_answer_that_is_not_twilios_counts_as_unreachable(twilio: FakeTwilio):
    twilio.body = b"<html>proxy</html>"
    with pytest.raises(CarrierProblem) as refused:
        rest.check_account(ACCOUNT)
    assert refused.value.reason == "unreachable"


def test_nothing_that_listens_is_unreachable(settings):
    settings.TWILIO_REST_URL = "http://127.0.0.1:9"
    with pytest.raises(CarrierProblem) as refused:
        rest.check_account(ACCOUNT)
    assert refused.value.reason == "unreachable"


def test_the_token_is_in_no_log_and_no_representation(twilio: FakeTwilio, caplog):
    caplog.set_level(logging.DEBUG)
    rest.check_account(ACCOUNT)
    assert TOKEN not in caplog.text
    assert TOKEN not in repr(ACCOUNT)
