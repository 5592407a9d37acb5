"""The voice webhook: which agent answers, and what a request must look like."""

import re
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import ApiKey
from agents.versions.publishing import create_agent, edit_agent, publish
from telephony.admission import decision
from telephony.admission.tickets import Ticket, make_stream_path, read_ticket
from testing.phone_number import ACCOUNT_SID, CALL_SID, OTHER_CALL, PhoneNumber, attempts, post_form
from usage.models import Call
from usage.records.evidence import attestation_in, without_texts
from voicex.reasons.attestation import Attestation

# --- Answered --------------------------------------------------------------------------------


def test_a_call_is_connected_to_a_stream_with_a_ticket(line: PhoneNumber):
    response = line.rings()

    assert response.status_code == 200
    assert response["Content-Type"] == "text/xml; charset=utf-8"
    call = Call.objects.get()
    connect = ElementTree.fromstring(response.content)[0]
    stream = connect[0]
    assert (connect.tag, stream.tag) == ("Connect", "Stream")
    assert stream.get("url") == f"ws://localhost:8000{make_stream_path(call)}"
    assert len(stream.get("url")) < 150
    assert [parameter.get("name") for parameter in stream] == ["ticket"]
    assert read_ticket(stream[0].get("value")) == Ticket(call.pk, call.ticket_id)
    assert connect.get("action").startswith("http://localhost:8000/api/twilio/after/")
    assert stream.get("statusCallback").startswith(
        "http://localhost:8000/api/twilio/stream-status/"
    )
    assert (call.org, call.agent, call.version) == (line.org, line.agent, line.agent.published)
    assert (call.call_sid, call.account_sid) == (CALL_SID, ACCOUNT_SID)
    assert (call.from_number, call.to_number) == ("+4930123456", "+4930654321")
    assert not call.is_verified
    assert attempts(line.org) == [("answered", "", CALL_SID)]


def test_media_goes_to_its_own_host_over_tls_when_there_is_one(line: PhoneNumber, settings):
    settings.MEDIA_APP_URL = "https://media.voicex.example"
    assert b'url="wss://media.voicex.example/api/twilio/stream/' in line.rings().content


def test_a_repeated_webhook_is_one_row_of_the_attempt_log(line: PhoneNumber):
    for _ in range(5):
        line.rings()
    assert attempts(line.org) == [("answered", "", CALL_SID)]


def test_a_repeated_webhook_gets_the_same_bytes_and_opens_one_call(line: PhoneNumber):
    first = line.rings()
    publish(line.agent, greeting="Another greeting.")
    create_agent(line.org, name="Newcomer", stt="scripted", llm="scripted", tts="scripted")
    edit_agent(line.agent, actor=None, is_active=False)

    assert line.rings().content == first.content
    assert Call.objects.count() == 1


@pytest.mark.parametrize("status", ["completed", "Busy", "no-answer", "failed", " canceled "])
def test_no_call_is_opened_when_the_carrier_says_that_it_is_over(line: PhoneNumber, status):
    response = line.rings(CallStatus=status, CallDuration="12")
    assert response.status_code == 200
    assert [verb.tag for verb in ElementTree.fromstring(response.content)] == ["Hangup"]
    assert not Call.objects.exists()
    assert attempts(line.org) == []


@pytest.mark.parametrize("direction", ["outbound-api", "outbound-dial"])
def test_the_caller_of_a_call_that_the_client_places_is_who_was_called(line, direction):
    call = line.answered(Direction=direction, AnsweredBy="human")
    assert (call.from_number, call.to_number) == ("+4930654321", "+4930123456")


@pytest.mark.parametrize("machine", ["machine_start", "Machine_End_Beep", "fax"])
def test_a_machine_that_takes_a_call_of_the_clients_is_not_greeted(line, machine):
    answer = line.rings(Direction="outbound-api", AnsweredBy=machine)
    assert [verb.tag for verb in ElementTree.fromstring(answer.content)] == ["Hangup"]
    assert not Call.objects.exists()


@pytest.mark.parametrize("status", ["in-progress", "queued", "initiated", "answered", ""])
def test_a_call_is_answered_in_any_other_state(line: PhoneNumber, status):
    assert line.rings(CallStatus=status).status_code == 200
    assert Call.objects.count() == 1


def test_without_agent_id_the_oldest_active_agent_answers(line: PhoneNumber):
    sales = create_agent(line.org, name="Sales", stt="scripted", llm="scripted", tts="scripted")
    assert line.answered().agent == line.agent

    edit_agent(line.agent, actor=None, is_active=False)
    assert line.answered(CallSid=OTHER_CALL).agent == sales


def test_agent_id_gives_each_number_its_own_agent(line: PhoneNumber):
    sales = create_agent(line.org, name="Sales", stt="scripted", llm="scripted", tts="scripted")
    assert line.rings(url=line.url(agent_id=sales.public_id)).status_code == 200
    assert Call.objects.get().agent == sales


def test_an_empty_agent_id_is_none(line: PhoneNumber):
    assert line.rings(url=line.url() + "&agent_id=").status_code == 200


def test_the_key_remembers_when_it_was_used(line: PhoneNumber):
    line.rings()
    assert ApiKey.objects.get(pk=line.key.pk).last_used_at is not None


