"""From sign-up to the first call: few steps, resumable, turning green by itself."""

import re

from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts.models import ApiKey, AuditEntry, Organization
from agents.models import AgentVersion
from agents.starters.base import ASKED
from agents.starters.starters import STARTERS
from testing.office import Office, browser_of
from usage.models import Call
from usage.records.attempts import attempt_log
from usage.records.test_calls import open_test_call
from voicex.simulated_phone import ACCOUNT_SID

MOST_STEPS = 12


def state_url(page: str) -> str:
    return re.search(r'hx-get="([^"]*/start/state/[^"]*)"', page)[1]


def test_from_sign_up_to_a_voice_takes_at_most_twelve_clicks_and_fields(db):
    cache.clear()  # allauth counts sign-ups there
    browser = Client()
    steps = 0
    for path, filled in (
        ("/accounts/signup/", {"email": "new@example.com", "password1": "a long enough sentence"}),
        ("/organizations/new/", {"name": "Dogwood & Sons", "starter": "booking"}),
    ):
        form = browser.get(path).text
        visible = re.findall(r'<(?:input|textarea)(?![^>]*type="hidden")[^>]*name="(\w+)"', form)
        assert set(visible) >= set(filled)
        assert set(visible) - {"language", "remember", "pasted", *ASKED} == set(filled)
        page = browser.post(path, filled, follow=True)
        steps += len(filled) + 1  # and the button
    assert "data-try" in page.text
    steps += 1  # Talk
    steps += 1  # the browser asks for the microphone
    assert steps <= MOST_STEPS


def test_the_first_organization_can_answer_at_once(db, cast):
    browser = browser_of(cast.charlie)
    page = browser.post(
        "/organizations/new/", {"name": "Dogwood & Sons", "starter": "messages"}, follow=True
    )
    org = Organization.objects.get(name="Dogwood & Sons")
    agent = org.agents.get()
    assert agent.name == STARTERS["messages"].texts().name
    assert "Dogwood & Sons" in agent.published.greeting
    key = org.api_keys.get()
    assert page.redirect_chain[-1][0] == f"/o/{org.public_id}/start/"
    # Who has just proved a password sees the URL without asking for it.
    assert f"api_key=vx_{key.prefix}" in page.text
    assert "no-store" in page.headers["Cache-Control"]
    assert AuditEntry.objects.filter(org=org, action="key.revealed").count() == 1
    again = browser.get(f"/o/{org.public_id}/start/")
    assert f"api_key=vx_{key.prefix}" not in again.text


def test_what_callers_ask_most_is_known_to_the_first_agent(cast):
    said = {"name": "Dogwood", "starter": "receptionist", "hours": "Monday, nine to one."}
    page = browser_of(cast.charlie).post("/organizations/new/", said, follow=True)
    agent = Organization.objects.get(name="Dogwood").agents.get()
    facts = {fact.topic: fact.text for fact in agent.published.config().facts}
    assert facts["What are your opening hours? When are you open?"] == "Monday, nine to one."
    assert "4 of 10 facts filled in" in page.text
    assert "data-ask>What are your opening hours?</button>" in page.text


def test_a_text_that_was_pasted_is_known_to_the_first_agent(cast):
    said = {
        "name": "Dogwood",
        "starter": "receptionist",
        "hours": "Monday, nine to one.",
        "pasted": "Opening hours: never.\nAddress: 12 Mill Street\nQ: Are dogs allowed?\nA: Yes.",
    }
    browser_of(cast.charlie).post("/organizations/new/", said, follow=True)
    agent = Organization.objects.get(name="Dogwood").agents.get()
    facts = {fact.topic: fact.text for fact in agent.published.config().facts}
    assert facts["What are your opening hours? When are you open?"] == "Monday, nine to one."
    assert facts["Are dogs allowed?"] == "Yes."
    assert "12 Mill Street" in {text for topic, text in facts.items() if "address" in topic}


