"""A caller who is put through, as a carrier asks: the line, the person, the way back."""

from datetime import timedelta
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest
from django.http import HttpResponse
from django.utils import timezone

from accounts.secrets.vault import store_secret
from agents.transfers.targets import Target
from agents.versions.publishing import publish
from telephony.admission.tickets import make_ticket
from telephony.spoken.languages import ENGLISH, GERMAN
from telephony.twilio.signatures import sign
from telephony.webhooks import transfers
from telephony.webhooks.callback_urls import Callback, make_callback_token
from telephony.webhooks.decorators import TRY_NEXT
from testing.phone_number import CALL_SID, OTHER_CALL, PhoneNumber, post_form, spoken
from usage.models import Call, CallRules, Transfer
from usage.records.calls import redeem_ticket, save_usage
from usage.transfers import records
from usage.transfers.records import TransferOrder
from voicex.reasons.attempts import AttemptReason
from voicex.web.lifecycle import lifecycle

CHILD = "CA" + "7e" * 16
ORIGIN = "http://localhost:8000"
USED = {"sequence": 1, "stream_ms": 1, "stt_ms": 0, "llm_tokens_in": 0, "llm_tokens_out": 0}
COLD = Target("Sales", "+14155550100", "ww12")
WARM = Target("Sales & <Co>", "+14155550100", is_announced=True)


def put_through(line: PhoneNumber, target: Target = COLD, *, briefing: str = "") -> Transfer:
    """The line's call, which its agent has put through."""
    call = line.answered()
    redeem_ticket(
        call_id=call.pk,
        ticket_id=call.ticket_id,
        carrier="twilio",
        stream_sid="MZ1",
        call_sid=call.call_sid,
        account_sid=call.account_sid,
        now=timezone.now(),
    )
    save_usage(call.pk, is_final=True, tts_characters=0, now=timezone.now(), **USED)
    records.begin(call.pk, TransferOrder(target, briefing), generation=0, now=timezone.now())
    return Transfer.objects.get(call=call, ended_at=None)


def url(kind: Callback, transfer: Transfer) -> str:
    row = None if kind is Callback.AFTER else transfer.pk
    return f"/api/twilio/{kind}/{make_callback_token(kind, transfer.call, row=row)}"


def tells(line: PhoneNumber, kind: Callback, transfer: Transfer, **fields: str) -> HttpResponse:
    given = {"CallStatus": "in-progress"} | fields
    return post_form(line.client, url(kind, transfer), line.form(**given))


def asks_person(line: PhoneNumber, transfer: Transfer, **fields: str) -> HttpResponse:
    kind = Callback.KEY if "Digits" in fields else Callback.PERSON
    return tells(line, kind, transfer, CallSid=CHILD, ParentCallSid=CALL_SID, **fields)


def verbs(response: HttpResponse) -> list[str]:
    assert response.status_code == 200
    return [verb.tag for verb in ElementTree.fromstring(response.content)]


def ending(line: PhoneNumber) -> tuple[str, str]:
    return Call.objects.values_list("state", "end_reason").get(org=line.org)


def test_after_the_stream_the_line_is_dialled_and_each_time_the_same(line):
    transfer = put_through(line)
    response = tells(line, Callback.AFTER, transfer)
    [dial] = ElementTree.fromstring(response.content)
    assert dial.attrib == {
        "action": ORIGIN + url(Callback.DIALED, transfer), "method": "POST", "timeout": "20",
        "callerId": "+4930123456", "answerOnBridge": "true",
    }  # fmt: skip
    [number] = dial
    assert (number.tag, number.text, number.attrib) == (
        "Number", "+14155550100", {"sendDigits": "ww12"},
    )  # fmt: skip
    assert tells(line, Callback.AFTER, transfer).content == response.content
    assert ending(line) == ("transfer", "")
    assert Transfer.objects.get().dial_by is None


def test_an_address_is_dialled_as_one_and_a_withheld_caller_is_shown_as_the_number_called(line):
    call = line.answered(From="anonymous")
    Call.objects.filter(pk=call.pk).update(state=Call.State.LIVE)
    target = Target("Desk", "sip:desk@example.com", is_announced=True)
    records.begin(call.pk, TransferOrder(target), generation=0, now=timezone.now())
    transfer = Transfer.objects.get()
    [dial] = ElementTree.fromstring(tells(line, Callback.AFTER, transfer).content)
    assert dial.get("callerId") == "+4930654321"
    assert (dial[0].tag, dial[0].text) == ("Sip", "sip:desk@example.com")
    assert dial[0].get("url") == ORIGIN + url(Callback.PERSON, transfer)


