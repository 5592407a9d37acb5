"""What a secret must be before the service starts with it."""

import base64
import hashlib
import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicex.errors import ConfigurationError
from voicex.secrets.checked_secrets import check_apart, secret, secrets_of_list

GOOD = "Zq3vT8mKx0Lw5RyB7nHc2JdF9sGpA4eU"
OTHER = "7c1f0a9b3d5e8264f1a0c9d7b3e58642f0e1d2c3b4a59687"


def problem(value: str) -> str:
    with pytest.raises(ConfigurationError) as refused:
        secret("NAME", value, purpose="signs sessions")
    return str(refused.value)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("", "NAME is not set. It signs sessions"),
        ("a", "too short"),
        (GOOD[:31], "has 31 bytes"),
        (GOOD[:16] + " " + GOOD[16:], "a blank"),
        (GOOD + "\n" + GOOD, "a blank"),
        (GOOD + "\x00", "control character"),
        ("a" * 64, "over and over"),
        ("ab" * 32, "over and over"),
        (GOOD[:12] * 5, "over and over"),
        ("test-pepper-" + "p" * 40, "over and over"),
        ("changeme" + OTHER, "words of an example"),
        ("CHANGE-ME-" + OTHER, "words of an example"),
        ("your-secret-key-goes-here-please-1", "words of an example"),
        ("django-insecure-" + OTHER, "words of an example"),
        ("0123456789abcdef0123456789abcdef", "words of an example"),
    ],
)
def test_what_can_be_guessed_is_no_secret(value, says):
    assert says in problem(value)


def test_the_refusal_does_not_contain_the_value():
    assert GOOD[:10] not in problem(GOOD[:31])


@pytest.mark.parametrize(
    "make", [lambda: secrets.token_urlsafe(48), lambda: secrets.token_hex(32)], ids=["url", "hex"]
)
def test_what_the_pages_advise_is_taken(make):
    made = [make() for _ in range(300)]
    assert [secret("NAME", each, purpose="x") for each in made] == made
    check_apart(NAME=made[:40])


@given(st.lists(st.sampled_from(["", " ", GOOD]), min_size=1, max_size=4))
def test_no_item_of_a_list_is_ever_empty(parts):
    try:
        taken = secrets_of_list("NAME", ",".join(parts), purpose="encrypts")
    except ConfigurationError:
        taken = []
    assert bool(taken) == all(part.strip() for part in parts)
    assert all(taken)


DERIVED = {
    "suffix": lambda text: text + "-pepper",
    "prefix": lambda text: "pepper-" + text,
    "part": lambda text: text[4:30] + "0123",
    "case": str.swapcase,
    "backwards": lambda text: text[::-1],
    "hex": lambda text: text.encode().hex(),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "sha256": lambda text: hashlib.sha256(text.encode()).hexdigest(),
    "sha1": lambda text: hashlib.sha1(text.encode()).hexdigest(),
    "digest in base64": lambda text: base64.urlsafe_b64encode(
        hashlib.sha256(text.encode()).digest()
    ).decode(),
}


@pytest.mark.parametrize("alter", DERIVED.values(), ids=DERIVED)
def test_a_secret_made_from_another_is_refused_in_either_order(alter):
    for one, other in ((GOOD, alter(GOOD)), (alter(GOOD), GOOD)):
        with pytest.raises(ConfigurationError, match="SECRET_KEY and API_KEY_PEPPER are made from"):
            check_apart(SECRET_KEY=[one], API_KEY_PEPPER=[other])


def test_a_key_that_is_twice_in_its_list_is_named_by_its_places():
    with pytest.raises(ConfigurationError, match=r"KEYS \(number 1\) and KEYS \(number 3\)"):
        check_apart(KEYS=[GOOD, OTHER, GOOD])
