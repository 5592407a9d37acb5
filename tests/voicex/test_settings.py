"""A setting that is missing or wrong stops the start with one sentence."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from voicex.settings.data import database

pytestmark = pytest.mark.slow  # starts processes

ROOT = Path(__file__).resolve().parents[2]


HTTPS = "https://voicex.example"
GOOD = "Zq3vT8mKx0Lw5RyB7nHc2JdF9sGpA4eU"


# Reads the settings once for each line of input, a JSON object of variables. Answers in lines of
# JSON: the sentence of a refusal, or the settings that the tests ask about.
READER = """
import importlib, json, os, sys
from voicex.errors import ConfigurationError
before = dict(os.environ)
for line in sys.stdin:
    os.environ.clear()
    os.environ.update(before | json.loads(line))
    try:
        sys.modules.pop("voicex.settings", None)
        s = vars(importlib.import_module("voicex.settings"))
        cookies = [s[f"{each}_COOKIE_NAME"] for each in ("SESSION", "CSRF", "DEVICE")]
        is_secure = [s[f"{each}_COOKIE_SECURE"] for each in ("SESSION", "CSRF")]
        told = {"mail": s["EMAIL_BACKEND"], "hosts": s["ALLOWED_HOSTS"], "cookies": cookies}
        told |= {"models": s["OPENAI_MODELS"], "second": s["OPERATORS_NEED_SECOND_FACTOR"]}
        print(json.dumps({"": "", **told, "is_secure": is_secure}))
    except ConfigurationError as error:
        print(json.dumps({"": str(error)}))
    sys.stdout.flush()
