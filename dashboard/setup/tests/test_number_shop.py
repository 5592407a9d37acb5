"""Numbers that are bought, and given back, in the organization's own Twilio account."""

from urllib.parse import urlencode

import pytest
from django.core.cache import cache

from accounts.models import AuditEntry
from telephony.webhooks.callback_urls import status_callback_url
from testing.office import Office, browser_of
from testing.twilio.own_account import give_account
from testing.twilio.rest_api import ROOT, number, offer

SEATTLE = offer("+12065550142", locality="Seattle", region="WA")
AUSTIN = offer("+15125550143", locality="Austin", region="TX")
FREE = offer("+18005550144")


@pytest.fixture(autouse=True)
def _nobody_before():
    cache.clear()  # how often Twilio was asked


@pytest.fixture
def twilio(twilio):
    twilio.sold = {("US", "Local"): [SEATTLE, AUSTIN], ("US", "TollFree"): [FREE]}
    return twilio


@pytest.fixture
def acorn(cast):
    office = Office(cast.acorn)
    give_account(cast.acorn)
    return office


@pytest.fixture
def browser(cast):
    return browser_of(cast.adam)


def test_numbers_on_sale_are_found_by_country_type_and_digits(acorn, twilio, browser):
    page = browser.get(acorn.url("numbers/find/")).text
    assert '<option value="DE">Germany</option>' in page
    assert not twilio.asked  # nobody has searched yet
    page = browser.get(acorn.url("numbers/find/?country=US&kind=local&digits=206")).text
    assert "+12065550142" in page
    assert "Seattle, WA" in page
    assert "+15125550143" not in page
    page = browser.get(acorn.url("numbers/find/?country=US&kind=toll_free")).text
    assert "+18005550144" in page
    page = browser.get(acorn.url("numbers/find/?country=DE&kind=mobile")).text
    assert "No numbers found" in page


@pytest.mark.parametrize(
    ("country", "digits", "there", "elsewhere"),
    [
        ("DE", "030", "+493055501440", "+498955030144"),
        ("HU", "061", "+3615550144", "+36620610144"),
        ("DE", "5501", "+493055501440", "+498912345678"),
        ("ES", "91", "+34915550144", "+34935550144"),
        ("US", "1206", "+12065550142", "+15125550143"),
    ],
)
def test_an_area_code_is_searched_for_as_people_write_it(
    acorn, twilio, browser, country, digits, there, elsewhere
):
    twilio.sold[country, "Local"] = [offer(there), offer(elsewhere)]
    wanted = f"numbers/find/?country={country}&kind=local&digits={digits}"
    page = browser.get(acorn.url(wanted)).text
    assert there in page
    assert elsewhere not in page


@pytest.mark.parametrize(
    "query",
    ["country=XX&kind=local", "country=US&kind=../x", "country=US&kind=local&digits=2*6"],
)
def test_what_is_no_country_type_or_digits_is_not_asked_of_twilio(acorn, twilio, browser, query):
    page = browser.get(acorn.url(f"numbers/find/?{query}"))
    assert page.status_code == 200
    assert not twilio.asked


def buying(office, *, number="+12065550142", agent=None):
    """The page that asks whether to buy."""
    wanted = urlencode({"number": number, "agent": (agent or office.agent).public_id})
    return office.url(f"numbers/buy/?{wanted}")


def test_a_bought_number_rings_at_the_agent_at_once(cast, acorn, twilio, browser):
    url = buying(acorn)
    page = browser.post(url, follow=True).text
    assert "+12065550142 is yours" in page
    key = f"?api_key={acorn.key_text}&agent_id={acorn.agent.public_id}"
    (bought,) = twilio.numbers
    assert bought["voice_url"] == f"http://localhost:8000/api/twilio/voice{key}"
    assert bought["voice_fallback_url"] == bought["voice_url"]
    assert bought["status_callback"] == status_callback_url(acorn.org)
    entry = AuditEntry.objects.get(action="number.bought")
    assert (entry.actor, entry.target) == (cast.adam, f"+12065550142: {acorn.agent}")

    page = browser.post(url, follow=True).text  # a second click
    assert "It may be yours by now" in page
    assert len(twilio.numbers) == 1


def test_buying_is_asked_first(acorn, twilio, browser):
    url = buying(acorn)
    page = browser.get(url).text
    assert f"Buy +12065550142 for {acorn.agent}?" in page
    assert "charged by Twilio every month" in page
    assert not twilio.numbers
    assert "+12065550142 is yours" in browser.post(url, follow=True).text
    assert len(twilio.numbers) == 1


def test_documents_that_twilio_wants_are_explained(acorn, twilio, browser):
    twilio.refusal = 21649
    page = browser.post(buying(acorn), follow=True).text
    assert "Regulatory Compliance" in page
    assert not twilio.numbers
    assert not AuditEntry.objects.filter(action="number.bought").exists()


@pytest.mark.parametrize("wanted", ["", "12065550142", "+1206555\n0142", "+1" + "2" * 20])
def test_what_is_no_number_is_not_bought(acorn, twilio, browser, wanted):
    assert browser.post(buying(acorn, number=wanted)).status_code == 302
    assert not twilio.asked


def test_a_number_is_bought_for_agents_of_the_organization_alone(cast, acorn, twilio, browser):
    url = buying(acorn, agent=Office(cast.birch).agent)
    assert browser.post(url).status_code == 404
    assert not twilio.numbers


@pytest.mark.parametrize(
    ("changed", "said"),
    [({"is_active": False}, "This agent is inactive."), ({"published": None}, "no published")],
)
def test_an_agent_that_takes_no_calls_gets_no_number(acorn, twilio, browser, changed, said):
    type(acorn.agent).objects.filter(pk=acorn.agent.pk).update(**changed)
    assert said in browser.post(buying(acorn), follow=True).text
    twilio.numbers = [number(1)]
    posted = {"number": twilio.numbers[0]["sid"], "agent": acorn.agent.public_id}
    assert said in browser.post(acorn.url("numbers/point/"), posted, follow=True).text
    assert not [asked for asked in twilio.asked if asked[0] == "POST"]


def test_giving_a_number_back_is_asked_first(cast, acorn, twilio, browser):
    twilio.numbers = [number(1), number(2)]
    url = acorn.url(f"numbers/release/?number={twilio.numbers[0]['sid']}")
    page = browser.get(url).text
    assert "Give +12025550001 back to Twilio?" in page
    assert len(twilio.numbers) == 2
    page = browser.post(url, follow=True).text
    assert "+12025550001 was given back to Twilio." in page
    assert [each["phone_number"] for each in twilio.numbers] == ["+12025550002"]
    entry = AuditEntry.objects.get(action="number.released")
    assert (entry.actor, entry.target) == (cast.adam, "+12025550001")
    page = browser.post(url, follow=True).text  # it is gone
    assert "couldn’t find this account or number" in page


def test_an_old_session_proves_itself_before_money_is_spent(cast, acorn, twilio):
    browser = browser_of(cast.adam, logged_in_ago=3600)
    assert "/accounts/reauthenticate/" in browser.post(buying(acorn)).url
    assert not [path for _method, path, _form in twilio.asked if path != f"{ROOT}.json"]
