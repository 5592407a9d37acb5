"""Credentials: written, checked with the provider, never shown."""

import re

import pytest
from django.core.cache import cache

from accounts.carriers.accounts import account_and_region, named_account
from accounts.members import asking, trust
from accounts.models import AuditEntry, Organization, OrganizationSecret
from accounts.secrets.vault import reveal_secret
from agents.providers import credential_checks
from testing.office import browser_of
from testing.twilio.rest_api import SID, TOKEN, fake_twilio, number
from voicex.errors import EngineBusy, EngineRefused

Name = OrganizationSecret.Name
KEY = "sk-canary0123456789abcdef"
JSON = '{"type": "service_account", "private_key": "canary"}'


@pytest.fixture(autouse=True)
def _nobody_before():
    cache.clear()  # how many keys were checked


@pytest.fixture
def page(cast):
    return f"/o/{cast.acorn.public_id}/credentials/"


@pytest.fixture
def adam(cast):
    return browser_of(cast.adam)


@pytest.fixture
def provider(monkeypatch):
    """What the provider says of the next key: an error to raise, or None."""
    says = {"error": None, "asked": []}

    def check(engine, credentials):
        says["asked"].append((engine, credentials))
        if says["error"]:
            raise says["error"]

    monkeypatch.setattr(credential_checks, "check_engine", check)
    return says


def test_a_key_that_the_provider_accepts_is_stored_and_never_shown(adam, cast, page, provider):
    answer = adam.post(page, {"part": "openai", "openai_api_key": KEY}, follow=True)
    assert "Saved and verified" in answer.text
    assert reveal_secret(cast.acorn, name="openai_api_key") == KEY
    [(engine, credentials)] = provider["asked"]
    access = credentials.of("openai")
    assert (engine, access.key, access.endpoint) == ("openai", KEY, "")
    for text in (answer.text, adam.get(page).text):
        assert not re.search("canary|cdef", text)
    entry = AuditEntry.objects.get(action="secret.stored")
    assert (entry.actor, entry.target) == (cast.adam, "openai_api_key")


@pytest.mark.parametrize(
    ("part", "field", "value"),
    [("openai", "openai_api_key", KEY), ("google", "google_credentials", JSON)],
)
def test_a_key_that_is_refused_is_not_stored_nor_sent_back(
    adam, cast, page, provider, part, field, value
):
    provider["error"] = EngineRefused()
    answer = adam.post(page, {"part": part, field: value})
    assert answer.status_code == 422
    assert f'id="id_{field}_error"' in answer.text
    assert "canary" not in answer.text
    assert not cast.acorn.secrets.exists()


def test_a_provider_that_cannot_be_reached_keeps_no_member_from_working(adam, cast, page, provider):
    provider["error"] = EngineBusy()
    answer = adam.post(page, {"part": "google", "google_credentials": JSON}, follow=True)
    assert "couldn’t be reached" in answer.text
    assert reveal_secret(cast.acorn, name="google_credentials") == JSON


@pytest.mark.parametrize("key", ["sk-canär0123456789", "sk-canary 0123456789", "sk-canary\u200b01"])
def test_a_key_that_no_header_can_hold_is_refused_before_any_provider_is_asked(
    adam, page, provider, key
):
    answer = adam.post(page, {"part": "openai", "openai_api_key": key})
    assert answer.status_code == 422
    assert "no spaces" in answer.text
    assert "0123456789" not in answer.text
    assert not provider["asked"]


def test_text_that_is_no_service_account_is_refused_before_any_provider_is_asked(
    adam, page, provider
):
    answer = adam.post(page, {"part": "google", "google_credentials": "canary"})
    assert answer.status_code == 422
    assert "canary" not in answer.text
    assert not provider["asked"]


def test_the_twilio_account_is_asked_before_it_is_stored(adam, cast, page, twilio):
    given = {"part": "twilio", "twilio_account_sid": SID, "twilio_auth_token": TOKEN}
    answer = adam.post(page, given, follow=True)
    assert "Twilio account saved" in answer.text
    assert TOKEN not in answer.text
    org = Organization.objects.get(pk=cast.acorn.pk)
    assert named_account(org, carrier="twilio") == SID
    assert reveal_secret(org, name=Name.TWILIO_AUTH_TOKEN) == TOKEN
    assert AuditEntry.objects.filter(action="organization.changed").count() == 1


