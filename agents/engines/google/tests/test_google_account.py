"""A service account that a client gives: looked at in milliseconds, whatever it is."""

import json
import time

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa

from agents.engines.google import account as google_account
from agents.engines.google import tts
from agents.engines.google.account import MAX_BYTES, UnusableAccount

# OpenSSL needs most of a minute to check the primes of the largest key below.
SECONDS = 0.5


def pem(key, kind="PKCS8", encryption=None) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        getattr(serialization.PrivateFormat, kind),
        encryption or serialization.NoEncryption(),
    ).decode()


def made_of(one: int, other: int):
    """A private key of the primes 2**one - 1 and 2**other - 1."""
    p, q = 2**one - 1, 2**other - 1
    d = pow(65_537, -1, (p - 1) * (q - 1))
    public = rsa.RSAPublicNumbers(65_537, p * q)
    inverse = rsa.rsa_crt_iqmp(p, q)
    numbers = rsa.RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), inverse, public)
    return numbers.private_key(unsafe_skip_rsa_key_validation=True)


@pytest.fixture(scope="module")
def key():
    return rsa.generate_private_key(65_537, 2_048)


def account(private_key: str, **more: object) -> str:
    return json.dumps(
        {
            "type": "service_account",
            "client_email": "desk@reception.iam.gserviceaccount.com",
            "private_key": private_key,
            "private_key_id": "k1",
            "token_uri": "https://oauth2.googleapis.com/token",
            **more,
        }
    )


@pytest.mark.parametrize("kind", ["PKCS8", "TraditionalOpenSSL"])
def test_a_service_account_signs_with_its_key(key, kind):
    made = tts._service_account(account(pem(key, kind)))
    assert made.service_account_email == "desk@reception.iam.gserviceaccount.com"
    assert made.signer.key_id == "k1"
    assert len(made.signer.sign(b"a request")) == 256


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda: pem(made_of(9_689, 9_941)), "characters"),
        (lambda: pem(made_of(4_253, 4_423), "TraditionalOpenSSL"), "characters"),
        (lambda: pem(made_of(2_203, 2_281)), "2048 to 4096 bits"),
        (lambda: pem(made_of(521, 607)), "2048 to 4096 bits"),
        (lambda: pem(ec.generate_private_key(ec.SECP256R1())), "no RSA key"),
        (lambda: pem(ec.generate_private_key(ec.SECP256R1()), "TraditionalOpenSSL"), "in PEM"),
        (lambda: pem(dsa.generate_private_key(1_024)), "no RSA key"),
        (
            lambda: pem(
                made_of(1_279, 2_203), encryption=serialization.BestAvailableEncryption(b"x")
            ),
            "unencrypted",
        ),
        (lambda: pem(made_of(1_279, 2_203)).replace("A", "!"), "in PEM"),
        (lambda: pem(made_of(1_279, 2_203))[:900], "in PEM"),
        (lambda: "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----", "read"),
        (lambda: "-----BEGIN PRIVATE KEY-----\nA\n-----END PRIVATE KEY-----", "base64"),
        (lambda: "canary", "in PEM"),
    ],
)
def test_another_key_is_refused_at_once_and_in_words(make, problem):
    text = account(make())
    started = time.process_time()
    with pytest.raises(UnusableAccount, match=problem) as refused:
        google_account.read(text[:MAX_BYTES] if problem == "characters" else text)
    assert time.process_time() - started < SECONDS
    assert "canary" not in str(refused.value)


def test_a_key_of_composites_is_read_without_a_search_for_primes():
    text = account(pem(made_of(1_279, 2_203)))
    started = time.process_time()
    assert google_account.read(text).key.key_size == 3_482
    assert time.process_time() - started < SECONDS


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[" * 2_500, "nested"),
        ('{"a":' * 2_500, "nested"),
        (account("x") + " " * MAX_BYTES, "longer"),
        ("[]", "no JSON object"),
        ("{", "not JSON"),
        (account("x", client_email=7), "client_email"),
        (account("x", token_uri=""), "in PEM"),
        ('{"client_email": "a", "client_email": "b"}', "twice"),
        ('{"client_email": ' + "9" * 5_000 + "}", "digits"),
        ('{"client_email": "\\ud800"}', "character"),
    ],
)
def test_an_invalid_service_account_is_refused_with_the_reason(text, problem):
    with pytest.raises(UnusableAccount, match=problem):
        google_account.read(text)
