"""Mails to the owners of an organization when someone becomes an owner, or no longer is one.

Owners may do all there is to do, so none is made or removed unseen: who acts with a session of an
owner's that was left open would otherwise leave rows in the audit log, and nothing else.
"""

import smtplib
from functools import partial
from typing import Final

import structlog
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from accounts.models import Membership, Organization, User
from accounts.names import quoted
from accounts.rate_limits import is_within
from voicex.mail import mail_is_sent

# Changes of an organization that are told: one owner could make and unmake another without end.
TOLD_AN_HOUR: Final = 20

log = structlog.get_logger(__name__)


def addresses_of_owners(org: Organization) -> list[str]:
    """The addresses of the present owners of `org`."""
    owners = Membership.objects.filter(org=org, role=Membership.Role.OWNER)
    return list(owners.order_by("pk").values_list("user__email", flat=True))


def tell(
    org: Organization, *, addresses: list[str], person: User, is_owner: bool, actor: User | None
) -> None:
    """Mail `addresses`, once the transaction is committed, that `person` is an owner now or not.

    actor: who changed it; None for the operator of the site. Without email nothing is sent,
    nor after TOLD_AN_HOUR.
    """
    if not addresses or not mail_is_sent():
        return
    if not is_within(TOLD_AN_HOUR, seconds=3600, name=f"owner-mails:{org.pk}"):
        log.warning("mail_not_sent", kind="owners_changed", error="too many")
        return
    name = quoted(org.name)
    said = (
        _("%(person)s is now an owner of %(org)s.")
        if is_owner
        else _("%(person)s is no longer an owner of %(org)s.")
    )
    context = {"what": said % {"person": person, "org": name}, "actor": actor}
    text = render_to_string("account/email/owners_changed_message.txt", context)
    subject = _("The owners of %s have changed") % name
    mails = [EmailMessage(subject, text, None, [address]) for address in addresses]
    transaction.on_commit(partial(_send, mails))


def _send(mails: list[EmailMessage]) -> None:
    """Each by itself: one whose address is refused keeps it from no other."""
    for mail in mails:
        try:
            mail.send()
        except (OSError, smtplib.SMTPException) as error:
            log.warning("mail_not_sent", kind="owners_changed", error=type(error).__name__)
            if not isinstance(error, smtplib.SMTPRecipientsRefused):
                return  # the server is away: each of the others would wait for it as well
