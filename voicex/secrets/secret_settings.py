"""Registers the secrets of the settings with the log, before anything can be logged."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from voicex import logs
from voicex.secrets.secret_values import MAX_CHARACTERS

NAMES: Final = (
    "SECRET_KEY",
    "FIELD_ENCRYPTION_KEYS",
    "API_KEY_PEPPER",
    "API_KEY_PEPPERS",
    "OPENAI_API_KEY",
    "RECORDINGS_S3_SECRET_KEY",
    "EMAIL_HOST_PASSWORD",
    "STRIPE_SECRET_KEY",
)


def register(settings: Mapping[str, Any]) -> None:
    """Register every secret of `settings` (the module's names and values) with the log."""
    for value in _secrets(settings):
        logs.register_secret(value, for_ever=True)


def _secrets(settings: Mapping[str, Any]) -> Iterator[str]:
    for name in NAMES:
        value = settings.get(name) or ""
        yield from value if isinstance(value, list) else (value,)
    for database in settings["DATABASES"].values():
        # A password equal to the user name is no secret, and hiding it would hide the name.
        if database.get("PASSWORD") not in (None, database.get("USER"), database.get("NAME")):
            yield database["PASSWORD"]
    redis = urlsplit(settings["REDIS_URL"])
    yield unquote(redis.password or "")
    if google := settings["GOOGLE_APPLICATION_CREDENTIALS"]:
        yield _service_account(google)


def _service_account(given: str) -> str:
    """The JSON of the platform's service account; "" when its file cannot be read, which the
    engine says when it needs it."""
    if given.lstrip().startswith("{"):
        return given
    with suppress(OSError, ValueError), Path(given).open() as file:
        return file.read(MAX_CHARACTERS)
    return ""