def test_the_token_of_another_region_is_stored_with_it_and_numbers_are_asked_for_there(
    adam, cast, page, twilio
):
    twilio.region = "ie1"
    given = {"part": "twilio", "twilio_account_sid": SID, "twilio_auth_token": TOKEN}
    answer = adam.post(page, given, follow=True)
    assert "saved and verified in Twilio’s region IE1" in answer.text
    twilio.numbers = [number(7)]
    numbers = page.replace("credentials", "numbers")
    assert "+12025550007" in adam.get(numbers).text
    assert "region IE1 in the Twilio Console" in adam.get(f"{numbers}find/", follow=True).text
    twilio.region = ""
    assert "saved and verified." in adam.post(page, given, follow=True).text
    assert account_and_region(cast.acorn, carrier="twilio") == (SID, "")


def test_a_wrong_token_is_refused_beside_its_field(adam, cast, page, twilio):
    wrong = "0123456789abcdef0123456789abcdef"
    given = {"part": "twilio", "twilio_account_sid": SID, "twilio_auth_token": wrong}
    answer = adam.post(page, given)
    assert answer.status_code == 422
    assert "Twilio rejected this auth token" in answer.text
    assert wrong not in answer.text
    assert f'value="{SID}"' in answer.text  # what is no secret is not typed again
    assert not cast.acorn.secrets.exists()
    assert named_account(cast.acorn, carrier="twilio") == ""


def test_twilio_out_of_reach_stores_the_account_with_a_warning(adam, cast, page, settings):
    settings.TWILIO_REST_URL = "http://127.0.0.1:9"
    given = {"part": "twilio", "twilio_account_sid": SID, "twilio_auth_token": TOKEN}
    answer = adam.post(page, given, follow=True)
    assert "not verified. This server couldn’t reach Twilio" in answer.text
    assert cast.acorn.secrets.count() == 1


def test_a_token_alone_keeps_the_plain_set_up_working(adam, cast, page):
    answer = adam.post(page, {"part": "twilio", "twilio_auth_token": TOKEN}, follow=True)
    assert "Add the Account SID to verify the token" in answer.text
    assert reveal_secret(cast.acorn, name=Name.TWILIO_AUTH_TOKEN) == TOKEN
    adam.post(page, {"part": "twilio", "twilio_auth_token_next": TOKEN[::-1]})
    assert reveal_secret(cast.acorn, name=Name.TWILIO_AUTH_TOKEN) == TOKEN
    assert reveal_secret(cast.acorn, name=Name.TWILIO_AUTH_TOKEN_NEXT) == TOKEN[::-1]


def stored(cast, name):
    return cast.acorn.secrets.get(name=name).is_verified


def test_an_account_sid_alone_is_said_to_be_unverified_until_the_token_comes(
    adam, cast, page, twilio
):
    answer = adam.post(page, {"part": "twilio", "twilio_account_sid": SID}, follow=True)
    assert "Saved, but not verified." in answer.text
    assert "Calls from any other account are refused" in answer.text
    assert "Twilio account saved" not in answer.text
    assert not twilio.asked
    for _visit in range(2):  # not only once
        shown = adam.get(page).text
        assert "Not verified" in shown
        assert f"<code>{SID}</code>" in shown
    given = {"part": "twilio", "twilio_account_sid": SID, "twilio_auth_token": TOKEN}
    assert "Twilio account saved and verified." in adam.post(page, given, follow=True).text
    shown = adam.get(page).text
    assert "Verified" in shown
    assert "Not verified" not in shown


def test_a_token_that_could_not_be_checked_is_said_so_until_it_is(adam, cast, page, settings):
    settings.TWILIO_REST_URL = "http://127.0.0.1:9"
    given = {"part": "twilio", "twilio_account_sid": SID, "twilio_auth_token": TOKEN}
    answer = adam.post(page, given, follow=True)
    assert "If the token is wrong, calls are refused." in answer.text
    assert stored(cast, Name.TWILIO_AUTH_TOKEN) is False
    assert "Not verified" in adam.get(page).text
    with fake_twilio() as server:
        settings.TWILIO_REST_URL = server.url
        adam.post(page, given)
    assert stored(cast, Name.TWILIO_AUTH_TOKEN) is True
    assert "Not verified" not in adam.get(page).text


