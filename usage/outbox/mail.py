"""E-mails that the outbox has sent: all of a row over one connection. For a worker's thread.

A mail server that does not answer costs 20 s each time, and the worker that waits for it settles
calls too, without Redis on its only thread. So while it is away it is asked now and then, not for
each row.
"""

import smtplib
from collections.abc import Callable, Sequence
from datetime import datetime
from time import monotonic
from typing import Final

import structlog
from django.core.cache import cache
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from usage.models import Outbox
from usage.outbox import claims, rows

REFUSED_FOR_GOOD: Final = 500  # reply codes of SMTP from here on, RFC 5321
# How long a server that was away is left alone: so that a tenth of a worker's time waits for it.
REST: Final = 9  # times as long as it was waited for
LEAST_REST_SECONDS: Final = 15
AWAY: Final = "mail-server-away"

log = structlog.get_logger(__name__)


def process_mails(
    kind: Outbox.Kind, work: Callable[[int], None], *, hint: int, now: datetime
) -> None:
    """As `claims.process_due`, for work that sends mails; none while the mail server is away.

    What is given up after a day without having been tried says why.
    """
    if not is_away():
        claims.process_due(kind, work, hint=hint, now=now, is_in_vain=is_away)
    elif hint:
        untried = rows.open_rows(kind, [hint]).filter(dead_at=None, last_error="")
        untried.update(last_error="The mail server is away.")


def is_away() -> bool:
    """Whether the mail server did not answer a moment ago."""
    return bool(cache.get(AWAY))


def send_all(messages: Sequence[EmailMessage], *, kind: str) -> int:
    """Send each of `messages`; how many were taken. kind: of what they are about, for the log.

    One whose recipients the mail server refuses for good is passed over: tried again, the others
    would be sent each time. Raises OSError or SMTPException, when the server does not take one.
    """
    began, is_open = monotonic(), False
    try:
        with get_connection() as connection:
            is_open = True
            return sum(_is_taken(message, connection, kind) for message in messages)
    except (OSError, smtplib.SMTPException) as error:
        log.warning("mail_not_sent", kind=kind, error=type(error).__name__)
        # What it answers to a message is that message's affair, even that it hangs up.
        if not is_open or isinstance(error, TimeoutError):
            rest = max(LEAST_REST_SECONDS, REST * (monotonic() - began))
            cache.set(AWAY, True, timeout=int(rest))
        raise


def _is_taken(message: EmailMessage, connection: BaseEmailBackend, kind: str) -> bool:
    try:
        return bool(connection.send_messages([message]))
    except smtplib.SMTPRecipientsRefused as refusal:
        if any(code < REFUSED_FOR_GOOD for code, _text in refusal.recipients.values()):
            raise
        log.warning("mail_not_sent", kind=kind, error=type(refusal).__name__)
        return False
