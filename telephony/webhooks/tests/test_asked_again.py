"""A carrier that could not ask what follows in a call asks the fallback URL: ours for new calls."""

from xml.etree import ElementTree

import pytest
from django.http import HttpResponse
from django.utils import timezone

from agents.versions.publishing import edit_agent
from telephony.webhooks import without_database
from telephony.webhooks.callback_urls import Callback, callback_url
from telephony.webhooks.tests.test_transfers import CHILD, ORIGIN, WARM, put_through, tells, url
from testing.phone_number import CALL_SID, OTHER_CALL, PhoneNumber, attempts, post_form
from usage.models import Call, Transfer


def falls_back(line: PhoneNumber, failed: str, **fields: str) -> HttpResponse:
    """Twilio could not ask `failed`, and asks the number's fallback URL: the voice webhook."""
    form = {"CallStatus": "in-progress", "ErrorCode": "11200", "ErrorUrl": failed}
    return line.rings(**(form | fields))


def next_of(response: HttpResponse) -> str:
    """Where the answer sends the call, which hears nothing meanwhile."""
    [redirect] = ElementTree.fromstring(response.content)
    assert (redirect.tag, redirect.get("method")) == ("Redirect", "POST")
    return redirect.text or ""


@pytest.mark.parametrize("is_away", [False, True])
@pytest.mark.parametrize("query", ["", "?waited=2&since=1.x"])
def test_a_callback_that_failed_is_asked_once_more(line, monkeypatch, is_away, query):
    call = line.answered()
    edit_agent(line.agent, actor=None, is_active=False)  # of a call that is answered
    if is_away:
        monkeypatch.setattr(without_database, "is_in_words", lambda _request: True)
    rows = attempts(line.org)
    failed = f"{callback_url(Callback.AFTER, call)}{query}"
    again = next_of(falls_back(line, failed))
    assert again == f"{failed}{'&' if query else '?'}again=1"
    assert attempts(line.org) == rows
    assert post_form(line.client, again.removeprefix(ORIGIN), line.form()).status_code == 200


def test_a_person_is_not_rung_twice_where_the_end_of_their_line_was_not_reported(line):
    transfer = put_through(line, WARM)
    assert b"<Dial" in tells(line, Callback.AFTER, transfer).content
    Transfer.objects.update(accepted_at=timezone.now())
    again = next_of(falls_back(line, f"{ORIGIN}{url(Callback.DIALED, transfer)}"))
    over = post_form(line.client, again.removeprefix(ORIGIN), line.form(CallStatus="in-progress"))
    assert [verb.tag for verb in ElementTree.fromstring(over.content)] == ["Hangup"]
    assert Call.objects.get().end_reason == "transferred"


def test_the_call_of_a_person_who_answers_is_no_new_call(line):
    transfer = put_through(line, WARM)
    failed = f"{ORIGIN}{url(Callback.PERSON, transfer)}"
    child = {"CallSid": CHILD, "ParentCallSid": CALL_SID}
    assert next_of(falls_back(line, failed, **child)) == f"{failed}?again=1"
    assert Call.objects.count() == 1


def test_a_person_whose_key_was_lost_is_asked_once_more(line):
    transfer = put_through(line, WARM)
    child = {"CallSid": CHILD, "ParentCallSid": CALL_SID}
    again = next_of(falls_back(line, f"{ORIGIN}{url(Callback.KEY, transfer)}", **child))
    assert again == f"{ORIGIN}{url(Callback.PERSON, transfer)}?again=1"
    asked = post_form(line.client, again.removeprefix(ORIGIN), line.form(**child))
    assert b"<Gather" in asked.content


def test_what_is_no_callback_of_the_call_comes_with_a_new_one(line):
    other = line.answered(CallSid=OTHER_CALL)
    after = callback_url(Callback.AFTER, other)
    for failed in (
        f"{ORIGIN}{line.url()}",  # the webhook itself: the number is asked a second time
        after,  # of another call
        f"{after}?again=1",
        after.replace(ORIGIN, "https://elsewhere.example"),
        callback_url(Callback.STREAM_STATUS, other),
        "http://localhost:8000/api/twilio/after/",
        "https://[",
    ):
        assert b"<Connect" in falls_back(line, failed).content
    again = falls_back(line, f"{after}?again=1", CallSid=OTHER_CALL)
    assert b"<Redirect" not in again.content  # it failed twice