def test_numbers_are_kept_in_one_spelling_and_what_is_none_as_unknown(line: PhoneNumber):
    call = line.answered(From="sip:" + "x" * 200 + "@example.com", To="+49\x0030")
    assert (call.from_number, call.to_number) == ("unknown", "+4930")


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("TN-Validation-Passed-A", Attestation.FULL),
        ("TN-Validation-Passed-C", Attestation.GATEWAY),
        ("TN-Validation-Failed-B", Attestation.FAILED),
        ("TN-Validation-Failed-A-Diverted", Attestation.FAILED),
        ("TN-Validation-Failed-C-Passthrough", Attestation.FAILED),
        ("TN-Validation-Passed-A-Diverted", Attestation.FULL),
        ("No-TN-Validation", None),
        ("x" * 5_000, None),
    ],
)
def test_how_far_the_carrier_vouches_for_the_number_is_kept(line: PhoneNumber, said, kept):
    call = line.answered(StirVerstat=said)
    assert attestation_in(call.carrier_report) is kept
    assert call.carrier_report == without_texts(call.carrier_report)  # also without its words


def test_twilio_needs_no_csrf_cookie(line: PhoneNumber):
    line.client = Client(enforce_csrf_checks=True)
    assert line.rings().status_code == 200


def test_a_call_costs_few_statements(line: PhoneNumber):
    line.rings()
    with CaptureQueriesContext(connection) as captured:
        assert line.rings(CallSid=OTHER_CALL).status_code == 200
    # A savepoint is where the transaction begins and ends outside of tests. The attempt's row
    # and its day's count are written by a thread in a process that takes calls.
    statements = [
        query["sql"]
        for query in captured
        if not re.match("SAVEPOINT|RELEASE", query["sql"]) and "attempt" not in query["sql"]
    ]
    assert len(statements) <= 7, statements


# --- Malformed ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "form",
    [
        {"CallSid": ""},
        {"AccountSid": ""},
        {"CallSid": "CA123"},
        {"CallSid": CALL_SID + "\n"},
        {"CallSid": ACCOUNT_SID},
        {"AccountSid": CALL_SID},
        {"CallSid": "CA" + "z" * 32},
        {"AccountSid": "AC" + "\uff11" * 32},  # digits, but not ASCII
    ],
)
def test_a_form_without_twilios_sids_is_malformed(line: PhoneNumber, form):
    response = line.rings(**form)
    assert response.status_code == 400
    [field] = form
    assert response.content.decode() == (
        f"The form must hold {field}: {'CA' if field == 'CallSid' else 'AC'} "
        "and 32 hexadecimal digits."
    )


@pytest.mark.parametrize(
    "content_type",
    [
        "application/x-www-form-urlencoded",
        "application/x-www-form-urlencoded; charset=UTF-8",
        'Application/X-WWW-Form-URLEncoded;charset="utf-8"',
        "APPLICATION/X-WWW-FORM-URLENCODED; Charset=utf8",
        "application/x-www-form-urlencoded; charset=us-ascii",
        "application/x-www-form-urlencoded; charset=",
    ],
)
def test_a_form_may_name_its_type_in_any_case_and_its_charset(line: PhoneNumber, content_type):
    response = line.client.post(line.url(), urlencode(line.form()), content_type=content_type)
    assert response.status_code == 200
    assert "<Stream" in response.text


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", '{"CallSid": "CA"}'),
        ("text/plain", "CallSid=CA"),
        ("multipart/form-data; boundary=x", "--x--"),
        ("application/x-www-form-urlencoded; charset=utf-16", "CallSid=CA"),
        ("application/x-www-form-urlencoded", "a=" + "x" * 64 * 1024),
        ("application/x-www-form-urlencoded", "a=" + "x" * 3 * 1024 * 1024),
        ("application/x-www-form-urlencoded", "&".join(f"a{n}=1" for n in range(2000))),
        ("application/x-www-form-urlencoded", ""),
        ("", ""),
    ],
)
def test_another_body_than_a_small_form_is_malformed(line: PhoneNumber, content_type, body):
    response = line.client.post(line.url(), body, content_type=content_type)
    assert response.status_code == 400
    assert response["Content-Type"].startswith("text/plain")
    assert response.content.decode().endswith(".")
    assert "<" not in response.content.decode()


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_another_method_is_not_allowed(line: PhoneNumber, method):
    response = line.client.generic(method, line.url())
    assert response.status_code == 405
    assert response["Allow"] == "POST"
    assert response["Cache-Control"] == "no-store"


# --- Our fault ---------------------------------------------------------------------------------


@pytest.mark.parametrize("debug", [False, True])
def test_a_fault_of_ours_is_500_in_plain_words(line: PhoneNumber, monkeypatch, settings, debug):
    settings.DEBUG = debug
    monkeypatch.setattr(decision, "open_call", lambda **_: 1 / 0)
    response = line.rings()
    assert response.status_code == 500
    assert response["Content-Type"].startswith("text/plain")
    assert response.content == (
        b"Something went wrong on our side. The operator's log has the details."
    )


def test_answers_are_neither_stored_nor_referred_to(line: PhoneNumber):
    response = post_form(line.client, line.url(), line.form())
    assert response["Cache-Control"] == "no-store"
    assert response["Referrer-Policy"] == "no-referrer"
