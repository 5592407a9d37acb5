"""Keys of calendars: what one costs the process that carries calls."""

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from agents.calendars import tokens
from agents.engines.google.account import UnusableAccount
from agents.tools.base import ToolFailed

URL = "https://oauth2.googleapis.com/token"
# Primes that anyone knows: OpenSSL would look at each for a second, with the interpreter's lock.
P, Q = 2**2281 - 1, 2**2203 - 1


def _pem(key) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    ).decode()


def _huge() -> str:
    d = pow(65537, -1, (P - 1) * (Q - 1))
    numbers = rsa.RSAPrivateNumbers(
        P, Q, d, d % (P - 1), d % (Q - 1), pow(Q, -1, P), rsa.RSAPublicNumbers(65537, P * Q)
    )
    return _pem(numbers.private_key(unsafe_skip_rsa_key_validation=True))


@pytest.mark.parametrize("made", [_huge, lambda: _pem(ec.generate_private_key(ec.SECP521R1()))])
def test_a_key_that_google_does_not_give_out_signs_nothing(made):
    key = {"client_email": "bookings@example.com", "private_key": made()}
    assert len(key["private_key"]) < tokens.MAX_KEY
    with pytest.raises(UnusableAccount):
        tokens._signed(key, URL)


async def test_an_agent_is_told_that_the_key_is_none_and_nothing_is_sent():
    key = {"client_email": "bookings@example.com", "private_key": _huge()}
    with pytest.raises(ToolFailed, match="not one of Google"):
        await tokens._form_for(key, URL)
