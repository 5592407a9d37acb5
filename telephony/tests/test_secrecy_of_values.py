"""A secret of any form, once it was stored or opened, goes through every log and error page."""

import logging

import pytest
import structlog
from django.test import RequestFactory

from accounts.secrets.vault import clean_secret, seal, unseal
from telephony.tests import test_secrecy
from tests.secret_shapes import SERVICE_ACCOUNT, SHAPES, assert_hidden
from voicex import logs
from voicex.logs import redacted
from voicex.processes.reports import SecretFreeReporter
from voicex.secrets import secret_settings
from voicex.secrets.secret_values import SecretValues

pytestmark = pytest.mark.django_db  # the sinks read the rows that clients see

sinks = test_secrecy.sinks
SECRETS = pytest.mark.parametrize("secret", SHAPES.values(), ids=SHAPES)


@pytest.fixture(autouse=True)
def nothing_registered(monkeypatch):
    """A registry of the test's own, so that each test registers what it hides."""
    monkeypatch.setattr(logs, "_secret_values", SecretValues())


@SECRETS
def test_no_log_shows_a_value_that_was_unsealed(sinks, secret, monkeypatch):
    token = seal(secret, context="x")
    monkeypatch.setattr(logs, "_secret_values", SecretValues())
    assert unseal(token, context="x") == secret
    structlog.get_logger("ours").warning("voice_replaced", detail=f"401: {secret}", key=secret)
    logging.getLogger("sdk").warning("sent %s with %r", secret, {"authorization": secret})
    try:
        raise ValueError(f"Incorrect API key provided: {secret}")
    except ValueError:
        structlog.get_logger("ours").exception("call_crashed")
        logging.getLogger("sdk").exception("no luck")
    texts = sinks.texts()
    for name in ("log", "console", "plain handler", "mail"):
        assert "no luck" in texts[name]
        assert_hidden(secret, texts[name])


@pytest.mark.parametrize("name", ["openai", "groq", "64 hex", "base64"])
def test_a_key_is_hidden_from_the_moment_when_it_is_typed(name):
    key = clean_secret("openai_api_key", f" {SHAPES[name]} ")
    assert redacted(f"refused {key}.") == "refused [redacted]."


@SECRETS
def test_no_error_page_shows_a_value_that_was_sealed(secret):
    seal(secret, context="x")
    harmless_name = secret
    try:
        raise ValueError(f"no luck with {harmless_name}")
    except ValueError as error:
        report = SecretFreeReporter(
            RequestFactory().get("/"), type(error), error, error.__traceback__
        )
    assert "no luck" in report.get_traceback_text()
    assert_hidden(secret, report.get_traceback_text())
    assert_hidden(secret, report.get_traceback_html())


def test_every_secret_of_the_settings_is_registered():
    secrets = list(SHAPES.values())
    secret_settings.register(
        {
            "SECRET_KEY": secrets[0],
            "FIELD_ENCRYPTION_KEYS": [secrets[1], secrets[2]],
            "API_KEY_PEPPER": secrets[3],
            "OPENAI_API_KEY": secrets[4],
            "RECORDINGS_S3_SECRET_KEY": secrets[6],
            "EMAIL_HOST_PASSWORD": "kettle-and-fish",
            "DATABASES": {"default": {"USER": "voicex", "PASSWORD": "database-pass", "NAME": "v"}},
            "REDIS_URL": "redis://:redis%2Dpass-word@cache:6379/0",
            "GOOGLE_APPLICATION_CREDENTIALS": SERVICE_ACCOUNT,
        }
    )
    for secret in (*secrets[:5], secrets[6], SHAPES["pem"]):
        assert_hidden(secret, redacted(secret))
    for password in ("kettle-and-fish", "database-pass", "redis-pass-word"):
        assert redacted(f"it is {password}.") == "it is [redacted]."


def test_the_settings_secrets_stay_when_clients_store_many(monkeypatch):
    monkeypatch.setattr(logs, "_secret_values", SecretValues(max_parts=100))
    settings = {"SECRET_KEY": SHAPES["groq"], "DATABASES": {}, "REDIS_URL": ""}
    secret_settings.register(settings | {"GOOGLE_APPLICATION_CREDENTIALS": ""})
    for number in range(40):
        seal(f"{number:03}-of-a-client-who-stores-many", context="x")
    assert_hidden(SHAPES["groq"], redacted(SHAPES["groq"]))


def test_the_platforms_service_account_is_read_from_its_file(tmp_path):
    file = tmp_path / "google.json"
    file.write_text(SERVICE_ACCOUNT)
    nothing = {"DATABASES": {}, "REDIS_URL": ""}
    secret_settings.register(
        nothing | {"GOOGLE_APPLICATION_CREDENTIALS": str(tmp_path / "no.json")}
    )
    secret_settings.register(nothing | {"GOOGLE_APPLICATION_CREDENTIALS": str(file)})
    assert_hidden(SHAPES["pem"], redacted(SHAPES["pem"]))


def test_a_password_that_is_the_users_name_hides_no_name():
    database = {"USER": "voicex-service", "PASSWORD": "voicex-service", "NAME": "voicex"}
    secret_settings.register(
        {
            "DATABASES": {"default": database},
            "REDIS_URL": "",
            "GOOGLE_APPLICATION_CREDENTIALS": "",
        }
    )
    assert redacted("started voicex-service") == "started voicex-service"


def test_the_settings_of_this_process_were_registered(settings, monkeypatch):
    monkeypatch.undo()
    for secret in (settings.SECRET_KEY, *settings.FIELD_ENCRYPTION_KEYS, settings.API_KEY_PEPPER):
        assert_hidden(secret, redacted(secret))


def test_a_client_whose_key_reads_like_an_event_hides_no_event(sinks):
    seal("secret_stored_and_revealed", context="x")
    structlog.get_logger("ours").warning("secret_stored_and_revealed", note="stored_and_revealed")
    assert '"event": "secret_stored_and_revealed"' in sinks.texts()["log"]
    assert '"note": "secret_[redacted]"' not in sinks.texts()["log"]
    assert '"note": "[redacted]"' in sinks.texts()["log"]


def test_a_client_who_stores_a_route_as_a_key_opens_no_route(monkeypatch):
    monkeypatch.setattr(logs, "_secret_values", SecretValues())  # without what is public
    seal("/api/twilio/after/", context="x")
    assert "Zm9v" not in redacted("POST /api/twilio/after/81.Zm9v.YmFy 204")
