"""After a change of log-in data: ends the user's other sessions and notifies the user.

Signals of the rows are used, not the pages that write them: password, address, authenticator app,
passkey, recovery codes. So new pages and commands follow the same rule automatically. The changes
of a request are collected and acted on once, after its view.
"""

import smtplib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Final

import structlog
from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db.models.signals import post_save, pre_delete, pre_save
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import addresses
from accounts.login.devices import device_of
from accounts.login.sessions import address_of, end_sessions
from accounts.models import User

# What may change in a second factor without another way in: its name, which codes are used.
_HARMLESS: Final = frozenset({"name", "used_mask"})

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Change:
    told: list[str]  # mail addresses, as they were before
    what: list[str] = field(default_factory=list)


_gathered: ContextVar[dict[int, _Change] | None] = ContextVar("login_changes", default=None)


@contextmanager
def gathered() -> Iterator[dict[int, _Change]]:
    """Collect the changes of a request by the user's id, instead of acting at once."""
    changes: dict[int, _Change] = {}
    token = _gathered.set(changes)
    try:
        yield changes
    finally:
        _gathered.reset(token)


def act_on(changes: dict[int, _Change], request: HttpRequest) -> None:
    """End the other sessions of every user in `changes`, and mail their former addresses."""
    for user_id, change in changes.items():
        is_own = request.user.pk == user_id
        end_sessions(user_id, but=request.session.session_key if is_own else None)
        log.info("login_changed", user=user_id, changes=len(change.what))
        for address in change.told:
            _notify(address, change.what, request)


def _notify(address: str, what: list[str], request: HttpRequest) -> None:
    context = {
        "what": list(dict.fromkeys(what)),
        "timestamp": timezone.now(),
        "ip": address_of(request) or _("an unknown address"),
        "user_agent": device_of(request.headers.get("User-Agent", "")),
    }
    try:
        get_adapter(request).send_mail("account/email/login_changed", address, context)
    except (OSError, smtplib.SMTPException) as error:
        log.warning("mail_not_sent", kind="login_changed", error=type(error).__name__)


def record(user_id: int, what: str) -> None:
    """Record a change about to be made. Outside of a request sessions end at once, without mail.

    A command is run by the operator of the machine, often for accounts without a mailbox.
    """
    changes = _gathered.get()
    if changes is None:
        end_sessions(user_id)
        return
    if user_id not in changes:
        changes[user_id] = _Change(addresses.addresses_to_notify(user_id))
    changes[user_id].what.append(what)


@receiver(pre_save, sender=User)
def watch_password_and_address(*, instance: User, update_fields: Any, **_kwargs: Any) -> None:
    """Record a new password or another log-in address."""
    columns = {"password", "email"} & set(update_fields or ("password", "email"))
    if instance.pk is None or not columns:
        return
    before = User.objects.filter(pk=instance.pk).values("password", "email").first()
    if before is None:
        return
    # A stronger hash of the same password is saved like this, at a log-in.
    is_rehash = (
        update_fields == frozenset({"password"}) and getattr(instance, "_password", None) is None
    )
    if "password" in columns and before["password"] != instance.password and not is_rehash:
        record(instance.pk, _("Password changed."))
    if "email" in columns and before["email"].lower() != instance.email.lower():
        what = _("The email you sign in with is now %s instead of %s.")
        record(instance.pk, what % (instance.email, before["email"]))


@receiver(pre_save, sender=EmailAddress)
def watch_addresses(*, instance: EmailAddress, **_kwargs: Any) -> None:
    """Record an address that is added, confirmed or altered; not the first one of an account."""
    others = EmailAddress.objects.filter(user=instance.user_id).exclude(pk=instance.pk)
    if instance.pk is None:
        own = User.objects.filter(pk=instance.user_id).values_list("email", flat=True)
        instance.begins_account = not others.exists() and instance.email in own
        if not instance.begins_account:
            record(instance.user_id, _("Email address %s added.") % instance.email)
        return
    before = EmailAddress.objects.filter(pk=instance.pk).values("email", "verified").first()
    if before is None:
        return
    if before["email"] != instance.email:
        record(instance.user_id, _("Email address %s added.") % instance.email)
    elif instance.verified and not before["verified"] and others.exists():
        record(instance.user_id, _("Email address %s confirmed.") % instance.email)


@receiver(post_save, sender=EmailAddress)
def keep_age(*, instance: EmailAddress, created: bool, **_kwargs: Any) -> None:
    """Record since when an address belongs to its user."""
    is_first = getattr(instance, "begins_account", False) if created else None
    addresses.record_age(instance, is_first=is_first, now=timezone.now())


@receiver(pre_delete, sender=EmailAddress)
def watch_removed_addresses(*, instance: EmailAddress, origin: Any, **_kwargs: Any) -> None:
    """Record a removed address."""
    if not isinstance(origin, User):  # an account that goes altogether
        record(instance.user_id, _("Email address %s removed.") % instance.email)


@receiver(pre_save, sender=Authenticator)
def watch_second_factors(*, instance: Authenticator, **_kwargs: Any) -> None:
    """Record an app, a passkey or recovery codes that are added or replaced."""
    before = Authenticator.objects.filter(pk=instance.pk).first() if instance.pk else None
    if before is None:
        record(instance.user_id, _("Added: %s.") % _named(instance))
    elif _secret_part(before) != _secret_part(instance):
        record(instance.user_id, _("Replaced: %s.") % _named(instance))


@receiver(pre_delete, sender=Authenticator)
def watch_removed_factors(*, instance: Authenticator, origin: Any, **_kwargs: Any) -> None:
    """Record an app, a passkey or recovery codes that are removed."""
    if not isinstance(origin, User):
        record(instance.user_id, _("Removed: %s.") % _named(instance))


def _named(factor: Authenticator) -> str:
    names = {
        Authenticator.Type.TOTP: _("authenticator app"),
        Authenticator.Type.WEBAUTHN: _("passkey"),
        Authenticator.Type.RECOVERY_CODES: _("recovery codes"),
    }
    return names[factor.type]


def _secret_part(factor: Authenticator) -> dict[str, Any]:
    return {name: value for name, value in factor.data.items() if name not in _HARMLESS}
