"""E-mails caused by members' actions."""

import smtplib

import structlog
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from accounts.models import Invitation
from accounts.names import quoted
from voicex.mail import mail_is_sent

log = structlog.get_logger(__name__)


def send_invitation(invitation: Invitation, *, link: str) -> bool:
    """Send the link to the invited address; False if the mail server did not accept it."""
    if not mail_is_sent():
        return False
    text = render_to_string(
        "dashboard/mail/invitation.txt",
        {"invitation": invitation, "org": quoted(invitation.org.name), "link": link},
    )
    subject = _("Join %s on Voicex") % quoted(invitation.org.name)
    try:
        send_mail(subject, text, None, [invitation.email])
    except (OSError, smtplib.SMTPException) as error:
        log.warning("mail_not_sent", kind="invitation", error=type(error).__name__)
        return False
    return True
