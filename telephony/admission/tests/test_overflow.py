"""What callers get while all lines are busy: what the organization has chosen."""

import re
from datetime import timedelta
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest
from django.utils import timezone

from accounts.secrets.vault import store_secret
from agents.versions.publishing import publish
from telephony.spoken.languages import ENGLISH, GERMAN
from telephony.twilio.signatures import sign
from telephony.webhooks import without_database
from testing.phone_number import OTHER_CALL, attempts, line_of, post_form, spoken
from usage.models import CallRules, Quota
from voicex.reasons.attempts import AttemptReason

ORIGIN = "http://localhost:8000"
NO_SLOT = AttemptReason.NO_SLOT


@pytest.fixture
def busy(cast):
    line = line_of(cast.acorn)
    Quota.objects.create(org=line.org, concurrent_calls=1)
    line.answered()
    return line


def heard(line, **rules):
    if rules:
        CallRules.objects.update_or_create(org=line.org, defaults=rules)
    root = ElementTree.fromstring(line.rings(CallSid=OTHER_CALL).content)
    return [(each.tag, dict(each.attrib), "".join(each.itertext())) for each in root]


def test_without_a_choice_all_lines_are_busy_in_words(busy):
    sentence = ENGLISH.declines[AttemptReason.NO_SLOT]
    said = [("Say", {}, sentence), ("Hangup", {}, "")]
    assert heard(busy) == said
    assert heard(busy, when_busy="apology", busy_sentence="Later.", busy_number="+1") == said


def test_a_sentence_of_its_own(busy):
    choice = {"when_busy": "sentence", "busy_sentence": "Try <again> & later."}
    assert heard(busy, **choice) == [("Say", {}, "Try <again> & later."), ("Hangup", {}, "")]


def test_the_busy_tone(busy):
    assert heard(busy, when_busy="busy") == [("Reject", {"reason": "busy"}, "")]


def test_another_number_but_not_the_one_that_was_called(busy):
    choice = {"when_busy": "number", "busy_number": "+14155550100"}
    ((verb, how, number),) = heard(busy, **choice)
    assert (verb, number) == ("Dial", "+14155550100")
    assert how["callerId"] == "+4930123456"
    assert heard(busy, busy_number="+4930654321")[0][0] == "Say"


FORWARD = {"when_busy": "number", "busy_number": "+14155550100"}


@pytest.mark.parametrize(
    ("caller", "called", "shown"),
    [
        ("anonymous", "+4930654321", "+4930654321"),
        ("+464", "+4930654321", "+4930654321"),  # no network has that number
        ("sip:201@pbx.example", "sip:desk@acme.sip.twilio.com", "+14155550123"),
        ("client:ann", "+4930654321", "+14155550123"),
        ("whatsapp:+558551234567", "whatsapp:+4930654321", "+14155550123"),
    ],
)
def test_who_is_forwarded_without_a_number_is_shown_as_one_of_the_organizations(
    busy, caller, called, shown
):
    CallRules.objects.create(org=busy.org, shown_number="+14155550123", **FORWARD)
    answer = busy.rings(CallSid=OTHER_CALL, From=caller, To=called)
    assert ElementTree.fromstring(answer.content)[0].get("callerId") == shown


def is_over(line, url, *, token="", **fields):
    """The answer where the forwarded call of OTHER_CALL is over."""
    form = line.form(**{"CallSid": OTHER_CALL, "CallStatus": "in-progress"} | fields)
    headers = {"X-Twilio-Signature": sign(token, url, form)} if token else {}
    return post_form(line.client, url.removeprefix(ORIGIN), form, headers=headers)


@pytest.mark.parametrize("is_away", [False, True])
def test_who_is_not_answered_at_the_other_number_hears_it_in_the_agents_language(
    busy, monkeypatch, is_away
):
    publish(busy.agent, language="de-AT")
    url = heard(busy, **FORWARD)[0][1]["action"]
    if is_away:
        monkeypatch.setattr(without_database, "is_in_words", lambda _request: True)
    before = len(attempts(busy.org))
    for status in ("busy", "no-answer", "failed"):
        assert spoken(is_over(busy, url, DialCallStatus=status)) == GERMAN.declines[NO_SLOT]
    talked = {"DialCallStatus": "completed", "DialBridged": "true"}
    for fields in (talked, {"CallStatus": "completed", "DialCallStatus": "no-answer"}):
        assert b"<Say" not in is_over(busy, url, **fields).content
    row = ("declined", "forward_failed", OTHER_CALL)
    assert attempts(busy.org)[before:] == ([] if is_away else [row])  # one caller, once


def test_who_may_have_talked_at_the_other_number_does_not_hear_that_all_lines_were_busy(
    busy, monkeypatch
):
    """Twilio could not ask what follows, and asks again, which says nothing of the line."""
    url = heard(busy, **FORWARD)[0][1]["action"]
    assert b"<Say" in is_over(busy, f"{url}&again=1").content
    later = SimpleNamespace(now=lambda: timezone.now() + timedelta(minutes=2))
    monkeypatch.setattr(without_database, "timezone", later)
    assert b"<Say" not in is_over(busy, f"{url}&again=1").content
    assert b"<Say" in is_over(busy, url, DialCallStatus="busy").content
    forged = re.sub("since=[0-9]+", "since=1", url)
    assert b"<Say" in is_over(busy, forged).content


def test_what_became_of_a_forwarded_call_is_taken_from_the_carrier_alone(busy):
    url = heard(busy, **FORWARD)[0][1]["action"]
    assert is_over(busy, url, CallSid="CA" + "3d" * 16, DialCallStatus="busy").status_code == 403
    store_secret(busy.org, name="twilio_auth_token", value="t" * 32, actor=None)
    assert is_over(busy, url, DialCallStatus="busy").status_code == 403
    assert is_over(busy, url, token="t" * 32, DialCallStatus="busy").status_code == 200


def test_an_unproven_organization_cannot_forward_calls(busy):
    type(busy.org).objects.filter(pk=busy.org.pk).update(proven_at=None)
    assert heard(busy, when_busy="number", busy_number="+14155550100")[0][0] == "Say"


def test_it_is_a_missed_call_whatever_was_chosen(busy):
    heard(busy, when_busy="busy")
    assert attempts(busy.org)[-1] == ("declined", "no_slot", OTHER_CALL)


def test_another_reason_is_said_as_ever(busy):
    busy.agent.is_active = False
    busy.agent.save()
    ((verb, _how, _text), _hang_up) = heard(busy, when_busy="busy")
    assert verb == "Say"
