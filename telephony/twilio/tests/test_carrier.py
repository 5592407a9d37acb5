"""Twilio's REST API, asked with an organization's own account."""

import logging
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest

from telephony.carriers.numbers import Account, NumberKind, PageCursor, Wanted
from telephony.twilio import rest
from testing.twilio.rest_api import ROOT, SID, TOKEN, FakeTwilio, number
from voicex.errors import CarrierProblem
from voicex.reasons.carrier import CarrierReason

ACCOUNT = Account(SID, TOKEN)
OURS = "https://voicex.example/api/twilio/voice?api_key=vx_1"


def test_an_account_that_twilio_knows_is_active_and_has_the_time(twilio: FakeTwilio):
    state = rest.check_account(ACCOUNT)
    assert state.status == "active"
    assert abs(state.at - datetime.now(UTC)) < timedelta(minutes=1)


@pytest.mark.parametrize("region", ["", "ie1", "au1"])
def test_the_region_of_a_token_is_the_one_that_knows_it(twilio: FakeTwilio, region):
    twilio.region, twilio.numbers = region, [number(7)]
    account = rest.located(ACCOUNT)
    assert account == Account(SID, TOKEN, region)
    assert len(rest.numbers_of(account, place=PageCursor()).numbers) == 1


def test_a_token_that_no_region_knows_is_wrong_and_another_fault_is_asked_about_once(twilio):
    with pytest.raises(CarrierProblem) as wrong:
        rest.located(Account(SID, "0" * 32))
    assert wrong.value.reason == "wrong_token"
    assert len(twilio.asked) == len(rest.REGIONS)
    twilio.asked, twilio.fault = [], 503
    with pytest.raises(CarrierProblem):
        rest.located(ACCOUNT)
    assert len(twilio.asked) == 1


def test_a_region_is_asked_at_its_own_host(monkeypatch):
    asked = []

    def request(_self, method, url, **_more):
        asked.append(url)
        raise CarrierProblem(CarrierReason.UNREACHABLE)

    monkeypatch.setattr("telephony.twilio.rest_client.TwilioHttpClient.request", request)
    for region in ("", "ie1"):
        with suppress(CarrierProblem):
            rest.check_account(Account(SID, TOKEN, region))
    assert [urlsplit(url).netloc for url in asked] == [
        "api.twilio.com", "api.dublin.ie1.twilio.com",
    ]  # fmt: skip


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


@pytest.mark.parametrize(
    ("status", "was_on", "became"),
    [("in-progress", True, "completed"), ("ringing", True, "completed"), ("busy", False, "busy")],
)
def test_a_call_is_ended_unless_it_is_over(twilio: FakeTwilio, status, was_on, became):
    twilio.calls = {"CA1": {"sid": "CA1", "status": status}}
    assert rest.hang_up(ACCOUNT, call_id="CA1") is was_on
    assert twilio.calls["CA1"]["status"] == became
    assert twilio.asked == [("POST", f"{ROOT}/Calls/CA1.json", {"Status": "completed"})]


def test_a_call_that_twilio_does_not_have_is_not_said_to_be_over(twilio: FakeTwilio):
    with pytest.raises(CarrierProblem) as refused:
        rest.hang_up(ACCOUNT, call_id="CA1")
    assert refused.value.reason == "not_found"


# --- Answers that are none of Twilio's -------------------------------------------------------

ODD_ANSWERS = (
    "null", "[]", '"x"', "42", "true", "{}", "<html>", "", '{"meta":{}}',
    '{"incoming_phone_numbers":null}', '{"incoming_phone_numbers":[null]}',
    '{"incoming_phone_numbers":["x"]}', '{"available_phone_numbers":{"a":1}}',
    '{"incoming_phone_numbers":[{"sid":5,"phone_number":{},"voice_url":[]},{}],"page":"x"}',
    '{"incoming_phone_numbers":[{}],"next_page_uri":5}',
    '{"available_phone_numbers":[{"phone_number":null,"locality":7}]}',
    '{"date_created":{"a":1},"sid":"PN","status":"in-use"}',
    '{"status":{},"price":[],"duration":-1,"price_unit":7}',
)  # fmt: skip
ASKED = {
    "the account": lambda: rest.check_account(ACCOUNT),
    "its numbers": lambda: rest.numbers_of(ACCOUNT, place=PageCursor()),
    "a number": lambda: rest.number(ACCOUNT, number_id="PN1"),
    "a number to point": lambda: rest.point_number(
        ACCOUNT, number_id="PN1", voice_url=OURS, status_url=""
    ),
    "numbers for sale": lambda: rest.find_numbers(
        ACCOUNT, wanted=Wanted(country="US", kind=NumberKind.LOCAL, digits="415")
    ),
    "a number to buy": lambda: rest.buy_number(
        ACCOUNT, number="+12025550000", voice_url=OURS, status_url=""
    ),
    "a call": lambda: rest.call_facts(ACCOUNT, call_id="CA1"),
    "a call to end": lambda: rest.hang_up(ACCOUNT, call_id="CA1"),
}


def answers(monkeypatch, status, body):
    """Whatever is asked next is answered so."""
    answer = SimpleNamespace(status_code=status, text=body, headers={"Date": "whenever"})
    client = "twilio.http.http_client.TwilioHttpClient.request"
    monkeypatch.setattr(client, lambda *_, **__: answer)


@pytest.mark.parametrize("status", [200, 301, 404, 500])
@pytest.mark.parametrize("asked", ASKED)
def test_an_answer_of_any_form_is_read_or_a_problem_of_the_carrier(monkeypatch, asked, status):
    for body in ODD_ANSWERS:
        answers(monkeypatch, status, body)
        with suppress(CarrierProblem):
            ASKED[asked]()


def test_what_has_no_id_is_no_number(monkeypatch):
    rows = '{"incoming_phone_numbers":[{"sid":"PN1","phone_number":7},{"sid":null},{"sid":"a/b"}]}'
    answers(monkeypatch, 200, rows)
    [found] = rest.numbers_of(ACCOUNT, place=PageCursor()).numbers
    assert (found.number_id, found.number) == ("PN1", "7")
