"""E-mails that the outbox has sent: all of a row over one connection. For a worker's thread."""

import smtplib
from collections.abc import Sequence
from typing import Final

import structlog
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend

REFUSED_FOR_GOOD: Final = 500  # reply codes of SMTP from here on, RFC 5321

log = structlog.get_logger(__name__)


def send_all(messages: Sequence[EmailMessage], *, kind: str) -> int:
    """Send each of `messages`; how many were taken. kind: of what they are about, for the log.

    One whose recipients the mail server refuses for good is passed over: tried again, the others
    would be sent each time. Raises OSError or SMTPException, when the server does not take one.
    """
    try:
        with get_connection() as connection:
            return sum(_is_taken(message, connection, kind) for message in messages)
    except (OSError, smtplib.SMTPException) as error:
        log.warning("mail_not_sent", kind=kind, error=type(error).__name__)
        raise


def _is_taken(message: EmailMessage, connection: BaseEmailBackend, kind: str) -> bool:
    try:
        return bool(connection.send_messages([message]))
    except smtplib.SMTPRecipientsRefused as refusal:
        if any(code < REFUSED_FOR_GOOD for code, _text in refusal.recipients.values()):
            raise
        log.warning("mail_not_sent", kind=kind, error=type(refusal).__name__)
        return False
