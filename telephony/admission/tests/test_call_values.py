"""What a call knows as it begins: parameters of its URL, its caller, and who called before."""

from datetime import timedelta

import pytest
from django.utils import timezone

from agents.documents.searching import index_of
from agents.versions.publishing import publish
from telephony.admission import preparation
from testing.phone_number import OTHER_CALL, PhoneNumber
from usage.models import Call, CallAnalysis, Message
from usage.records import transcript_deletion
from usage.records.trusted_numbers import trusted_number
from voicex.reasons.attestation import Attestation

GREETING = "Hello {caller_name}, this is {branch}. You call from {caller_number}."
THIRD_CALL = "CA" + "3" * 32
SETTINGS = {"variables": {"parameters": "branch = Berlin"}, "memory": {"callers": True}}


def remembers(line: PhoneNumber, **settings) -> None:
    publish(line.agent, greeting=GREETING, settings=SETTINGS | settings)
    line.agent.refresh_from_db()


def greeting_of(call: Call) -> str:
    return preparation.setup_of(Call.objects.get(pk=call.pk)).config.greeting


def called_before(line: PhoneNumber, **form: str) -> Call:
    """An earlier call that left a message and was analysed."""
    call = line.answered(CallSid=OTHER_CALL, **form)
    then = timezone.now() - timedelta(days=3)
    Call.objects.filter(pk=call.pk).update(opened_at=then, ended_at=then, state="ended")
    Message.objects.create(call=call, key="1", name="Anna", text="Call me", taken_at=then)
    CallAnalysis.objects.create(
        call=call, outcome="message", reason="a broken chain", language="de", made_at=then
    )
    return call


def test_declared_parameters_of_the_url_are_kept_with_the_call_and_filled_in(line):
    remembers(line)
    line.rings(url=f"{line.url()}&branch=Hamburg%20Altona&other=1")
    call = Call.objects.get()
    assert call.carrier_report == {"parameters": {"branch": "Hamburg Altona"}}
    assert greeting_of(call) == ("Hello, this is Hamburg Altona. You call from +4930123456.")


def test_a_url_without_them_has_the_declared_values(line):
    remembers(line)
    call = line.answered()
    assert call.carrier_report == {}
    assert "this is Berlin." in greeting_of(call)


def test_parameters_go_with_the_words_of_the_call(line):
    remembers(line)
    line.rings(url=f"{line.url()}&branch=Hamburg")
    call = Call.objects.get()
    transcript_deletion.delete(call.pk, now=timezone.now())
    call.refresh_from_db()
    assert call.carrier_report == {}


def test_the_caller_of_an_earlier_call_is_known(line):
    remembers(line)
    called_before(line)
    config = preparation.setup_of(line.answered()).config
    assert config.greeting.startswith("Hello Anna, this is")
    assert "a broken chain" in config.note


def test_callers_are_only_remembered_if_the_agent_is_set_to(line):
    remembers(line, memory={"callers": False})
    called_before(line)
    config = preparation.setup_of(line.answered()).config
    assert config.greeting.startswith("Hello, this is")
    assert config.note == ""


@pytest.mark.parametrize("number", ["anonymous", "+266696687", "garbage!"])
def test_withheld_and_unknown_numbers_are_never_remembered(line, number):
    remembers(line)
    called_before(line, From=number)
    config = preparation.setup_of(line.answered(From=number)).config
    assert "Anna" not in config.greeting
    assert "You call from unknown." in config.greeting


def test_a_number_that_failed_verification_opens_nothing(line):
    remembers(line)
    called_before(line)
    call = line.answered(StirVerstat="TN-Validation-Failed-A")
    assert trusted_number(call.pk) == ""
    assert "Anna" not in greeting_of(call)
    call = line.answered(CallSid=THIRD_CALL, StirVerstat="TN-Validation-Passed-C")
    assert trusted_number(call.pk) == "+4930123456"
    assert "Anna" in greeting_of(call)
    failed = {"attestation": Attestation.FAILED.value}
    Call.objects.filter(carrier_call_id=OTHER_CALL).update(carrier_report=failed)
    assert "Anna" not in greeting_of(call)  # nor is what such a call said


def test_what_is_deleted_is_forgotten(line):
    remembers(line)
    transcript_deletion.delete(called_before(line).pk, now=timezone.now())
    assert preparation.setup_of(line.answered()).config.note == ""


def test_another_agent_and_another_organization_remember_nothing(line, other_line):
    remembers(line)
    remembers(other_line)
    called_before(line)
    assert preparation.setup_of(other_line.answered()).config.note == ""


def test_every_stream_of_a_call_has_the_same_values(line):
    remembers(line)
    call = line.answered()
    first = preparation.setup_of(call).config
    assert preparation.setup_of(Call.objects.get()).config == first


def test_documents_are_indexed_before_the_call_asks_them(line):
    publish(line.agent, settings={"documents": {"text": "# Parking\nBehind the house of Anna."}})
    passages = preparation.setup_of(line.answered()).config.passages
    made = index_of.cache_info().misses
    assert index_of(passages).find("parking") == [*passages]
    assert index_of.cache_info().misses == made


def test_the_clock_is_the_organizations_unless_the_agent_has_its_own(line):
    line.org.time_zone = "America/New_York"
    line.org.save()
    publish(line.agent, settings={"opening": {"hours": "Mon 9:00-17:00"}})
    config = preparation.setup_of(line.answered()).config
    assert config.opening.time_zone == config.transfers.time_zone == "America/New_York"
    assert "(America/New_York)" in config.note
    publish(line.agent, settings={"opening": {"time_zone": "Europe/Berlin"}})
    other = preparation.setup_of(line.answered(CallSid=OTHER_CALL)).config
    assert other.opening.time_zone == other.transfers.time_zone == "Europe/Berlin"
    own = {"opening": {"time_zone": "Europe/Berlin"}, "transfers": {"time_zone": "Asia/Tokyo"}}
    publish(line.agent, settings=own)
    third = preparation.setup_of(line.answered(CallSid="CA" + "8" * 32)).config
    assert third.transfers.time_zone == "Asia/Tokyo"