"""


@pytest.fixture(scope="module")
def read() -> Iterator[Callable[..., dict[str, Any]]]:
    """What reading the settings gives, with these variables changed."""
    with subprocess.Popen(
        [sys.executable, "-c", READER],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as reader:

        def ask(**changed: str) -> dict[str, Any]:
            reader.stdin.write(json.dumps(changed) + "\n")
            reader.stdin.flush()
            return json.loads(reader.stdout.readline())

        yield ask
        reader.stdin.close()


def test_a_wrong_setting_ends_a_command_with_its_sentence_alone():
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env={**os.environ, "SECRET_KEY": "a"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("voicex: SECRET_KEY has 1 bytes")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is not set"),
        ({"SECRET_KEY": "a"}, "SECRET_KEY has 1 bytes, which is too short"),
        ({"API_KEY_PEPPER": " "}, "API_KEY_PEPPER is not set"),
        ({"FIELD_ENCRYPTION_KEYS": f",{GOOD}"}, "number 1 of them is empty: most likely a var"),
        ({"FIELD_ENCRYPTION_KEYS": f"{GOOD},"}, "number 2 of them is empty"),
        ({"FIELD_ENCRYPTION_KEYS": ","}, "FIELD_ENCRYPTION_KEYS is not set"),
        ({"FIELD_ENCRYPTION_KEYS": f"{GOOD}, {GOOD}"}, "are the same"),
        ({"SECRET_KEY": GOOD, "API_KEY_PEPPER": f"{GOOD}-pepper"}, "made from one another"),
        ({"PORT": "abc"}, "Expected a whole number up to 65535"),
        ({"PORT": "99999"}, "Expected a whole number up to 65535"),
        ({"MAX_CALLS_PER_PROCESS": "-1"}, "Expected a whole number"),
        (
            {"CALL_STALE_SECONDS": "10"},
            "CALL_STALE_SECONDS is '10'. Expected a whole number from 11",
        ),
        ({"OPERATORS_NEED_SECOND_FACTOR": "required"}, "'required'. Expected true or false"),
        ({"LOG_PERSONAL": "enabled"}, "LOG_PERSONAL is 'enabled'. Expected true or false"),
        ({"DEBUG": "2"}, "DEBUG is '2'. Expected true or false"),
        ({"REDIS_URL": "redis:6379"}, "for example redis://:password@redis.example:6379/0"),
        ({"REDIS_URL": f"http://:{GOOD}@redis:6379/0"}, "REDIS_URL is not the URL of a Redis"),
        ({"DATABASE_URL": "bogus"}, "not a database URL"),
        ({"LOG_LEVEL": "LOUD"}, "Expected one of DEBUG"),
        ({"TWILIO_APP_URL": "http://voicex.example"}, f"Use {HTTPS}"),
        ({"TWILIO_APP_URL": "voicex.example"}, "not a public origin"),
        ({"TWILIO_APP_URL": HTTPS, "DEBUG": "1"}, "DEBUG is on and TWILIO_APP_URL"),
        ({"MEDIA_APP_URL": HTTPS, "DEBUG": "1"}, "DEBUG is on and TWILIO_APP_URL"),
        ({"TWILIO_APP_URL": HTTPS, "EMAIL_URL": "consolemail://"}, "into the log"),
        ({"EMAIL_URL": "consolemail://"}, "into the log"),
        ({"EMAIL_URL": "pigeon://loft"}, "not the address of a mail server"),
        ({"ACCOUNT_EMAIL_VERIFICATION": "mandatory"}, "no one could sign in"),
    ],
)
def test_a_wrong_setting_is_explained_in_one_sentence(read, changed, says):
    sentence = read(**changed)[""]
    assert says in sentence
    assert GOOD not in sentence


@pytest.mark.parametrize(
    "changed",
    [
        {"TWILIO_APP_URL": HTTPS, "MEDIA_APP_URL": HTTPS},
        {"TWILIO_APP_URL": HTTPS, "EMAIL_URL": "dummymail://"},
        {"DEBUG": "1", "EMAIL_URL": "consolemail://"},
        {"EMAIL_URL": "smtp+tls://user:password@mail.example:587"},
        {"API_KEY_PEPPER": f"{GOOD},{GOOD[::2] + 'KfWq82LmNv04ZxCe'}"},
        {"CALL_STALE_SECONDS": "11"},
        {"REDIS_URL": " redis://:password@redis:6379/0 "},
        {"REDIS_URL": "rediss://redis:6379/0"},
    ],
)
def test_the_ways_in_which_the_service_is_run_are_taken(read, changed):
    assert read(**changed)[""] == ""


@pytest.mark.parametrize(
    ("changed", "backend"),
    [({}, "dummy"), ({"DEBUG": "1"}, "console"), ({"EMAIL_URL": "smtp://mail:25"}, "smtp")],
)
def test_mail_is_printed_for_a_developer_alone(read, changed, backend):
    assert read(**changed)["mail"].split(".")[-2] == backend


def test_loopback_names_are_answered_only_where_the_public_url_is_one(read):
    assert read()["hosts"] == ["127.0.0.1", "[::1]", "localhost"]
    https = {"TWILIO_APP_URL": HTTPS, "MEDIA_APP_URL": HTTPS}
    assert read(**https)["hosts"] == ["voicex.example"]


@pytest.mark.parametrize(
    ("word", "is_on"),
    [
        *((word, True) for word in ("true", "Yes", "ON", " 1 ")),
        *((word, False) for word in ("false", "No", "off", "0")),
        *((word, True) for word in ("", " ")),  # the default with https
    ],
)
def test_a_word_for_true_or_false_is_read_as_it_is_meant(read, word, is_on):
    https = {"TWILIO_APP_URL": HTTPS, "MEDIA_APP_URL": HTTPS}
    assert read(**https, OPERATORS_NEED_SECOND_FACTOR=word)["second"] is is_on


def test_blanks_between_the_parts_of_a_list_are_no_part_of_them(read):
    https = {"TWILIO_APP_URL": HTTPS, "MEDIA_APP_URL": HTTPS}
    given = read(**https, ALLOWED_HOSTS="a.example, b.example ,", OPENAI_MODELS=" x, y")
    assert given["hosts"] == ["a.example", "b.example", "voicex.example"]
    assert given["models"] == ["x", "y"]


def test_with_https_cookies_are_for_this_very_host(read):
    """A browser takes a cookie of such a name only when it is secure, for / and for no domain."""
    given = read(TWILIO_APP_URL=HTTPS, MEDIA_APP_URL=HTTPS)
    assert given["cookies"] == ["__Host-sessionid", "__Host-csrftoken", "__Host-device"]
    assert given["is_secure"] == [True, True]
    plain = read(TWILIO_APP_URL="http://localhost:8000", MEDIA_APP_URL="http://localhost:8000")
    assert plain["cookies"] == ["sessionid", "csrftoken", "device"]


def test_a_database_whose_host_vanishes_is_given_up_within_seconds():
    def options_of(**given: object) -> dict[str, object]:
        config = {"ENGINE": "django.db.backends.postgresql", "OPTIONS": dict(given)}
        return dict(database(config, pool_size=0)["OPTIONS"])

    assert options_of()["tcp_user_timeout"] == 10_000
    assert options_of(tcp_user_timeout=500)["tcp_user_timeout"] == 500