def test_a_next_token_leaves_what_is_known_of_the_first(adam, cast, page, twilio):
    adam.post(page, {"part": "twilio", "twilio_account_sid": SID, "twilio_auth_token": TOKEN})
    following = {"twilio_account_sid": SID, "twilio_auth_token_next": TOKEN[::-1]}
    adam.post(page, {"part": "twilio"} | following)
    assert stored(cast, Name.TWILIO_AUTH_TOKEN) is True
    assert stored(cast, Name.TWILIO_AUTH_TOKEN_NEXT) is None


@pytest.mark.parametrize(("error", "is_verified"), [(None, True), (EngineBusy(), False)])
def test_a_key_is_shown_as_it_was_checked(adam, cast, page, provider, error, is_verified):
    provider["error"] = error
    adam.post(page, {"part": "openai", "openai_api_key": KEY})
    assert stored(cast, "openai_api_key") is is_verified
    assert ("Not verified" in adam.get(page).text) is not is_verified


def test_a_button_promises_to_verify_only_where_that_always_happens(adam, page):
    buttons = re.findall(r"<button>(.*?)</button>", adam.get(page).text, re.DOTALL)
    said = [" ".join(re.sub("<[^>]*>", " ", each).split()) for each in buttons]
    assert "Save (Twilio)" in said
    assert "Verify and save (OpenAI)" in said


def test_an_account_sid_of_another_form_is_refused_and_kept_for_correction(adam, page):
    answer = adam.post(page, {"part": "twilio", "twilio_account_sid": "AC12"})
    assert answer.status_code == 422
    assert "An Account SID is AC followed by 32 hex digits." in answer.text
    assert 'value="AC12"' in answer.text


def test_credentials_are_forgotten_after_a_question(adam, cast, page, provider):
    adam.post(page, {"part": "openai", "openai_api_key": KEY})
    question = f"{page}clear/?part=openai"
    assert "Remove the credentials for OpenAI?" in adam.get(question).text
    assert cast.acorn.secrets.count() == 1
    adam.post(question)
    assert cast.acorn.secrets.count() == 0
    assert AuditEntry.objects.filter(action="secret.cleared").count() == 1


def test_an_old_session_proves_itself_first(cast, page):
    browser = browser_of(cast.adam, logged_in_ago=3600)
    assert "/accounts/reauthenticate/" in browser.get(page).url
    answer = browser.post(page, {"part": "openai", "openai_api_key": KEY})
    assert "/accounts/reauthenticate/" in answer.url
    assert not cast.acorn.secrets.exists()


@pytest.mark.parametrize("bound", [(trust, "KEY_CHECKS_A_MINUTE"), (asking, "AT_ONCE")])
def test_a_check_too_many_asks_nobody_and_loses_no_key(
    adam, cast, page, provider, twilio, monkeypatch, bound
):
    monkeypatch.setattr(*bound, 0)
    answer = adam.post(page, {"part": "openai", "openai_api_key": KEY}, follow=True)
    assert "too many keys are being checked. Save it again in a minute" in answer.text
    given = {"part": "twilio", "twilio_account_sid": SID, "twilio_auth_token": TOKEN}
    answer = adam.post(page, given, follow=True)
    assert "too many keys are being checked. Save it again in a minute" in answer.text
    assert not provider["asked"]
    assert not twilio.asked
    assert reveal_secret(cast.acorn, name="openai_api_key") == KEY
    assert stored(cast, "openai_api_key") is stored(cast, Name.TWILIO_AUTH_TOKEN) is False


def test_new_organizations_share_the_checks_of_keys(adam, cast, page, provider, monkeypatch):
    Organization.objects.update(proven_at=None)
    monkeypatch.setattr(trust, "KEY_CHECKS_A_MINUTE", 1)
    other = browser_of(cast.charlie)
    other.post(f"/o/{cast.birch.public_id}/credentials/", {"part": "openai", "openai_api_key": KEY})
    adam.post(page, {"part": "openai", "openai_api_key": KEY})
    assert len(provider["asked"]) == 1
    assert stored(cast, "openai_api_key") is False
