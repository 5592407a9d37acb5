"""Publishing and switching off on pages: what is refused, what asks for a second press."""

import re

import pytest
from django.core.cache import cache
from django.urls import reverse

from accounts.secrets.vault import clear_secret, store_secret
from agents.models import Agent
from agents.providers import credential_checks
from agents.versions.drafts import draft_of, save_draft, view_of
from agents.versions.publishing import edit_agent, publish
from testing.office import browser_of
from testing.twilio.own_account import give_account
from testing.twilio.rest_api import number
from voicex.errors import EngineRefused


@pytest.fixture(autouse=True)
def no_platform_keys(settings):
    settings.OPENAI_API_KEY = settings.OPENAI_BASE_URL = settings.GOOGLE_APPLICATION_CREDENTIALS = (
        ""
    )


@pytest.fixture(autouse=True)
def nothing_asked_yet():
    cache.clear()  # how often an organization of the same row has asked Twilio


@pytest.fixture
def bob(cast):
    return browser_of(cast.bob)


@pytest.fixture
def provider(monkeypatch):
    says = {"error": None}

    def known_models(_engine, _credentials):
        if says["error"]:
            raise says["error"]
        return frozenset()

    monkeypatch.setattr(credential_checks.registry, "known_models", known_models)
    return says


@pytest.fixture
def twilio(twilio, cast):
    give_account(cast.acorn)
    return twilio


def page_of(office, path=""):
    return office.url(f"agents/{office.agent.public_id}/{path}")


def drafts(office, **fields):
    save_draft(office.agent, actor=None, view=now(office), **fields)


def now(office):
    agent = Agent.objects.get(pk=office.agent.pk)
    return view_of(agent, draft_of(agent))


def presses_publish(browser, office, **sent):
    return browser.post(page_of(office, "publish/"), {"view": now(office)} | sent, follow=True)


def hidden(page, name):
    found = re.search(rf'name="{name}" value="([^"]*)"', page.text)
    return found[1] if found else ""


def number_of_version():
    return Agent.objects.get().published.number


def points_at(office, *, agent_id):
    key = f"http://localhost:8000/api/twilio/voice?api_key={office.key_text}"
    return f"{key}&agent_id={agent_id}" if agent_id else key


def test_a_key_that_was_removed_refuses_publication_in_words(cast, acorn, bob, provider):
    store_secret(cast.acorn, name="openai_api_key", value="sk-own", actor=None)
    drafts(acorn, llm="openai")
    assert "There is a key for OpenAI." in bob.get(page_of(acorn, "draft/")).text
    clear_secret(cast.acorn, name="openai_api_key", actor=None)

    page = presses_publish(bob, acorn)

    assert page.status_code == 422
    assert "Not published" in page.text
    assert page.text.index("Not published") < page.text.index("Changes to version")
    assert "This agent uses OpenAI, but no API key is set." in page.text
    assert "Add a key under Credentials" in page.text
    assert "is live" not in page.text
    assert not hidden(page, "accepted")
    assert number_of_version() == 1

    store_secret(cast.acorn, name="openai_api_key", value="sk-own", actor=None)
    assert "Version 2 is live." in presses_publish(bob, acorn).text


def test_a_key_that_the_provider_rejects_refuses_publication(cast, acorn, bob, provider):
    store_secret(cast.acorn, name="openai_api_key", value="sk-own", actor=None)
    drafts(acorn, llm="openai")
    provider["error"] = EngineRefused()
    page = presses_publish(bob, acorn)
    assert (page.status_code, number_of_version()) == (422, 1)
    assert "OpenAI rejects the key." in page.text


def test_a_warning_asks_for_a_second_press_and_keeps_the_note(acorn, bob):
    drafts(acorn, facts="Hours: [[when]]")
    page = presses_publish(bob, acorn, note="Facts")
    assert (page.status_code, number_of_version()) == (422, 1)
    assert "Publish with these warnings?" in page.text
    assert "1 fact isn’t filled in: Hours." in page.text
    assert "Publish anyway" in page.text
    assert 'value="Facts"' in page.text
    page = presses_publish(bob, acorn, note="Facts", accepted=hidden(page, "accepted"))
    assert "Version 2 is live." in page.text
    assert Agent.objects.get().published.note == "Facts"


def test_a_made_up_acceptance_accepts_nothing(acorn, bob):
    drafts(acorn, facts="Hours: [[when]]")
    page = presses_publish(bob, acorn, accepted="x" * 9_000)
    assert (page.status_code, number_of_version()) == (422, 1)


def test_the_checks_are_shown_to_editors_before_they_publish(cast, acorn, bob):
    drafts(acorn, llm="openai")
    assert "Checks before publishing" in bob.get(page_of(acorn, "draft/")).text


