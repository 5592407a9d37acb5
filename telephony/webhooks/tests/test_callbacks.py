"""Callbacks: what Twilio says of a stream and of a call, and what we make of it."""

from datetime import timedelta
from xml.etree import ElementTree

import pytest
import time_machine
from django.http import HttpResponse
from django.utils import timezone

from accounts.secrets.vault import store_secret
from agents.versions.publishing import publish
from telephony.admission.webhook_keys import ROWS_A_MINUTE
from telephony.calls import live_hub
from telephony.spoken.languages import ENGLISH, GERMAN
from telephony.twilio.signatures import sign
from telephony.webhooks import callback_proof
from telephony.webhooks.callback_urls import Callback, make_callback_token, status_callback_url
from testing.phone_number import CALL_SID, OTHER_CALL, PhoneNumber, attempts, post_form, spoken
from usage.billing.settlement import finalize
from usage.models import Call, Outbox, Quota, Turn
from usage.records.calls import redeem_ticket, save_usage

ORIGIN = "http://localhost:8000"
APOLOGY = ENGLISH.lost
NOTHING_USED = {
    "sequence": 1,
    "stream_ms": 1,
    "stt_ms": 0,
    "llm_tokens_in": 0,
    "llm_tokens_out": 0,
    "tts_characters": 0,
}

SAID_AT = {"started_ms": 0, "ended_ms": 1}


def after_url(call: Call) -> str:
    return f"/api/twilio/after/{make_callback_token(Callback.AFTER, call)}"


def stream_url(call: Call) -> str:
    return f"/api/twilio/stream-status/{make_callback_token(Callback.STREAM_STATUS, call)}"


def status_url(line: PhoneNumber) -> str:
    return status_callback_url(line.org).removeprefix(ORIGIN)


def tell(line: PhoneNumber, url: str, **fields: str) -> HttpResponse:
    """A callback of Twilio about the line's call."""
    return post_form(line.client, url, line.form(**fields))


def goes_live(call: Call) -> None:
    """The stream has brought its ticket."""
    assert redeem_ticket(
        call_id=call.pk,
        ticket_id=call.ticket_id,
        carrier="twilio",
        stream_sid="MZ1",
        call_sid=call.call_sid,
        account_sid=call.account_sid,
        now=timezone.now(),
    )


def session_ends(call: Call, reason: str = "agent_hung_up") -> None:
    """The session has written its last records."""
    save_usage(call.pk, is_final=True, now=timezone.now(), **NOTHING_USED)
    finalize(call.pk, reason=reason, now=timezone.now())


@pytest.fixture
def orders(monkeypatch):
    """Orders to processes that carry calls: (call, order, reason)."""
    given = []

    async def order(call_id, what, *, reason="", before=None):
        given.append((call_id, what, reason))

    monkeypatch.setattr(live_hub, "order", order)
    return given


def ending(call: Call) -> tuple[str, str]:
    call.refresh_from_db()
    return call.state, call.end_reason


# --- After the stream ----------------------------------------------------------------------------


def test_a_session_that_ended_in_order_is_hung_up(line: PhoneNumber, orders):
    call = line.answered()
    goes_live(call)
    session_ends(call)
    response = tell(line, after_url(call), CallStatus="in-progress")

    assert response["Content-Type"] == "text/xml; charset=utf-8"
    assert [verb.tag for verb in ElementTree.fromstring(response.content)] == ["Hangup"]
    assert ending(call) == ("ended", "agent_hung_up")
    assert orders == []


def test_a_caller_left_on_the_line_by_a_broken_stream_hears_an_apology(
    line: PhoneNumber, orders, logged
):
    call = line.answered()
    goes_live(call)
    response = tell(line, after_url(call), CallStatus="in-progress")

    assert spoken(response) == APOLOGY
    assert "stream_lost" in [event["event"] for event in logged]
    # Whether a process still carries it only that process knows, or its silence.
    assert ending(call)[0] == "live"
    assert orders == [(call.pk, live_hub.END, "stream_lost")]


