"""Passkeys are for the public site, whatever a request says it is."""

import json

from allauth.mfa.adapter import get_adapter
from django.core.cache import cache
from django.test import Client

from accounts.addresses import confirm
from accounts.admin.tests.test_admin import log_in_again
from testing.cast import PASSWORD, Cast


def test_a_passkey_is_for_the_host_of_the_settings(db, settings) -> None:
    cache.clear()
    answer = Client().get("/accounts/2fa/webauthn/login/", headers={"accept": "application/json"})
    options = json.loads(answer.content)["request_options"]["publicKey"]
    assert options["rpId"] == "localhost"  # and not testserver, as the request says
    settings.TWILIO_APP_URL = "https://voice.example:8443"
    assert get_adapter().get_public_key_credential_rp_entity()["id"] == "voice.example"


def test_a_made_up_passkey_lets_nobody_in(cast: Cast) -> None:
    cache.clear()
    browser = Client()
    browser.get("/accounts/2fa/webauthn/login/", headers={"accept": "application/json"})
    for credential in (
        "{}",
        "[]",
        "null",
        '{"id": "x", "response": {"userHandle": "MQ"}}',
        "x" * 99,
    ):
        answer = browser.post("/accounts/2fa/webauthn/login/", {"credential": credential})
        assert answer.status_code == 302, credential
        assert "_auth_user_id" not in browser.session


def test_the_name_of_a_passkey_is_a_name(cast: Cast) -> None:
    confirm(cast.alice)
    browser = Client()
    browser.post("/accounts/login/", {"login": cast.alice.email, "password": PASSWORD})
    log_in_again(browser, cast.alice)
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    page = browser.post(
        "/accounts/2fa/webauthn/add/", {"name": "see https://evil.test", "credential": "{}"}
    )
    assert "can’t contain a web or email address" in page.text
