"""Webhook keys as text: minted, parsed, verified."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.keys import key_text

PEPPER = "pepper"
RANDOM = bytes(range(key_text.RANDOM_BYTES))


def test_a_key_is_vx_then_prefix_then_128_bits_of_secret():
    minted = key_text.mint(RANDOM)
    assert minted.text == "vx_" + "00010203" + "0405060708090a0b0c0d0e0f10111213"
    assert minted.prefix == "00010203"


@pytest.mark.parametrize("length", [0, 16, 19, 21])
def test_too_little_or_too_much_randomness_is_refused(length):
    with pytest.raises(ValueError, match="random bytes"):
        key_text.mint(bytes(length))


@given(st.binary(min_size=key_text.RANDOM_BYTES, max_size=key_text.RANDOM_BYTES))
def test_every_minted_key_parses_to_its_prefix_and_matches_its_digest(random):
    minted = key_text.mint(random)
    assert key_text.parse(minted.text) == key_text.Parsed(prefix=minted.prefix, text=minted.text)
    assert key_text.matches(minted.text, key_text.digest(minted.text, pepper=PEPPER), pepper=PEPPER)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "vx_",
        "vx_" + "a" * 39,
        "vx_" + "a" * 41,
        "vx_" + "A" * 40,
        "vx_" + "g" * 40,
        "VX_" + "a" * 40,
        " vx_" + "a" * 40,
        "vx_" + "a" * 40 + "\n",
        "vx_" + "\u0661" * 40,  # digits, but not ASCII ones
    ],
)
def test_what_does_not_have_the_form_of_a_key_is_not_parsed(text):
    assert key_text.parse(text) is None


def test_one_changed_digit_does_not_match():
    text = key_text.mint(RANDOM).text
    digest = key_text.digest(text, pepper=PEPPER)
    assert not key_text.matches(text[:-1] + "f", digest, pepper=PEPPER)


def test_the_same_key_under_another_pepper_does_not_match():
    text = key_text.mint(RANDOM).text
    assert not key_text.matches(text, key_text.digest(text, pepper=PEPPER), pepper="other")


def test_the_digest_tells_nothing_of_the_key():
    text = key_text.mint(RANDOM).text
    digest = key_text.digest(text, pepper=PEPPER)
    assert len(digest) == 64
    assert text[3:] not in digest


@given(st.text(st.characters()))
def test_no_text_breaks_the_verification(text):
    assert not key_text.matches(text, key_text.NO_DIGEST, pepper=PEPPER)
    assert not key_text.matches("\ud800" + text, key_text.NO_DIGEST, pepper=PEPPER)
