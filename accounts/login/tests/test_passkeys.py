"""Passkeys are for the public site, whatever a request says it is."""

import base64
import json
from time import thread_time

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from cryptography.hazmat.primitives.asymmetric import ec
from django.core.cache import cache
from django.test import Client
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import (
    Aaguid,
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
)

from accounts.addresses import confirm
from accounts.admin.tests.test_admin import log_in_again
from accounts.login.passkeys import MOST, AddPasskeyForm
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


def proof(authenticator_data: bytes) -> str:
    def text(data: bytes) -> str:
        return base64.urlsafe_b64encode(data).decode().rstrip("=")

    said = {"type": "webauthn.get", "challenge": "AAAA", "origin": "http://localhost"}
    response = {
        "clientDataJSON": text(json.dumps(said).encode()),
        "authenticatorData": text(b"\0" * 32 + b"\x81" + b"\0" * 4 + authenticator_data),
        "signature": "AA",
        "userHandle": "MQ",
    }
    return json.dumps({"id": "AAAA", "rawId": "AAAA", "type": "public-key", "response": response})


def test_what_a_stranger_calls_a_passkey_is_bounded_before_it_is_read(cast: Cast) -> None:
    """The library reads a list in a time that grows with its square: one of a megabyte took seven
    seconds of the process that carries calls."""
    for credential in (
        proof(b"\x9a\x00\x0f\x42\x40" + b"\0" * 1_000_000),  # a list of a million numbers
        proof(b"\x81" * 9_000 + b"\0"),  # a list in a list, and so on
        "[" * 100_000,
        '{"a":' * 9_000,
        "1" * 6_000,
    ):
        cache.clear()
        browser = Client()
        browser.get("/accounts/2fa/webauthn/login/", headers={"accept": "application/json"})
        began = thread_time()
        answer = browser.post("/accounts/2fa/webauthn/login/", {"credential": credential})
        assert answer.status_code == 302
        assert thread_time() - began < 1.0


def test_a_credential_that_is_refused_is_not_shown_again(cast: Cast) -> None:
    confirm(cast.alice)
    browser = Client()
    browser.post("/accounts/login/", {"login": cast.alice.email, "password": PASSWORD})
    log_in_again(browser, cast.alice)
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    for credential in ("[" * 100_000, '{"id": "shown"}'):
        page = browser.post("/accounts/2fa/webauthn/add/", {"name": "a", "credential": credential})
        assert page.status_code == 200
        assert credential not in page.text


def passkey() -> dict[str, object]:
    """What a browser sends of a new passkey."""
    key = ES256.from_cryptography_key(ec.generate_private_key(ec.SECP256R1()).public_key())
    known = AttestedCredentialData.create(Aaguid.NONE, b"id", key)
    flags = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.UV | AuthenticatorData.FLAG.AT
    made = AuthenticatorData.create(b"\0" * 32, flags, 1, known)
    said = {"type": "webauthn.create", "challenge": "AAAA", "origin": "http://localhost"}
    response = {
        "clientDataJSON": websafe_encode(json.dumps(said).encode()),
        "attestationObject": websafe_encode(bytes(AttestationObject.create("none", made, {}))),
    }
    named = {"id": websafe_encode(b"id"), "rawId": websafe_encode(b"id"), "type": "public-key"}
    return named | {"response": response, "clientExtensionResults": {}}


def test_beyond_the_limit_a_further_passkey_is_refused_in_words(cast: Cast) -> None:
    confirm(cast.alice)
    browser = Client()
    browser.post("/accounts/login/", {"login": cast.alice.email, "password": PASSWORD})
    log_in_again(browser, cast.alice)
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert "mfa_webauthn_add" in browser.get("/accounts/2fa/webauthn/add/").text
    known = passkey()
    Authenticator.objects.bulk_create(
        Authenticator(user=cast.alice, type="webauthn", data={"name": "a", "credential": known})
        for _ in range(MOST)
    )
    page = browser.get("/accounts/2fa/webauthn/add/").text
    assert f"up to {MOST} passkeys" in page
    assert "mfa_webauthn_add" not in page
    sent = {"name": "a", "credential": json.dumps(known)}
    assert f"up to {MOST} passkeys" in browser.post("/accounts/2fa/webauthn/add/", sent).text
    assert Authenticator.objects.filter(user=cast.alice).count() == MOST


def test_of_two_passkeys_that_are_added_at_once_the_second_is_refused(
    cast: Cast, monkeypatch
) -> None:
    """Both are counted before either is written."""
    cache.clear()
    confirm(cast.alice)
    monkeypatch.setattr(AddWebAuthnForm, "clean", lambda form: form.cleaned_data)
    sent = {"name": "a", "credential": json.dumps(passkey())}
    forms = [AddPasskeyForm(sent, user=cast.alice) for _ in range(2)]
    assert [each.is_valid() for each in forms] == [True, False]
    assert "sent twice at once" in str(forms[1].errors)