def test_a_stream_that_never_opened_ends_in_an_apology_too(line: PhoneNumber):
    call = line.answered()
    assert spoken(tell(line, after_url(call), CallStatus="in-progress")) == APOLOGY
    assert ending(call) == ("ended", "stream_lost")


@pytest.mark.parametrize("reason", ["internal_error", "engine_failed", "media_lost", "stop"])
@pytest.mark.parametrize("first", ["session", "carrier"])
def test_without_a_goodbye_the_carrier_says_one_in_any_order_of_records(
    line: PhoneNumber, orders, reason, first
):
    call = line.answered()
    goes_live(call)
    if first == "carrier":
        tell(line, stream_url(call), StreamEvent="stream-stopped")
    session_ends(call, reason)
    assert spoken(tell(line, after_url(call), CallStatus="in-progress")) == APOLOGY
    assert ending(call) == ("ended", reason)


def test_a_last_word_that_is_not_written_yet_is_no_reason_for_silence(line: PhoneNumber, orders):
    call = line.answered()
    goes_live(call)
    save_usage(call.pk, is_final=True, now=timezone.now(), **NOTHING_USED)
    assert spoken(tell(line, after_url(call), CallStatus="in-progress")) == APOLOGY


def test_the_carrier_speaks_the_language_that_the_agent_spoke_last(line: PhoneNumber):
    call = line.answered()
    Turn.objects.create(call=call, number=1, role="agent", text="Hi.", language="en", **SAID_AT)
    Turn.objects.create(call=call, number=2, role="agent", text="Gern.", language="de", **SAID_AT)
    Turn.objects.create(call=call, number=3, role="caller", text="Oh", language="en", **SAID_AT)
    assert spoken(tell(line, after_url(call), CallStatus="in-progress")) == GERMAN.lost


def test_the_carrier_speaks_the_agents_language(line: PhoneNumber):
    publish(line.agent, language="de", stt="scripted", llm="scripted", tts="scripted")
    call = line.answered()
    response = tell(line, after_url(call), CallStatus="in-progress")
    [say, _] = ElementTree.fromstring(response.content)
    assert say.get("language") == "de-DE"
    assert say.text == GERMAN.lost


@pytest.mark.parametrize("reason", ["agent_hung_up", "caller_silent", "restarting"])
def test_after_a_goodbye_nothing_more_is_said(line: PhoneNumber, reason):
    call = line.answered()
    goes_live(call)
    session_ends(call, reason)
    response = tell(line, after_url(call), CallStatus="in-progress")
    assert [verb.tag for verb in ElementTree.fromstring(response.content)] == ["Hangup"]


def test_a_call_that_a_member_ends_is_ended_in_words(line: PhoneNumber):
    call = line.answered()
    goes_live(call)
    session_ends(call, "hung_up_by_member")
    response = tell(line, after_url(call), CallStatus="in-progress")
    assert spoken(response) == ENGLISH.ended


def test_there_is_no_apology_after_the_caller_hung_up(line: PhoneNumber):
    call = line.answered()
    response = tell(line, after_url(call), CallStatus="completed")
    assert [verb.tag for verb in ElementTree.fromstring(response.content)] == ["Hangup"]


def test_the_same_question_gets_the_same_answer(line: PhoneNumber):
    call = line.answered()
    goes_live(call)
    answers = {tell(line, after_url(call), CallStatus="in-progress").content for _ in range(3)}
    assert len(answers) == 1


# --- A call that a process carries ---------------------------------------------------------------

WORDS = {
    "stream-stopped": lambda line, call: (stream_url(call), {"StreamEvent": "stream-stopped"}),
    "stream-error": lambda line, call: (stream_url(call), {"StreamEvent": "stream-error"}),
    "after": lambda line, call: (after_url(call), {"CallStatus": "in-progress"}),
    "after, hung up": lambda line, call: (after_url(call), {"CallStatus": "completed"}),
    "status": lambda line, call: (status_url(line), {"CallStatus": "completed"}),
}