def test_a_text_under_plain_headings_fills_what_waits_for_it(cast):
    pasted = "Opening times\nMonday to Friday.\n\nHow to find us\nWe are at 12 Mill Street.\n"
    said = {"name": "Dogwood", "starter": "receptionist", "pasted": pasted}
    browser_of(cast.charlie).post("/organizations/new/", said, follow=True)
    agent = Organization.objects.get(name="Dogwood").agents.get()
    facts = {fact.topic: fact.text for fact in agent.published.config().facts}
    assert facts["What are your opening hours? When are you open?"] == "Monday to Friday."
    assert facts["What is your address? Where are you?"] == "We are at 12 Mill Street."


def test_the_first_agent_speaks_the_readers_language_where_the_server_can(cast, settings):
    browser, german = browser_of(cast.charlie), {"accept-language": "de"}

    def chosen():
        page = browser.get("/organizations/new/", headers=german).text
        return re.findall(r'value="(\w+)" selected', page[page.index('name="speaks"') :])[0], page

    tag, page = chosen()
    assert (tag, "OpenAI" in page) == ("en", True)  # a German agent would not answer yet
    settings.OPENAI_API_KEY = "sk-platform"
    tag, page = chosen()
    assert (tag, "OpenAI" in page) == ("de", False)
    said = {"name": "Ahorn", "starter": "receptionist", "hours": "Montag bis Freitag."}
    browser.post("/organizations/new/", said, headers=german)
    agent = Organization.objects.get(name="Ahorn").agents.get()
    assert (agent.name, agent.is_active, agent.published.language) == ("Empfang", True, "de")
    assert agent.published.greeting == "Guten Tag, hier ist Ahorn. Wie kann ich Ihnen helfen?"
    assert "Wann haben Sie geöffnet?: Montag bis Freitag." in agent.published.facts


def test_an_address_that_twilio_cannot_reach_is_said_beside_it(cast, acorn, settings):
    page = acorn.url("start/")
    settings.TWILIO_APP_URL = "http://localhost:8000"
    assert "so Twilio can’t" in browser_of(cast.alice).get(page).text
    settings.TWILIO_APP_URL = "https://api.example.com"
    assert "so Twilio can’t" not in browser_of(cast.alice).get(page).text


def test_a_first_agent_without_a_key_says_what_is_missing(cast):
    said = {"name": "Ahorn", "starter": "messages", "speaks": "de"}
    page = browser_of(cast.charlie).post("/organizations/new/", said, follow=True).text
    org = Organization.objects.get(name="Ahorn")
    assert not org.agents.get().is_active
    assert "This agent uses OpenAI, but no API key is set." in page
    assert "Open Credentials" in page
    assert "data-try" not in page


def test_a_key_is_asked_for_only_where_it_is_missing(cast, acorn):
    acorn.org.agents.update(is_active=False)
    AgentVersion.objects.filter(agent__org=acorn.org).update(stt="gone")
    page = browser_of(cast.alice).get(acorn.url("start/")).text
    assert "doesn’t answer calls yet" in page
    assert "choose another engine" in page
    assert "Open Credentials" not in page
    acorn.org.agents.update(published=None)
    page = browser_of(cast.alice).get(acorn.url("start/")).text
    assert "doesn’t answer calls yet" not in page
    assert "There is no active agent to answer calls yet." in page


def test_an_answer_that_is_too_long_is_refused_beside_its_field(cast):
    said = {"name": "Dogwood", "starter": "receptionist", "prices": "x" * 301}
    page = browser_of(cast.charlie).post("/organizations/new/", said)
    assert page.status_code == 422
    assert 'id="id_prices_error"' in page.text
    assert Organization.objects.count() == 2


def test_a_refused_name_makes_nothing_and_keeps_the_choice(cast):
    page = browser_of(cast.charlie).post("/organizations/new/", {"name": "", "starter": "survey"})
    assert page.status_code == 422
    assert 'value="survey" checked' in page.text
    assert Organization.objects.count() == 2


def test_an_old_session_proves_itself_before_the_url_is_shown(cast, acorn):
    browser = browser_of(cast.bob, logged_in_ago=3600)
    answer = browser.post(acorn.url("start/url/"))
    assert "/accounts/reauthenticate/" in answer.url
    assert acorn.key_text not in browser.get(acorn.url("start/")).text