def test_an_old_version_is_restored_through_the_same_gate(acorn, bob):
    publish(acorn.agent, llm="openai")
    publish(acorn.agent, llm="", facts="Hours: [[when]]")
    page = bob.post(page_of(acorn, "versions/2/restore/"), {})
    assert (page.status_code, number_of_version()) == (422, 3)
    assert "no API key is set" in page.text
    publish(acorn.agent, facts="")
    page = bob.post(page_of(acorn, "versions/3/restore/"), {})
    assert "Restore anyway" in page.text
    sent = {"accepted": hidden(page, "accepted")}
    page = bob.post(page_of(acorn, "versions/3/restore/"), sent, follow=True)
    assert "restored from version 3" in page.text


def test_the_page_of_an_agent_says_that_its_calls_fail(cast, acorn, bob):
    assert "Calls to this agent fail" not in bob.get(page_of(acorn)).text
    publish(acorn.agent, llm="openai")
    page = bob.get(page_of(acorn)).text
    assert "Calls to this agent fail" in page
    assert "no API key is set" in page
    assert "Open Credentials" not in page  # which a member may not
    assert "Open Credentials" in browser_of(cast.adam).get(page_of(acorn)).text


def test_a_new_agent_that_cannot_answer_is_inactive_and_says_so(cast, acorn, bob, settings):
    settings.DEFAULT_LLM = "openai"
    page = bob.post(
        acorn.url("agents/new/"), {"starter": "receptionist", "name": "Desk"}, follow=True
    )
    assert "was created, but is inactive" in page.text
    agent = Agent.objects.get(name="Desk")
    assert not agent.is_active
    url = acorn.url(f"agents/{agent.public_id}/change/")
    page = bob.post(url, {"name": "Desk", "is_active": "on"})
    assert page.status_code == 422
    assert "Not switched on: calls would fail" in page.text
    settings.DEFAULT_LLM = "scripted"
    assert "Saved." in bob.post(url, {"name": "Desk", "is_active": "on"}, follow=True).text
    assert Agent.objects.get(name="Desk").is_active


def test_the_admin_goes_through_the_same_gate(cast, acorn):
    olga = browser_of(cast.olga)
    publish(acorn.agent, llm="openai")
    edit_agent(acorn.agent, actor=None, is_active=False)
    url = reverse("admin:agents_agent_change", args=[acorn.agent.pk])
    page = olga.post(url, {"name": "Desk", "is_active": "on"})
    assert page.status_code == 200
    assert "no API key is set" in page.text
    assert not Agent.objects.get().is_active
    store_secret(cast.acorn, name="openai_api_key", value="sk-own", actor=None)
    assert olga.post(url, {"name": "Desk", "is_active": "on"}).status_code == 302
    assert Agent.objects.get().is_active


@pytest.mark.parametrize("names_agent", [True, False])
def test_switching_off_names_the_numbers_that_are_connected_and_asks(
    acorn, bob, twilio, names_agent
):
    agent_id = acorn.agent.public_id if names_agent else ""
    twilio.numbers = [
        number(index, voice_url=points_at(acorn, agent_id=agent_id)) for index in range(23)
    ]
    twilio.numbers[1]["voice_url"] = "https://elsewhere.example/voice"
    url = page_of(acorn, "change/")
    page = bob.post(url, {"name": "Desk"})
    assert page.status_code == 422
    assert "+12025550000, +12025550002" in page.text
    assert "+12025550001" not in page.text
    assert "Switch off anyway" in page.text
    assert Agent.objects.get().is_active
    sent = {"name": "Desk", "accepted": hidden(page, "accepted")}
    assert "Saved." in bob.post(url, sent, follow=True).text
    assert not Agent.objects.get().is_active


def test_without_an_account_the_latest_calls_say_which_numbers(acorn, bob):
    acorn.hangs_up(acorn.rings("CA1"))
    page = bob.post(page_of(acorn, "change/"), {"name": "Desk"})
    assert page.status_code == 422
    assert "+12025550100 is connected to this agent." in page.text


def test_an_agent_that_no_number_leads_to_is_switched_off_at_once(acorn, bob, twilio):
    twilio.numbers = [number(1, voice_url=points_at(acorn, agent_id="0" * 12))]
    bob.post(page_of(acorn, "change/"), {"name": "Desk"})
    assert not Agent.objects.get().is_active


def test_numbers_that_cannot_reach_the_agent_are_a_warning(acorn, bob, twilio):
    good = points_at(acorn, agent_id=acorn.agent.public_id)
    twilio.numbers = [
        number(1, voice_url=good),
        number(2, voice_url=good.replace(acorn.key_text, "vx_" + "0" * 40)),
        number(3, voice_url=good, voice_method="GET"),
    ]
    drafts(acorn, greeting="Good day.")
    page = presses_publish(bob, acorn)
    assert "+12025550002, +12025550003 can’t reach this agent" in page.text
    assert number_of_version() == 1
    assert (
        "Version 2 is live." in presses_publish(bob, acorn, accepted=hidden(page, "accepted")).text
    )


def test_twilio_out_of_reach_keeps_no_one_from_publishing(acorn, bob, twilio):
    twilio.fault = 500
    drafts(acorn, greeting="Good day.")
    assert "Version 2 is live." in presses_publish(bob, acorn).text
