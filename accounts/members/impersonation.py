"""Impersonation: an operator works in an organization for a limited time, with a visible reason.

The operator keeps their own account. While an impersonation is open, the organization's pages admit
them with its role, every page says so, and the audit log names both.
"""

from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import Final

from django.contrib.sessions.backends.base import SessionBase
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.dispatch import Signal
from django.utils.translation import gettext as _

from accounts.audit.trail import append
from accounts.models import Impersonation, Membership, Organization, User

LIFETIME: Final = timedelta(minutes=30)
# Owning an organization means being able to give it away; support never needs that.
ROLES: Final = (Membership.Role.VIEWER, Membership.Role.MEMBER, Membership.Role.ADMIN)
_SESSION_KEY: Final = "impersonation"

# One is over before its time; operator_id: whose it was. Sent within the transaction.
ended: Final = Signal()

# The one that the current request acts under; the audit log reads it.
current: ContextVar[Impersonation | None] = ContextVar("impersonation", default=None)


def may_impersonate(user: User) -> bool:
    """Whether `user` operates the platform."""
    return user.is_active and user.is_staff and user.is_superuser


@transaction.atomic
def begin(
    session: SessionBase,
    *,
    operator: User,
    org: Organization,
    role: str,
    reason: str,
    now: datetime,
) -> Impersonation:
    """Begin an impersonation of at most LIFETIME; an open one in `session` ends.

    Raises PermissionDenied unless `user` is an operator, ValidationError by field.
    """
    if not may_impersonate(operator):
        raise PermissionDenied
    if role not in ROLES:
        raise ValidationError({"role": _("Choose viewer, member or admin.")})
    reason = reason.strip()
    if not reason:
        raise ValidationError({"reason": _("Enter a reason. The organization will see it.")})
    end(session, operator=operator, now=now)
    opened = Impersonation.objects.create(
        org=org, operator=operator, role=role, reason=reason[:200], expires_at=now + LIFETIME
    )
    session[_SESSION_KEY] = opened.pk
    _record(opened, "impersonation.began", target=f"{role}: {opened.reason}"[:120])
    return opened


@transaction.atomic
def end(session: SessionBase, *, operator: User, now: datetime) -> None:
    """End the impersonation of this session; does nothing without one."""
    opened = of_session(session, user=operator, now=now)
    session.pop(_SESSION_KEY, None)
    if opened is None:
        return
    if Impersonation.objects.filter(pk=opened.pk, ended_at=None).update(ended_at=now):
        ended.send(sender=Impersonation, operator_id=operator.pk)
        _record(opened, "impersonation.ended", target=opened.role)


def of_session(session: SessionBase, *, user: User, now: datetime) -> Impersonation | None:
    """The impersonation that `user` has open in `session`."""
    if _SESSION_KEY not in session or not may_impersonate(user):
        return None
    found = (
        Impersonation.objects.select_related("org")
        .filter(pk=session[_SESSION_KEY], operator=user)
        .first()
    )
    return found if found is not None and found.is_open(now) else None


def _record(opened: Impersonation, action: str, *, target: str) -> None:
    append(
        opened.org,
        actor=opened.operator,
        action=action,
        target=target,
        impersonation=opened,
    )
