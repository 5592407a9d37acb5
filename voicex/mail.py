"""Whether this server sends mail, and the setting that says how."""

from typing import Final

import environ
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest

from voicex.errors import ConfigurationError

NO_MAIL: Final = "dummymail://"
ON_THE_CONSOLE: Final = "consolemail://"
EXAMPLE: Final = "smtp+tls://user:password@mail.example:587"
_DUMMY: Final = "django.core.mail.backends.dummy.EmailBackend"
_CONSOLE: Final = "django.core.mail.backends.console.EmailBackend"


def mail_settings(url: str, *, debug: bool) -> dict[str, str]:
    """Django's settings for EMAIL_URL. Without one no mail is sent; a developer's is printed.

    Raises ConfigurationError for an address that is none, and for the console outside of DEBUG:
    mails hold links that open accounts, and the log is read by more people than the mailbox.
    """
    url = url.strip() or (ON_THE_CONSOLE if debug else NO_MAIL)
    try:
        config: dict[str, str] = environ.Env.email_url_config(url)
    except (ImproperlyConfigured, ValueError, KeyError):
        raise ConfigurationError(
            f"EMAIL_URL is not the address of a mail server. Expected for example {EXAMPLE}, or "
            f"{NO_MAIL} for a server that sends no mail"
        ) from None
    if config["EMAIL_BACKEND"] == _CONSOLE and not debug:
        raise ConfigurationError(
            f"EMAIL_URL is {ON_THE_CONSOLE}, which writes every mail, with the links that open "
            f"accounts, into the log. Set it to your mail server, for example {EXAMPLE}, or to "
            f"{NO_MAIL} to send none; {ON_THE_CONSOLE} is for DEBUG on your own machine"
        )
    return config


def for_templates(_request: HttpRequest) -> dict[str, bool]:
    """Context processor: pages whose purpose is a mail say so where none is sent."""
    return {"mail_is_sent": mail_is_sent(), "mail_is_printed": mail_is_printed()}


def mail_is_sent() -> bool:
    """Whether this server sends mail; a developer's console counts."""
    return bool(settings.EMAIL_BACKEND != _DUMMY)


def mail_is_printed() -> bool:
    """Whether mails go to the terminal of the server, where a developer reads them."""
    return bool(settings.EMAIL_BACKEND == _CONSOLE)
