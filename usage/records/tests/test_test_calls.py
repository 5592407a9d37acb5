"""Tests of an agent count as calls: a slot, a version, a price; but no number was dialled."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.members.organizations import suspend
from agents.versions.publishing import create_agent, publish
from usage.billing.settlement import finalize, settle
from usage.models import Call, Quota
from usage.quota import quotas
from usage.records.calls import redeem_ticket, save_usage
from usage.records.test_calls import open_test_call
from voicex.errors import Declined

NOW = timezone.now()


@pytest.fixture
def agent(cast):
    return create_agent(cast.acorn, name="Desk", greeting="Hello.")


def opened(cast, agent, *, channel=Call.Channel.BROWSER, **more):
    return open_test_call(cast.acorn, agent=agent, user=cast.bob, channel=channel, now=NOW, **more)


def test_a_test_is_a_call_of_the_member_who_made_it(cast, agent):
    call = opened(cast, agent, channel=Call.Channel.TYPED)
    assert (call.channel, call.started_by, call.version) == ("typed", cast.bob, agent.published)
    assert call.is_test
    assert not call.is_verified  # no webhook was signed


def test_every_test_is_a_call_of_its_own(cast, agent):
    assert opened(cast, agent).call_sid != opened(cast, agent).call_sid


def test_an_older_version_can_be_tried(cast, agent):
    older = agent.published
    publish(agent, greeting="Good morning.")
    assert opened(cast, agent, version=older).version == older


def test_an_agent_without_a_version_cannot_be_tried(cast, agent):
    agent.published = None
    with pytest.raises(Declined) as declined:
        opened(cast, agent)
    assert declined.value.reason == "no_agent"


def test_tests_take_slots_like_calls(cast, agent):
    Quota.objects.create(org=cast.acorn, concurrent_calls=1)
    opened(cast, agent)
    with pytest.raises(Declined) as declined:
        opened(cast, agent)
    assert declined.value.reason == "no_slot"


def test_a_suspended_organization_tries_nothing(cast, agent):
    suspend(cast.acorn, reason="unpaid", actor=None)
    with pytest.raises(Declined) as declined:
        opened(cast, agent)
    assert declined.value.reason == "suspended"


def test_a_test_is_charged_for_its_engines_and_not_for_telephony(cast, agent):
    call = opened(cast, agent)
    live = redeem_ticket(
        call_id=call.pk,
        ticket_id=call.ticket_id,
        carrier=call.carrier,
        stream_sid="",
        call_sid=call.call_sid,
        account_sid="",
        now=NOW,
    )
    assert live is not None
    end = NOW + timedelta(seconds=90)
    save_usage(
        call.pk,
        sequence=1,
        stream_ms=90_000,
        stt_ms=9_000,
        llm_tokens_in=400,
        llm_tokens_out=90,
        tts_characters=300,
        is_final=True,
        now=end,
    )
    finalize(call.pk, reason="stop", now=end)
    assert settle(call.pk, now=end)
    components = {entry.component for entry in call.ledger_entries.all()}
    assert components == {"stt", "llm_in", "llm_out", "tts"}


def test_tests_have_a_bound_by_the_minute_of_their_own(cast, agent, monkeypatch):
    """Else those of a member would have real callers declined."""
    monkeypatch.setattr(quotas, "FEWEST_BEGUN_A_MINUTE", 2)
    monkeypatch.setattr(quotas, "BEGUN_A_MINUTE_OF_A_SLOT", 0)
    for _ in range(2):
        opened(cast, agent)
    with pytest.raises(Declined) as declined:
        opened(cast, agent)
    assert declined.value.reason == "too_many_begun"
    _, used, begun = quotas.call_and_slots(cast.acorn, call_id="CA1", now=NOW)
    assert (used, begun) == (2, 0)