@pytest.mark.parametrize(
    ("caller", "called", "address", "shown"),
    [
        ("sip:201@pbx.example", "sip:desk@acme.sip.twilio.com", "+14155550100", "+14155550123"),
        ("client:ann", "+4930654321", "+14155550100", "+14155550123"),
        ("whatsapp:+558551234567", "whatsapp:+4930654321", "+14155550100", "+14155550123"),
        ("+464", "+4930654321", "+14155550100", "+4930654321"),
        ("sip:201@pbx.example", "sip:a@acme.sip.twilio.com", "sip:desk@example.com", None),
    ],
)
def test_a_caller_without_a_number_is_shown_as_the_one_that_the_organization_names(
    line, caller, called, address, shown
):
    CallRules.objects.create(org=line.org, shown_number="+14155550123")
    call = line.answered(From=caller, To=called)
    Call.objects.filter(pk=call.pk).update(state=Call.State.LIVE)
    order = TransferOrder(Target("Desk", address))
    records.begin(call.pk, order, generation=0, now=timezone.now())
    [dial] = ElementTree.fromstring(tells(line, Callback.AFTER, Transfer.objects.get()).content)
    assert dial.get("callerId") == shown


@pytest.mark.parametrize(
    ("target", "is_accepted", "seconds", "result"),
    [
        (WARM, True, 0, "answered"),
        (WARM, False, 600, "failed"),
        (COLD, False, 600, "answered"),
        (COLD, False, 30, "failed"),
    ],
)
def test_of_a_line_that_is_not_reported_the_key_or_the_time_tells(
    line, target, is_accepted, seconds, result
):
    """As where Twilio could not ask what follows the line, and asks once more."""
    transfer = put_through(line, target)
    if is_accepted:
        asks_person(line, transfer, Digits="1")
    Transfer.objects.update(began_at=timezone.now() - timedelta(seconds=seconds))
    expected = ["Hangup"] if result == "answered" else ["Connect"]
    assert verbs(tells(line, Callback.DIALED, transfer)) == expected
    assert Transfer.objects.get().result == result


def test_a_caller_who_hung_up_before_it_was_dialled_ends_the_call(line):
    transfer = put_through(line)
    assert verbs(tells(line, Callback.AFTER, transfer, CallStatus="completed")) == ["Hangup"]
    assert ending(line) == ("ended", "transfer_abandoned")


def test_answered_and_over_is_the_end(line):
    transfer = put_through(line)
    over = {"DialCallStatus": "completed", "DialCallDuration": "95", "DialBridged": "true"}
    for _ in range(2):
        assert verbs(tells(line, Callback.DIALED, transfer, **over)) == ["Hangup"]
    assert ending(line) == ("ended", "transferred")
    assert Transfer.objects.get().seconds == 95


@pytest.mark.parametrize(
    ("fields", "result"),
    [
        ({"DialCallStatus": "no-answer"}, "no_answer"),
        ({"DialCallStatus": "busy"}, "busy"),
        ({"DialCallStatus": "failed"}, "failed"),
        ({"DialCallStatus": "canceled"}, "no_answer"),
        ({"DialCallStatus": "completed", "DialBridged": "false"}, "declined"),
        ({"DialCallStatus": "who knows"}, "failed"),
        ({}, "failed"),
        ({"DialCallStatus": "busy", "DialCallDuration": "-5"}, "busy"),
    ],
)
def test_a_call_that_nobody_took_comes_back_on_a_new_stream(line, fields, result):
    transfer = put_through(line)
    first = make_ticket(transfer.call)
    response = tells(line, Callback.DIALED, transfer, **fields)
    [connect] = ElementTree.fromstring(response.content)
    stream = connect[0]
    assert (connect.tag, stream.tag, stream[0].get("name")) == ("Connect", "Stream", "ticket")
    call = Call.objects.get()
    assert stream[0].get("value") == make_ticket(call) != first
    assert connect.get("action") == ORIGIN + url(Callback.AFTER, transfer)
    assert tells(line, Callback.DIALED, transfer, **fields).content == response.content
    assert ending(line) == ("return", "")
    assert Transfer.objects.get().result == result


@pytest.mark.parametrize("status", ["no-answer", "canceled", "completed"])
def test_a_caller_who_hangs_up_while_it_rings_ends_the_call_once(line, status):
    transfer = put_through(line)
    gone = {"CallStatus": "completed", "DialCallStatus": status, "DialBridged": "false"}
    for _ in range(2):
        assert verbs(tells(line, Callback.DIALED, transfer, **gone)) == ["Hangup"]
    assert ending(line) == ("ended", "transfer_abandoned")


@pytest.mark.parametrize(
    ("target", "is_accepted", "expected"),
    [(COLD, False, "transferred"), (WARM, True, "transferred"), (WARM, False, "")],
)
def test_without_a_word_of_bridging_the_key_decides(line, target, is_accepted, expected):
    transfer = put_through(line, target)
    if is_accepted:
        asks_person(line, transfer, Digits="1")
    tells(line, Callback.DIALED, transfer, DialCallStatus="completed", DialCallDuration="9")
    assert ending(line)[1] == expected


