"""What is hidden of a secret that was registered, and what of everything else stays."""

import hashlib
import threading

import pytest

from tests.secret_shapes import (
    PEM_LINES,
    SERVICE_ACCOUNT,
    SHAPES,
    assert_hidden,
    lines_of,
    parts_of,
)
from voicex.secrets.secret_values import PART, SecretValues

HIDDEN = "[hidden]"


@pytest.fixture
def values():
    return SecretValues()


def hide(values: SecretValues, text: str) -> str:
    return values.hide(text, replacement=HIDDEN)


@pytest.mark.parametrize("secret", SHAPES.values(), ids=SHAPES)
def test_a_registered_value_is_hidden_whole_and_in_every_part(values, secret):
    values.register(secret)
    for line in lines_of(secret):
        assert hide(values, f"refused: {line}.") == f"refused: {HIDDEN}."
    for part in parts_of(secret):
        assert hide(values, f"it begins with <{part}> or so") == f"it begins with <{HIDDEN}> or so"


@pytest.mark.parametrize("secret", SHAPES.values(), ids=SHAPES)
def test_a_value_is_hidden_wherever_a_text_has_it(values, secret):
    values.register(secret)
    for text in (secret, repr(secret), f"a{secret}b{secret}", f"{secret}\n{secret[5:]}"):
        assert_hidden(secret, hide(values, text))


def test_nothing_else_is_hidden(values):
    for secret in SHAPES.values():
        values.register(secret)
    text = "the call 5bA was answered in 210 ms, " + "".join(SHAPES["uuid"][: PART - 1]) + " goes"
    assert hide(values, text) == text
    assert hide(values, "") == ""


def test_of_a_service_account_its_key_is_hidden_and_its_address_is_not(values):
    values.register(SERVICE_ACCOUNT)
    shown = hide(values, f"refused {SERVICE_ACCOUNT}")
    for line in (*PEM_LINES, "0f1e2d3c4b5a69788796a5b4c3d2e1f00a1b2c3d"):
        assert_hidden(line, shown)
    assert "desk@reception.iam.gserviceaccount.com" in shown
    assert "https://oauth2.googleapis.com/token" in shown


@pytest.mark.parametrize(
    "text", ['{"private_key": 7}', "{" * 15_000, "{not JSON at all", "[]", "{}"]
)
def test_json_that_is_no_service_account_is_registered_all_the_same(values, text):
    values.register(text)
    assert hide(values, "an ordinary line") == "an ordinary line"


def test_a_short_secret_is_hidden_as_a_word(values):
    values.register("pa55wrd", for_ever=True)
    assert hide(values, "user:pa55wrd@db, pa55wrd") == f"user:{HIDDEN}@db, {HIDDEN}"
    assert hide(values, "pa55wrds") == "pa55wrds"


@pytest.mark.parametrize("value", ["", " ", "a", "abc"])
def test_what_is_too_short_to_be_a_secret_hides_nothing(values, value):
    values.register(value)
    assert hide(values, "a, abc and so on") == "a, abc and so on"


def test_a_secret_of_words_is_hidden(values):
    values.register("correct horse battery", for_ever=True)
    assert hide(values, "it is correct horse battery.") == f"it is {HIDDEN}."


def test_the_least_recently_used_go_when_there_are_too_many():
    values = SecretValues(max_parts=10 * 67)  # ten of 40 characters
    secrets = [hashlib.sha256(bytes([number])).hexdigest()[:40] for number in range(40)]
    for secret in secrets:
        values.register(secrets[0])  # in use all the time
        values.register(secret)
    assert hide(values, secrets[0]) == HIDDEN
    assert hide(values, secrets[-1]) == HIDDEN
    assert hide(values, secrets[20]) == secrets[20]


def test_those_that_are_for_ever_stay_whatever_else_comes():
    values = SecretValues(max_parts=100)
    values.register(SHAPES["groq"], for_ever=True)
    for number in range(40):
        values.register(hashlib.sha256(bytes([number])).hexdigest())
    assert hide(values, SHAPES["groq"]) == HIDDEN


def test_no_secret_is_kept_in_memory(values):
    secret = SHAPES["groq"]
    values.register(secret)
    kept = repr([getattr(values, name) for name in vars(values)])
    assert_hidden(secret, kept)


def test_threads_may_register_and_hide_at_once(values):
    failures = []

    def work(number: int) -> None:
        try:
            for count in range(200):
                secret = f"secret-{number}-{count:04}-abcdefghijkl"
                values.register(secret)
                if hide(values, f"<{secret}>") != f"<{HIDDEN}>":
                    failures.append(secret)
        except Exception as error:
            failures.append(repr(error))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_a_sentence_that_a_client_stores_as_a_key_hides_no_sentence(values):
    values.register("POST /api/twilio/voice was refused")
    values.register("warning")
    text = "warning: POST /calls/api was refused"
    assert hide(values, text) == text


def test_what_is_public_is_never_hidden():
    values = SecretValues(public=["/api/twilio/voice"])
    values.register("https://v.example/api/twilio/voice?api_key=vx_0123456789abcdef")
    assert hide(values, "GET /api/twilio/voice?x=1 404") == "GET /api/twilio/voice?x=1 404"
    assert hide(values, "vx_0123456789abcdef") == HIDDEN