@pytest.mark.parametrize("word", WORDS.values(), ids=WORDS.keys())
def test_a_callback_about_a_call_that_is_carried_frees_no_slot(line: PhoneNumber, orders, word):
    Quota.objects.create(org=line.org, concurrent_calls=1)
    call = line.answered()
    goes_live(call)
    url, fields = word(line, call)
    for _ in range(2):
        assert tell(line, url, **fields).status_code in (200, 204)

    assert ending(call)[0] == "live"
    assert call.ended_at is None
    assert [(pk, what) for pk, what, _ in orders] == [(call.pk, live_hub.END)] * 2
    line.rings(CallSid=OTHER_CALL)
    assert attempts(line.org)[-1] == ("declined", "no_slot", OTHER_CALL)


@pytest.mark.parametrize("word", WORDS.values(), ids=WORDS.keys())
def test_a_callback_about_a_call_without_a_stream_frees_its_slot_and_spoils_its_ticket(
    line: PhoneNumber, orders, word
):
    Quota.objects.create(org=line.org, concurrent_calls=1)
    call = line.answered()
    url, fields = word(line, call)
    tell(line, url, **fields)

    assert ending(call)[0] == "ended"
    assert orders == []
    line.answered(CallSid=OTHER_CALL)
    with pytest.raises(AssertionError):
        goes_live(call)


def test_an_order_that_cannot_be_sent_costs_the_callback_nothing(
    line: PhoneNumber, monkeypatch, logged
):
    async def away(*_args, **_kwargs):
        raise ConnectionError

    monkeypatch.setattr(live_hub, "order", away)
    call = line.answered()
    goes_live(call)
    assert tell(line, stream_url(call), StreamEvent="stream-stopped").status_code == 204
    assert "order_not_sent" in [event["event"] for event in logged]


# --- The stream's state --------------------------------------------------------------------------


def test_a_stream_that_starts_ends_nothing(line: PhoneNumber):
    call = line.answered()
    response = tell(line, stream_url(call), StreamEvent="stream-started")
    assert (response.status_code, response.content) == (204, b"")
    assert ending(call) == ("opened", "")


def test_a_stream_that_stops_ends_the_call(line: PhoneNumber):
    call = line.answered()
    assert tell(line, stream_url(call), StreamEvent="stream-stopped").status_code == 204
    assert ending(call) == ("ended", "stream_stopped")


def test_a_stream_error_is_kept_as_evidence(line: PhoneNumber):
    call = line.answered()
    tell(line, stream_url(call), StreamEvent="stream-error", StreamError="31920 no 101" + "x" * 900)
    assert ending(call) == ("ended", "stream_error")
    assert call.carrier_report["stream_event"] == "stream-error"
    assert call.carrier_report["stream_error"].startswith("31920 no 101")
    assert len(call.carrier_report["stream_error"]) == 500


# --- The call's state ----------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["completed", "busy", "failed", "no-answer", "canceled"])
def test_a_terminal_status_ends_the_call(line: PhoneNumber, state):
    call = line.answered()
    assert tell(line, status_url(line), CallStatus=state).status_code == 204
    assert ending(call) == ("ended", "carrier_" + state.replace("-", "_"))
    assert call.carrier_report == {"status": state}


def test_the_case_of_the_carriers_words_does_not_matter(line: PhoneNumber):
    call = line.answered()
    tell(line, status_url(line), CallStatus=" Completed", CallDuration="42 ")
    assert ending(call) == ("ended", "carrier_completed")
    assert call.carrier_report == {"status": "completed", "duration_s": 42}


def test_the_carriers_duration_is_kept_as_evidence(line: PhoneNumber):
    call = line.answered()
    tell(line, status_url(line), CallStatus="completed", CallDuration="42")
    call.refresh_from_db()
    assert call.carrier_report == {"status": "completed", "duration_s": 42}


@pytest.mark.parametrize("seconds", ["", "-1", "4.2", "\u0664\u0662", "\u00b2", "soon"])
def test_a_duration_that_is_no_number_is_not_believed(line: PhoneNumber, seconds):
    call = line.answered()
    tell(line, status_url(line), CallStatus="completed", CallDuration=seconds)
    call.refresh_from_db()
    assert call.carrier_report == {"status": "completed"}


