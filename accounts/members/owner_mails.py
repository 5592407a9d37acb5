"""Mails to the owners of an organization when someone becomes an owner, or no longer is one, and
when callers or their messages are sent to a new place.

Owners may do all there is to do, so none is made or removed unseen: who acts with a session of an
owner's that was left open would otherwise leave rows in the audit log, and nothing else. So would
who has callers' messages sent to themselves.
"""

import smtplib
from functools import partial
from typing import Any, Final

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
    name = quoted(org.name)
    said = (
        _("%(person)s is now an owner of %(org)s.")
        if is_owner
        else _("%(person)s is no longer an owner of %(org)s.")
    )
    context = {"what": said % {"person": person, "org": name}, "actor": actor}
    subject = _("The owners of %s have changed") % name
    _mail(org, addresses, subject, context, kind="owners_changed")


def tell_of_destinations(org: Organization, said: list[str], *, actor: User | None) -> None:
    """Mail the present owners, once the transaction is committed, where callers or their messages
    go from now on.

    said: a line for each new place. actor, and when nothing is sent: as `tell`.
    """
    context = {"said": said, "org": quoted(org.name), "actor": actor}
    subject = _("%s: callers or their messages go to a new place") % quoted(org.name)
    _mail(org, addresses_of_owners(org), subject, context, kind="new_destinations")


def _mail(
    org: Organization, addresses: list[str], subject: str, context: dict[str, Any], *, kind: str
) -> None:
    """kind: of the mails, counted by themselves; their template is named for it."""
    if not addresses or not mail_is_sent():
        return
    if not is_within(TOLD_AN_HOUR, seconds=3600, name=f"{kind}:{org.pk}"):
        log.warning("mail_not_sent", kind=kind, error="too many")
        return
    text = render_to_string(f"account/email/{kind}_message.txt", context)
    mails = [EmailMessage(subject, text, None, [address]) for address in addresses]
    transaction.on_commit(partial(_send, mails, kind))


def _send(mails: list[EmailMessage], kind: str) -> None:
    """Each by itself: one whose address is refused keeps it from no other."""
    for mail in mails:
        try:
            mail.send()
        except (OSError, smtplib.SMTPException) as error:
            log.warning("mail_not_sent", kind=kind, error=type(error).__name__)
            if not isinstance(error, smtplib.SMTPRecipientsRefused):
                return  # the server is away: each of the others would wait for it as well