def test_a_person_hears_what_it_is_about_and_takes_the_call_with_1(line):
    transfer = put_through(line, WARM, briefing="Ann asks about <order> 5 & more.")
    [gather, hangup] = ElementTree.fromstring(asks_person(line, transfer).content)
    said = [say.text for say in gather if say.tag == "Say"]
    assert said == 2 * [
        "You have a call for Sales & <Co>.", "Ann asks about <order> 5 & more.",
        ENGLISH.press_to_take,
    ]  # fmt: skip
    assert gather.get("numDigits") == "1"
    assert gather.get("action") == ORIGIN + url(Callback.KEY, transfer)
    assert hangup.tag == "Hangup"
    assert verbs(asks_person(line, transfer, Digits="1")) == []
    assert Transfer.objects.get().accepted_at is not None


@pytest.mark.parametrize("digits", ["2", "#", "11", ""])
def test_any_other_key_declines(line, digits):
    transfer = put_through(line, WARM)
    response = tells(
        line, Callback.KEY, transfer, CallSid=CHILD, ParentCallSid=CALL_SID, Digits=digits
    )
    assert verbs(response) == ["Hangup"]
    assert Transfer.objects.get().accepted_at is None


def test_a_person_who_answers_too_late_is_not_connected(line):
    transfer = put_through(line, WARM)
    tells(line, Callback.DIALED, transfer, DialCallStatus="no-answer")
    assert verbs(asks_person(line, transfer)) == ["Hangup"]
    assert verbs(asks_person(line, transfer, Digits="1")) == ["Hangup"]


def test_they_are_spoken_to_in_the_agents_language(line):
    publish(line.agent, language="de-AT")
    transfer = put_through(line, WARM)
    gather = ElementTree.fromstring(asks_person(line, transfer).content)[0]
    assert [(say.text, say.get("language")) for say in gather if say.tag == "Say"][-1] == (
        GERMAN.press_to_take, "de-DE",
    )  # fmt: skip


def test_where_no_agent_can_take_the_caller_back_they_are_told(line, monkeypatch):
    transfer = put_through(line)
    full = SimpleNamespace(no_room=lambda *, expected: AttemptReason.BUSY)
    monkeypatch.setattr(transfers, "capacity", full)
    response = tells(line, Callback.DIALED, transfer, DialCallStatus="busy")
    assert spoken(response) == ENGLISH.no_way_back
    assert ending(line) == ("ended", "transfer_failed")


def test_a_process_that_drains_leaves_the_caller_to_another_where_nginx_has_one(line, monkeypatch):
    transfer = put_through(line)
    path, busy = url(Callback.DIALED, transfer), line.form(DialCallStatus="busy")
    monkeypatch.setattr(lifecycle, "is_draining", True)
    assert post_form(line.client, path, busy, headers={TRY_NEXT: "1"}).status_code == 404
    assert ending(line) == ("transfer", "")
    assert Transfer.objects.get().result == ""
    monkeypatch.setattr(lifecycle, "is_draining", False)
    assert verbs(post_form(line.client, path, busy, headers={TRY_NEXT: "1"})) == ["Connect"]


def test_the_last_process_that_drains_says_that_nobody_could_take_it(line, monkeypatch):
    transfer = put_through(line)
    monkeypatch.setattr(lifecycle, "is_draining", True)
    response = tells(line, Callback.DIALED, transfer, DialCallStatus="busy")
    assert spoken(response) == ENGLISH.no_way_back


@pytest.mark.parametrize("kind", [Callback.DIALED, Callback.PERSON, Callback.KEY])
def test_a_url_that_was_not_made_for_this_call_is_refused(line, kind):
    transfer = put_through(line, WARM)
    parent = OTHER_CALL if kind is not Callback.DIALED else CALL_SID
    other = {"CallSid": OTHER_CALL, "ParentCallSid": parent, "DialCallStatus": "busy"}
    assert tells(line, kind, transfer, **other).status_code == 403
    forged = post_form(line.client, f"/api/twilio/{kind}/{transfer.pk}.x", line.form(**other))
    assert forged.status_code == 403
    assert ending(line) == ("transfer", "")


@pytest.mark.parametrize("kind", [Callback.DIALED, Callback.PERSON, Callback.KEY])
def test_where_there_is_a_token_each_is_signed(line, kind):
    transfer = put_through(line, WARM)
    store_secret(line.org, name="twilio_auth_token", value="t" * 32, actor=None)
    fields = line.form(CallStatus="in-progress", DialCallStatus="no-answer")
    if kind is not Callback.DIALED:
        fields |= {"CallSid": CHILD, "ParentCallSid": CALL_SID}
    path = url(kind, transfer)
    assert post_form(line.client, path, fields).status_code == 403
    headers = {"X-Twilio-Signature": sign("t" * 32, f"{ORIGIN}{path}", fields)}
    assert post_form(line.client, path, fields, headers=headers).status_code == 200


def test_a_transfer_that_is_deleted_with_its_call_is_nobodys(line):
    transfer = put_through(line)
    path = url(Callback.DIALED, transfer)
    Transfer.objects.all().delete()
    assert post_form(line.client, path, line.form(DialCallStatus="busy")).status_code == 403
