"""A webhook with a key that has ended: a stranger's answer, and a row for whom the key was."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from accounts.keys.api_keys import issue_key, revoke_key, rotate_key
from telephony.admission import webhook_keys
from telephony.admission.webhook_keys import ROWS_A_MINUTE, Allowance, key_of
from testing.phone_number import CALL_SID, PhoneNumber, attempts
from usage.models import WebhookAttempt
from voicex.errors import KeyRefused

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
UNKNOWN = "vx_" + "0" * 40


@pytest.fixture(autouse=True)
def _fresh_allowance(monkeypatch):
    monkeypatch.setattr(webhook_keys, "_allowance", Allowance())


def revoke(line: PhoneNumber) -> None:
    revoke_key(line.org, key=line.key, actor=None)


def rotate_out(line: PhoneNumber) -> None:
    rotate_key(line.org, key=line.key, actor=None, overlap=timedelta())


@pytest.mark.parametrize(("ends", "reason"), [(revoke, "key_revoked"), (rotate_out, "key_expired")])
def test_its_organization_alone_reads_why_the_call_was_refused(line, other_line, ends, reason):
    stranger = line.rings(url=line.url(key_text=UNKNOWN))
    ends(line)
    response = line.rings()

    assert response.status_code == stranger.status_code == 403
    assert response.content == stranger.content
    assert response.headers == stranger.headers
    assert attempts(line.org) == [("refused", reason, CALL_SID)]
    assert attempts(other_line.org) == []


def test_a_rotated_key_that_is_revoked_too_counts_as_revoked(line: PhoneNumber):
    rotate_out(line)
    revoke(line)
    line.rings()
    assert attempts(line.org) == [("refused", "key_revoked", CALL_SID)]


def test_a_rotated_key_leaves_no_such_row_while_it_still_works(line: PhoneNumber):
    with time_machine.travel(NOON, tick=False) as clock:
        rotate_key(line.org, key=line.key, actor=None)
        assert line.rings().status_code == 200
        clock.shift(timedelta(days=7))
        assert line.rings().status_code == 403
    assert attempts(line.org) == [
        ("answered", "", CALL_SID),
        ("refused", "key_expired", CALL_SID),
    ]


def test_the_right_prefix_of_a_revoked_key_with_a_wrong_secret_leaves_no_row(line: PhoneNumber):
    revoke(line)
    wrong = line.key_text[:-1] + ("0" if line.key_text[-1] != "0" else "1")
    assert line.rings(url=line.url(key_text=wrong)).status_code == 403
    assert not WebhookAttempt.objects.exists()


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("{}", "application/json"),
        ("CallSid=%00%FF", "application/x-www-form-urlencoded"),
        ("&" * 5000, "application/x-www-form-urlencoded"),
        ("CallSid=" + "9" * 70_000, "application/x-www-form-urlencoded"),
    ],
)
def test_a_body_that_cannot_be_read_changes_neither_the_answer_nor_that_it_is_noted(
    line: PhoneNumber, body, content_type
):
    revoke(line)
    response = line.client.post(line.url(), body, content_type=content_type)
    assert (response.status_code, response.content) == (403, b"Forbidden.")
    assert attempts(line.org) == [("refused", "key_revoked", "")]


def test_it_costs_one_query_as_an_unknown_key_does(line, monkeypatch, django_assert_num_queries):
    noted = []  # where calls are taken, the log's own thread writes the rows
    monkeypatch.setattr(webhook_keys.attempt_log, "record", lambda **row: noted.append(row))
    revoke(line)
    for text in (UNKNOWN, line.key_text):
        with django_assert_num_queries(1), pytest.raises(KeyRefused) as refused:
            key_of(text, carrier="twilio", call_sid=CALL_SID, now=NOON)
        assert str(refused.value) == str(KeyRefused())
    assert noted == [
        {"org": line.org, "call_sid": CALL_SID, "outcome": "refused", "reason": "key_revoked"}
    ]


def test_a_flood_with_a_revoked_key_fills_no_table(line: PhoneNumber):
    other, other_text = issue_key(line.org, label="second number")
    revoke(line)
    revoke_key(line.org, key=other, actor=None)
    with time_machine.travel(NOON, tick=False) as clock:
        for _ in range(ROWS_A_MINUTE + 5):
            assert line.rings().status_code == 403
        assert len(attempts(line.org)) == ROWS_A_MINUTE
        line.rings(url=line.url(key_text=other_text))
        assert len(attempts(line.org)) == ROWS_A_MINUTE + 1
        clock.shift(timedelta(minutes=1))
        line.rings()
        assert len(attempts(line.org)) == ROWS_A_MINUTE + 2
