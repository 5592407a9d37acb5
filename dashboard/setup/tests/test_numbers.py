"""The page of the organization's own phone numbers."""

import re

import pytest
from django.core.cache import cache

from accounts.keys import api_keys
from accounts.keys.api_keys import issue_key
from accounts.members import asking, trust
from accounts.models import ApiKey, AuditEntry, OrganizationSecret
from accounts.secrets.vault import store_secret
from agents.versions.publishing import create_agent
from telephony.webhooks.callback_urls import status_callback_url
from testing.filled_forms import as_shown
from testing.office import Office, browser_of
from testing.twilio.own_account import give_account
from testing.twilio.rest_api import TOKEN, number


@pytest.fixture(autouse=True)
def _nobody_before():
    cache.clear()  # how often Twilio was asked


@pytest.fixture
def acorn(cast):
    office = Office(cast.acorn)
    give_account(cast.acorn)
    return office


def webhook(office, *, key=None, agent=None):
    text = f"http://localhost:8000/api/twilio/voice?api_key={key or office.key_text}"
    return f"{text}&agent_id={agent}" if agent else text


def test_without_an_account_the_page_says_where_to_give_it(cast):
    office = Office(cast.acorn)
    page = browser_of(cast.adam).get(office.url("numbers/")).text
    assert "Connect your Twilio account" in page
    assert office.url("credentials/") in page


def test_one_click_points_a_number_at_an_agent_and_is_written_down(cast, acorn, twilio):
    twilio.numbers = [number(1, voice_url="https://elsewhere.example/secret?token=abc")]
    browser = browser_of(cast.adam)
    page = browser.get(acorn.url("numbers/")).text
    assert "Connected elsewhere: elsewhere.example" in page
    assert "token=abc" not in page

    sid = twilio.numbers[0]["sid"]
    page = browser.post(
        acorn.url("numbers/point/"), {"number": sid, "agent": acorn.agent.public_id}, follow=True
    ).text

    ours = webhook(acorn, agent=acorn.agent.public_id)
    assert twilio.numbers[0]["voice_url"] == ours
    assert twilio.numbers[0]["voice_fallback_url"] == ours
    assert twilio.numbers[0]["status_callback"] == status_callback_url(acorn.org)
    assert f"Connected to {acorn.agent}." in page
    assert acorn.key_text not in page
    entry = AuditEntry.objects.get(action="number.pointed")
    assert entry.actor == cast.adam
    assert entry.target == f"+12025550001: https://elsewhere.example to {acorn.agent}"


def test_a_number_that_was_connected_meanwhile_is_not_taken_away_unseen(cast, acorn, twilio):
    twilio.numbers = [number(1, voice_url="https://elsewhere.example/secret")]
    browser = browser_of(cast.adam)
    seen = as_shown(browser.get(acorn.url("numbers/")).text, "number")
    twilio.numbers[0]["voice_url"] = "https://colleague.example/"
    answer = browser.post(acorn.url("numbers/point/"), seen, follow=True).text
    assert "+12025550001 was connected to something else meanwhile." in answer
    assert twilio.numbers[0]["voice_url"] == "https://colleague.example/"
    assert not AuditEntry.objects.filter(action="number.pointed").exists()
    seen = as_shown(answer, "number")
    assert browser.post(acorn.url("numbers/point/"), seen).status_code == 302
    ours = twilio.numbers[0]["voice_url"]
    assert ours == webhook(acorn, agent=acorn.agent.public_id)
    # Pressed twice, it is no change of somebody else.
    answer = browser.post(acorn.url("numbers/point/"), seen, follow=True).text
    assert "Call it to try it." in answer


