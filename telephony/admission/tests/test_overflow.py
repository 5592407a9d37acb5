"""What callers get while all lines are busy: what the organization has chosen."""

from xml.etree import ElementTree

import pytest

from telephony.spoken.languages import ENGLISH
from testing.phone_number import OTHER_CALL, attempts, line_of
from usage.models import CallRules, Quota
from voicex.reasons.attempts import AttemptReason


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
    assert "action" not in how  # else Twilio would ask the voice webhook again
    assert heard(busy, busy_number="+4930654321")[0][0] == "Say"


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