@pytest.mark.parametrize("state", ["queued", "ringing", "in-progress", "", "<b>"])
def test_any_other_status_ends_nothing(line: PhoneNumber, state):
    call = line.answered()
    assert tell(line, status_url(line), CallStatus=state).status_code == 204
    assert ending(call) == ("opened", "")


def test_callbacks_may_come_in_any_order_and_twice(line: PhoneNumber, orders):
    call = line.answered()
    goes_live(call)
    tell(line, status_url(line), CallStatus="completed", CallDuration="9")
    for _ in range(2):
        tell(line, stream_url(call), StreamEvent="stream-stopped")
        tell(line, stream_url(call), StreamEvent="stream-started")
        tell(line, status_url(line), CallStatus="in-progress")
        tell(line, status_url(line), CallStatus="completed", CallDuration="9")
        tell(line, after_url(call), CallStatus="completed")
        session_ends(call, "stop")

    assert ending(call) == ("ended", "stop")
    assert call.carrier_report == {
        "status": "completed",
        "duration_s": 9,
        "stream_event": "stream-stopped",
        "after_status": "completed",
    }
    assert Outbox.objects.filter(call=call).count() == 1


def test_the_status_of_a_declined_call_is_no_forgery(line: PhoneNumber):
    Quota.objects.create(org=line.org, concurrent_calls=0)
    line.rings()
    assert attempts(line.org) == [("declined", "no_slot", CALL_SID)]
    assert tell(line, status_url(line), CallStatus="completed").status_code == 204


# --- Signed by the carrier -----------------------------------------------------------------------

TOKEN = "5" * 32


def signed(line: PhoneNumber, url: str, token: str = TOKEN, **fields: str) -> HttpResponse:
    """A callback with the signature of Twilio."""
    form = line.form(**fields)
    headers = {"X-Twilio-Signature": sign(token, f"{ORIGIN}{url}", form)}
    return post_form(line.client, url, form, headers=headers)


@pytest.fixture
def unsigned_call(line: PhoneNumber) -> Call:
    """A call of an organization that has given its auth token since."""
    call = line.answered()
    store_secret(line.org, name="twilio_auth_token", value=TOKEN, actor=None)
    return call


@pytest.mark.parametrize("word", WORDS.values(), ids=WORDS.keys())
def test_where_there_is_a_token_a_callback_without_its_signature_is_refused(
    line: PhoneNumber, unsigned_call, logged, word
):
    url, fields = word(line, unsigned_call)
    for response in (tell(line, url, **fields), signed(line, url, "6" * 32, **fields)):
        assert (response.status_code, response.content) == (403, b"Forbidden.")
    assert ending(unsigned_call) == ("opened", "")
    assert attempts(line.org)[-2:] == [("refused", "bad_callback", CALL_SID)] * 2
    assert "callback_signature_refused" in [event["event"] for event in logged]

    assert signed(line, url, **fields).status_code in (200, 204)
    assert ending(unsigned_call)[0] == "ended"


def test_either_of_two_tokens_signs_callbacks_while_one_rotates(line: PhoneNumber, unsigned_call):
    store_secret(line.org, name="twilio_auth_token_next", value="6" * 32, actor=None)
    url = stream_url(unsigned_call)
    for token in ("6" * 32, TOKEN):
        assert signed(line, url, token, StreamEvent="stream-stopped").status_code == 204
    assert signed(line, url, "7" * 32, StreamEvent="stream-stopped").status_code == 403


def test_a_signed_form_that_was_changed_is_refused(line: PhoneNumber, unsigned_call):
    url = status_url(line)
    form = line.form(CallStatus="in-progress")
    headers = {"X-Twilio-Signature": sign(TOKEN, f"{ORIGIN}{url}", form)}
    changed = form | {"CallStatus": "completed"}
    assert post_form(line.client, url, changed, headers=headers).status_code == 403
    assert ending(unsigned_call) == ("opened", "")


def test_another_organizations_token_asks_for_nothing_here(
    line: PhoneNumber, other_line: PhoneNumber
):
    store_secret(other_line.org, name="twilio_auth_token", value=TOKEN, actor=None)
    call = line.answered()
    assert tell(line, stream_url(call), StreamEvent="stream-stopped").status_code == 204