def test_a_number_for_which_there_is_no_room_for_a_key_stays_as_it_is(
    cast, acorn, twilio, monkeypatch
):
    """None can be read, and a new one would be too many."""
    twilio.numbers = [number(1, voice_url="https://elsewhere.example/")]
    ApiKey.objects.update(ciphertext="unreadable")
    monkeypatch.setattr(api_keys, "MOST", 1)
    agent, browser = acorn.agent.public_id, browser_of(cast.adam)
    pointed = {"number": twilio.numbers[0]["sid"], "agent": agent}
    refused = "You can have up to 1 API keys."
    assert refused in browser.post(acorn.url("numbers/point/"), pointed, follow=True).text
    buy = acorn.url(f"numbers/buy/?number=%2B12025550009&agent={agent}")
    assert refused in browser.post(buy, follow=True).text
    assert [each["voice_url"] for each in twilio.numbers] == ["https://elsewhere.example/"]


def test_what_a_number_does_is_explained_in_words(cast, acorn, twilio):
    revoked = issue_key(acorn.org, label="old")[0]
    ApiKey.objects.filter(pk=revoked.pk).update(revoked_at=revoked.created_at)
    other = Office(cast.birch)
    twilio.numbers = [
        number(1),
        number(2, trunk_sid="TK1"),
        number(3, voice_url=webhook(acorn)),
        number(4, voice_url=webhook(acorn, key=f"vx_{revoked.prefix}" + "0" * 32)),
        number(5, voice_url=webhook(acorn), voice_method="GET"),
        number(6, voice_url=webhook(acorn, agent=other.agent.public_id)),
        number(7, voice_url=webhook(other)),
    ]
    page = browser_of(cast.adam).get(acorn.url("numbers/")).text
    told = [
        re.search(r'class="loose">(?:<span[^>]*>[^<]*</span>)?([^<]*)', row)[1].strip()
        for row in page.split("<tbody>")[1].split("</tr>")[:7]
    ]
    assert told == [
        "Not connected",
        "Handled by a SIP trunk in your account.",
        "Connected to the first active agent.",
        "Connected to the first active agent, but its key no longer works. Connect it again.",
        "Connected to the first active agent, but it uses HTTP GET. Connect it again.",
        "Connected to an agent that isn’t active. Connect it again.",
        "Connected to the first active agent, but its key no longer works. Connect it again.",
    ]


def test_connecting_again_keeps_the_agent(cast, acorn, twilio):
    """After a key is rotated every row is pressed once: each stays with the agent it had."""
    night = create_agent(cast.acorn, name="Night", greeting="Hi.")
    revoked = f"vx_{'9' * 8}{'0' * 32}"
    twilio.numbers = [
        number(1, voice_url=webhook(acorn, key=revoked, agent=night.public_id)),
        number(2, voice_url=webhook(acorn, agent="ag_unknown")),
    ]
    browser = browser_of(cast.adam)
    page = browser.get(acorn.url("numbers/")).text
    of_night, of_unknown = re.findall(r'<select id="agent-.*?</select>', page, re.DOTALL)
    assert f'<option value="{night.public_id}" selected>' in of_night
    assert "selected" not in of_unknown
    assert "Choose an agent" in of_unknown
    assert "Connected to Night, but its key no longer works." in page
    empty = {"number": twilio.numbers[1]["sid"], "agent": ""}
    answer = browser.post(acorn.url("numbers/point/"), empty, follow=True).text
    assert "Choose the agent that answers this number." in answer


def test_a_url_that_is_none_is_reported_and_replaced(cast, acorn, twilio):
    twilio.numbers = [number(1, voice_url="https://[voice.example]/secret")]
    browser = browser_of(cast.adam)
    page = browser.get(acorn.url("numbers/")).text
    assert "Connected to a URL that can’t be read." in page
    assert "secret" not in page
    page = browser.post(
        acorn.url("numbers/point/"),
        {"number": twilio.numbers[0]["sid"], "agent": acorn.agent.public_id},
        follow=True,
    ).text
    assert f"Connected to {acorn.agent}." in page
    entry = AuditEntry.objects.get(action="number.pointed")
    assert entry.target == f"+12025550001: an unreadable URL to {acorn.agent}"


def test_many_numbers_come_in_pages(cast, acorn, twilio):
    twilio.numbers = [number(index) for index in range(23)]
    browser = browser_of(cast.adam)
    page = browser.get(acorn.url("numbers/")).text
    assert page.count('<th scope="row">') == 20
    link = re.search(r'rel="next"\s+href="([^"]+)"', page)[1].replace("&amp;", "&")
    assert browser.get(link).text.count('<th scope="row">') == 3


