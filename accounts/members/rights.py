"""Rights on the platform: changed only by superusers, with an audit entry and a mail.

Otherwise staff who may change users could make themselves operators.
"""

import smtplib
from dataclasses import dataclass
from typing import Any, Final

import structlog
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import PermissionDenied
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from accounts.login.sessions import end_sessions
from accounts.members.access import record
from accounts.models import User

COLUMNS: Final = ("is_active", "is_staff", "is_superuser")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Rights:
    """What a user may do on the platform, independently of memberships."""

    is_active: bool
    is_staff: bool
    is_superuser: bool
    groups: frozenset[Group]
    permissions: frozenset[Permission]

    def words(self) -> set[str]:
        """The names of the rights."""
        return {
            *(name.removeprefix("is_") for name in COLUMNS if getattr(self, name)),
            *(f"group {group}" for group in self.groups),
            *(permission.codename for permission in self.permissions),
        }


def rights_of(person: User) -> Rights:
    """The stored rights of `person`."""
    stored = User.objects.get(pk=person.pk)
    return Rights(
        is_active=stored.is_active,
        is_staff=stored.is_staff,
        is_superuser=stored.is_superuser,
        groups=frozenset(stored.groups.all()),
        permissions=frozenset(stored.user_permissions.all()),
    )


@transaction.atomic
def change_rights(person: User, *, to: Rights, actor: User) -> None:
    """Set the rights of `person`; their sessions end, and operators are mailed.

    Raises PermissionDenied unless `actor` is an active superuser. Does nothing without a change.
    """
    _check(actor)
    before = rights_of(person)
    if before == to:
        return
    for name in COLUMNS:
        setattr(person, name, getattr(to, name))
    person.save(update_fields=COLUMNS)
    person.groups.set(to.groups)
    person.user_permissions.set(to.permissions)
    given, taken = to.words() - before.words(), before.words() - to.words()
    changes = [f"+{each}" for each in sorted(given)] + [f"-{each}" for each in sorted(taken)]
    if person.pk != actor.pk:
        end_sessions(person.pk)
    _log(f"{person}: {', '.join(changes)}", actor=actor)


@transaction.atomic
def record_group_change(group: Group, *, actor: User, change: str) -> None:
    """Record that the rights of every user in `group` were changed.

    change: "added", "changed" or "deleted". Raises PermissionDenied unless `actor` is an active
    superuser.
    """
    _check(actor)
    _log(f"group {group}: {change}", actor=actor)


def _check(actor: User) -> None:
    if not (actor.is_active and actor.is_superuser):
        raise PermissionDenied


def _log(what: str, *, actor: User) -> None:
    record(None, actor=actor, action="rights.changed", target=what)
    operators = User.objects.filter(is_superuser=True, is_active=True)
    addresses = list(operators.values_list("email", flat=True))
    context: dict[str, Any] = {"what": what, "actor": actor.email}
    text = render_to_string("account/email/rights_changed_message.txt", context)
    subject = _("Rights on Voicex have changed")
    mails = [EmailMessage(subject, text, None, [address]) for address in addresses]
    transaction.on_commit(lambda: _send(mails))


def _send(mails: list[EmailMessage]) -> None:
    try:
        get_connection().send_messages(mails)
    except (OSError, smtplib.SMTPException) as error:
        log.warning("mail_not_sent", kind="rights_changed", error=type(error).__name__)