def test_the_signature_costs_a_callback_one_query(
    line: PhoneNumber, unsigned_call, monkeypatch, django_assert_num_queries
):
    # Where calls are taken, the log's own thread writes the rows.
    monkeypatch.setattr(callback_proof.attempt_log, "record", lambda **row: None)
    url = stream_url(unsigned_call)
    with django_assert_num_queries(1):
        assert tell(line, url, StreamEvent="stream-stopped").status_code == 403


def test_a_flood_of_unsigned_callbacks_fills_no_table(line: PhoneNumber, unsigned_call):
    before = len(attempts(line.org))
    with time_machine.travel(timezone.now(), tick=False):
        for _ in range(ROWS_A_MINUTE + 5):
            assert tell(line, status_url(line), CallStatus="completed").status_code == 403
    assert len(attempts(line.org)) == before + ROWS_A_MINUTE


# --- Forged --------------------------------------------------------------------------------------


def altered(url: str) -> str:
    return url[:-1] + ("A" if url[-1] != "A" else "B")


FORGED = {
    "after, unsigned": lambda line, call, other: f"/api/twilio/after/{call.pk}",
    "after, altered": lambda line, call, other: altered(after_url(call)),
    "after, the stream's token": lambda line, call, other: stream_url(call).replace(
        "stream-status", "after"
    ),
    "after, another call's": lambda line, call, other: after_url(other),
    "stream, unsigned": lambda line, call, other: f"/api/twilio/stream-status/{call.pk}",
    "stream, altered": lambda line, call, other: altered(stream_url(call)),
    "stream, the action's token": lambda line, call, other: after_url(call).replace(
        "after", "stream-status"
    ),
    "stream, another call's": lambda line, call, other: stream_url(other),
    "status, unsigned": lambda line, call, other: f"/api/twilio/status?org={line.org.public_id}",
    "status, nothing": lambda line, call, other: "/api/twilio/status",
    "status, altered": lambda line, call, other: altered(status_url(line)),
    "status, another organization named": lambda line, call, other: status_url(line).replace(
        line.org.public_id, other.org.public_id
    ),
    "status, another organization's": lambda line, call, other: status_callback_url(
        other.org
    ).removeprefix(ORIGIN),
}


@pytest.mark.parametrize("make_url", FORGED.values(), ids=FORGED.keys())
def test_a_forged_callback_is_refused_and_ends_nothing(
    line: PhoneNumber, other_line: PhoneNumber, make_url
):
    call, other = line.answered(), other_line.answered(CallSid=OTHER_CALL)
    response = tell(
        line, make_url(line, call, other), CallStatus="completed", StreamEvent="stream-stopped"
    )
    assert (response.status_code, response.content) == (403, b"Forbidden.")
    assert ending(call) == ("opened", "")
    assert ending(other) == ("opened", "")


def test_one_organizations_url_does_not_end_anothers_call(
    line: PhoneNumber, other_line: PhoneNumber
):
    other = other_line.answered(CallSid=OTHER_CALL)
    response = tell(line, status_url(line), CallSid=OTHER_CALL, CallStatus="completed")
    assert response.status_code == 403
    assert ending(other) == ("opened", "")


@pytest.mark.parametrize("make_url", [after_url, stream_url])
def test_a_callback_without_a_call_is_malformed(line: PhoneNumber, make_url):
    url = make_url(line.answered())
    assert tell(line, url, CallSid="").status_code == 400
    assert line.client.post(url, {"CallSid": CALL_SID}).status_code == 400  # multipart


@pytest.mark.parametrize("make_url", [after_url, stream_url])
def test_callbacks_are_posts_that_no_cache_stores(line: PhoneNumber, make_url):
    response = line.client.get(make_url(line.answered()))
    assert (response.status_code, response["Allow"]) == (405, "POST")
    assert response["Cache-Control"] == "no-store"
    assert response["Referrer-Policy"] == "no-referrer"


def test_an_old_callback_still_counts(line: PhoneNumber):
    call = line.answered()
    Call.objects.update(opened_at=timezone.now() - timedelta(days=2))
    assert tell(line, stream_url(call), StreamEvent="stream-stopped").status_code == 204