def test_a_token_that_twilio_does_not_take_is_explained_in_words(cast, acorn, twilio):
    twilio.fault = 401
    browser = browser_of(cast.adam)
    page = browser.get(acorn.url("numbers/")).text
    assert "Twilio rejected this auth token" in page
    assert TOKEN not in page
    posted = {"number": "PN1", "agent": acorn.agent.public_id}
    page = browser.post(acorn.url("numbers/point/"), posted, follow=True).text
    assert "Twilio rejected this auth token" in page
    assert not AuditEntry.objects.filter(action="number.pointed").exists()


def each_request(office):
    """The requests of pages that ask Twilio."""
    agent = office.agent.public_id
    release = office.url("numbers/release/?number=PN1")
    return [
        ("get", office.url("numbers/"), {}),
        ("get", office.url("numbers/find/?country=US&kind=local"), {}),
        ("post", office.url("numbers/point/"), {"number": "PN1", "agent": agent}),
        ("post", office.url(f"numbers/buy/?number=%2B12065550142&agent={agent}"), {}),
        ("get", release, {}),
        ("post", release, {}),
    ]


def test_a_token_that_nobody_has_checked_is_tried_as_often_as_one_is_when_it_is_stored(
    cast, acorn, twilio, monkeypatch
):
    monkeypatch.setattr(trust, "KEY_CHECKS_A_MINUTE", 2)
    store_secret(cast.acorn, name="twilio_auth_token", value="0" * 32, actor=None)
    browser = browser_of(cast.adam)
    for _time in range(2):
        assert "Twilio rejected this auth token" in browser.get(acorn.url("numbers/")).text
    twilio.asked.clear()
    for method, url, typed in each_request(acorn):
        answer = getattr(browser, method)(url, typed, follow=True)
        assert "Too many requests to Twilio. Try again in a minute." in answer.text
    assert not twilio.asked
    assert not OrganizationSecret.objects.get(org=cast.acorn).is_verified


def test_a_token_that_twilio_has_accepted_asks_more_often_but_not_without_end(
    cast, acorn, twilio, monkeypatch
):
    monkeypatch.setattr(trust, "KEY_CHECKS_A_MINUTE", 1)
    monkeypatch.setattr(trust, "CARRIER_REQUESTS_A_MINUTE", 2)
    browser = browser_of(cast.adam)
    for _time in range(3):
        assert "No numbers" in browser.get(acorn.url("numbers/")).text
        assert OrganizationSecret.objects.get(org=cast.acorn).is_verified
    assert "Too many requests to Twilio" in browser.get(acorn.url("numbers/")).text
    assert len(twilio.asked) == 3


def test_pages_wait_for_twilio_in_places(cast, acorn, twilio, monkeypatch):
    """A Twilio that answers slowly does not take the threads of all pages."""
    monkeypatch.setattr(asking, "AT_ONCE", 0)
    browser = browser_of(cast.adam)
    for method, url, typed in each_request(acorn):
        answer = getattr(browser, method)(url, typed, follow=True)
        assert "Too many requests to Twilio" in answer.text
    assert not twilio.asked


def test_another_organizations_agent_is_not_found(cast, acorn, twilio):
    twilio.numbers = [number(1)]
    posted = {"number": twilio.numbers[0]["sid"], "agent": Office(cast.birch).agent.public_id}
    page = browser_of(cast.adam).post(acorn.url("numbers/point/"), posted)
    assert page.status_code == 404
    assert twilio.numbers[0]["voice_url"] == ""


def test_an_old_session_proves_itself_before_a_key_goes_to_twilio(cast, acorn, twilio):
    twilio.numbers = [number(1)]
    posted = {"number": twilio.numbers[0]["sid"], "agent": acorn.agent.public_id}
    page = browser_of(cast.adam, logged_in_ago=3600).post(acorn.url("numbers/point/"), posted)
    assert "/accounts/reauthenticate/" in page.url
    assert twilio.numbers[0]["voice_url"] == ""
