"""The page "Try it", and the ticket that it asks for."""

import json
import re

import pytest
from django.utils import timezone

from accounts.members.organizations import suspend
from agents.versions.drafts import draft_of, save_draft, view_of
from agents.versions.publishing import publish
from telephony.admission.tickets import read_ticket
from testing.office import Office, browser_of
from usage.models import Call, Quota


@pytest.fixture
def bob(cast):
    return browser_of(cast.bob)


def start(browser, acorn, channel="browser"):
    return browser.post(acorn.url(f"agents/{acorn.agent.public_id}/try/"), {"door": channel})


def test_the_page_offers_to_talk_to_the_oldest_agent_or_the_one_that_is_named(acorn, bob, cast):
    other = Office(cast.acorn).agent
    page = bob.get(acorn.url("try/")).text
    assert acorn.url(f"agents/{acorn.agent.public_id}/try/") in page
    page = bob.get(acorn.url(f"try/?agent={other.public_id}")).text
    assert acorn.url(f"agents/{other.public_id}/try/") in page


def test_an_agent_that_answers_no_calls_is_said_to_be_inactive(acorn, bob, cast):
    other = Office(cast.acorn).agent
    other.is_active = False
    other.save()
    page = bob.get(acorn.url("try/")).text
    assert f"{other.name} (inactive)</option>" in page
    assert "This agent is inactive." not in page
    assert "This agent is inactive." in bob.get(acorn.url(f"try/?agent={other.public_id}")).text


def test_the_scripts_words_and_stages_are_in_the_page(acorn, bob):
    page = bob.get(acorn.url("try/")).text
    [data] = re.findall(r'<script id="try-words" type="application/json">(.*?)</script>', page)
    told = json.loads(data)
    assert told["words"]["states"]["listening"]
    assert [stage for stage, _ in told["stages"]] == [
        *["endpoint", "stt", "llm", "tts", "sent", "mark"],
    ]


def test_without_an_agent_the_page_says_what_to_do(cast):
    page = browser_of(cast.bob).get(f"/o/{cast.acorn.public_id}/try/").text
    assert "You don’t have any agents yet" in page


def test_where_all_agents_are_archived_the_page_says_so(acorn, bob):
    type(acorn.agent).objects.update(archived_at=timezone.now(), is_active=False)
    page = bob.get(acorn.url("try/")).text
    assert "All agents are archived." in page
    assert "any agents yet" not in page
    assert "data-try" not in page


@pytest.mark.parametrize("channel", ["browser", "typed", "upload"])
def test_a_start_opens_a_call_of_that_channel_and_answers_its_ticket(acorn, bob, cast, channel):
    answer = start(bob, acorn, channel).json()
    call = Call.objects.get()
    assert (call.channel, call.started_by, call.agent) == (channel, cast.bob, acorn.agent)
    assert read_ticket(answer["ticket"]).call_id == call.pk
    assert answer["call_url"] == acorn.url(f"calls/{call.call_sid}/")


@pytest.mark.parametrize("channel", ["phone", "", "x"])
def test_no_other_channel_is_opened_by_a_page(acorn, bob, channel):
    assert start(bob, acorn, channel).status_code == 422
    assert not Call.objects.exists()


def test_a_refusal_comes_in_words(acorn, bob):
    Quota.objects.create(org=acorn.org, concurrent_calls=0)
    answer = start(bob, acorn)
    assert answer.status_code == 409
    assert answer.json()["reason"] == "no_slot"
    assert "simultaneous calls" in answer.json()["words"]
    suspend(acorn.org, reason="unpaid", actor=None)
    assert start(bob, acorn).json()["reason"] == "suspended"


def test_an_agent_whose_provider_has_no_key_is_not_called(acorn, bob, settings):
    settings.OPENAI_API_KEY = settings.OPENAI_BASE_URL = ""
    acorn.agent.versions.update(llm="openai")
    answer = start(bob, acorn).json()
    assert answer["reason"] == "engine_without_key"
    assert "Add a key under Credentials" in answer["words"]


def draft(acorn, cast, **fields):
    view = view_of(acorn.agent, draft_of(acorn.agent))
    return save_draft(acorn.agent, actor=cast.bob, view=view, **fields)


def start_draft(browser, acorn):
    sent = {"door": "typed", "version": "draft"}
    return browser.post(acorn.url(f"agents/{acorn.agent.public_id}/try/"), sent)


def test_the_draft_answers_when_it_is_asked_for(acorn, bob, cast):
    draft(acorn, cast, greeting="From the draft.")
    answer = start_draft(bob, acorn).json()
    call = Call.objects.get()
    assert call.version.greeting == "From the draft."
    assert (call.version.number, call.version.is_draft) == (2, True)
    assert answer["version"] == "Draft, version 2"
    assert start(bob, acorn).json()["version"] == "Version 1"
    details = " ".join(bob.get(acorn.url(f"calls/{call.call_sid}/")).text.split())
    assert "Acorn desk, draft of version 2" in details


def test_a_draft_that_is_gone_is_said_so(acorn, bob):
    answer = start_draft(bob, acorn)
    assert answer.status_code == 409
    assert "published or discarded" in answer.json()["words"]
    assert not Call.objects.exists()


def test_the_page_says_which_version_talks(acorn, bob, cast):
    page = bob.get(acorn.url("try/?version=draft")).text
    assert ">Version 1</span>" in page
    assert "Which version to talk to" not in page
    draft(acorn, cast, greeting="From the draft.")
    page = bob.get(acorn.url(f"try/?agent={acorn.agent.public_id}&version=draft")).text
    assert ">Draft, version 2</span>" in page
    assert 'data-version="draft"' in page
    assert ">Version 1</span>" in bob.get(acorn.url("try/")).text


def test_a_draft_whose_provider_has_no_key_is_not_called(acorn, bob, cast, settings):
    settings.OPENAI_API_KEY = "key"
    draft(acorn, cast, llm="openai")
    settings.OPENAI_API_KEY = settings.OPENAI_BASE_URL = ""
    assert start_draft(bob, acorn).json()["reason"] == "engine_without_key"
    assert start(bob, acorn).status_code == 200


def test_the_page_suggests_what_the_agent_can_answer(acorn, bob, cast):
    facts = "When are you open? Hours?: 9 to 5\nParking: [[where]]\nIs there a lift?: Yes."
    publish(acorn.agent, facts=facts)
    asked = re.findall(r"data-ask>([^<]*)<", bob.get(acorn.url("try/")).text)
    assert asked == ["When are you open?", "Is there a lift?"]
    draft(acorn, cast, facts="Do you like dogs?: Yes.")
    asked = re.findall(r"data-ask>([^<]*)<", bob.get(acorn.url("try/?version=draft")).text)
    assert asked == ["Do you like dogs?"]


def test_a_viewer_may_not_spend_money(acorn, cast):
    vera = browser_of(cast.vera)
    assert start(vera, acorn).status_code == 403
    draft(acorn, cast, greeting="From the draft.")
    assert start_draft(vera, acorn).status_code == 403
    assert acorn.url("try/") not in vera.get(acorn.url()).text


def test_a_name_that_is_markup_stays_a_name(acorn, bob):
    acorn.agent.name = '"><img src=x>'
    acorn.agent.save()
    assert "<img" not in bob.get(acorn.url("try/")).text