def test_a_member_is_shown_the_url_on_request_and_once(cast, acorn):
    browser = browser_of(cast.bob)
    assert acorn.key_text not in browser.get(acorn.url("start/")).text
    assert acorn.key_text in browser.post(acorn.url("start/url/"), follow=True).text
    assert acorn.key_text not in browser.get(acorn.url("start/")).text


def test_without_a_key_an_admin_gets_one_and_a_member_is_told_whom_to_ask(cast, acorn):
    ApiKey.objects.update(revoked_at=timezone.now())
    told = browser_of(cast.bob).post(acorn.url("start/url/"), follow=True).text
    assert "An owner or admin can create one" in told
    page = browser_of(cast.adam).post(acorn.url("start/url/"), follow=True).text
    assert f"api_key=vx_{ApiKey.objects.get(revoked_at=None).prefix}" in page


def test_the_page_follows_from_the_first_request_to_the_first_call(cast, acorn):
    browser = browser_of(cast.bob)
    page = browser.get(acorn.url("start/")).text
    assert "Waiting for Twilio’s first request" in page
    asked = state_url(page)
    assert browser.get(asked).status_code == 204  # nothing new: nothing is read out again

    attempt_log.record(org=acorn.org, call_sid="CA1", outcome="declined", reason="no_active_agent")
    part = browser.get(asked).text
    assert "Twilio’s first request has arrived" in part
    assert "No agent is active" in part
    assert 'hx-swap-oob="true"' in part

    acorn.rings("CA2")
    part = browser.get(state_url(part)).text
    assert "Your first call was answered" in part
    assert "hx-trigger" not in part  # and it stops asking


def test_a_simulated_call_is_no_first_call_and_no_request_of_twilio(cast, acorn):
    browser = browser_of(cast.bob)
    call = acorn.rings("CA1")
    Call.objects.filter(pk=call.pk).update(account_sid=ACCOUNT_SID)
    attempt_log.record(org=acorn.org, call_sid="CA1", outcome="answered", reason="")
    page = browser.get(acorn.url("start/")).text
    assert "Waiting for Twilio’s first request" in page
    assert "Only simulated calls have been answered so far." in page
    assert "Your first call" in browser.get(acorn.url()).text
    acorn.rings("CA2")
    assert "Your first call was answered" in browser.get(acorn.url("start/")).text
    assert "Your first call" not in browser.get(acorn.url()).text


def test_the_place_is_the_same_for_a_member_who_comes_back(cast, acorn):
    call = open_test_call(
        acorn.org,
        agent=acorn.agent,
        user=cast.bob,
        channel=Call.Channel.BROWSER,
        now=timezone.now(),
    )
    Call.objects.filter(pk=call.pk).update(live_at=timezone.now())
    for person in (cast.bob, cast.vera):
        page = browser_of(person).get(acorn.url()).text
        assert page.count("Done: ") == 2  # an agent, and it was heard
        assert f'href="{acorn.url("start/")}"' in page


def test_the_overview_leads_there_until_a_call_was_answered(cast, acorn):
    browser = browser_of(cast.alice)
    assert "Your first call" in browser.get(acorn.url()).text
    acorn.rings("CA1")
    assert "Your first call" not in browser.get(acorn.url()).text


def test_another_organizations_calls_finish_nothing(cast, acorn):
    Office(cast.birch).rings("CA1")
    assert (
        "Waiting for Twilio’s first request" in browser_of(cast.bob).get(acorn.url("start/")).text
    )


def test_a_viewer_sees_how_far_it_is_and_no_key(cast, acorn):
    page = browser_of(cast.vera).get(acorn.url("start/")).text
    assert "Your role is read-only" in page
    assert acorn.url("start/url/") not in page
    assert "data-try" not in page


def test_a_viewer_gets_no_url_that_can_end_calls(acorn, cast):
    path = f"/o/{cast.acorn.public_id}/start/"
    assert "/api/twilio/status?" not in browser_of(cast.vera).get(path).text
    assert "/api/twilio/status?" in browser_of(cast.bob).get(path).text
