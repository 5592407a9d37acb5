"""Invitations: an address may join an organization, by a signed link that works once."""

from datetime import datetime, timedelta
from typing import Final

from django.core import signing
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts import impersonation
from accounts.access import record
from accounts.models import Invitation, Membership, Organization, User
from accounts.organizations import may_give, set_role

LIFETIME: Final = timedelta(days=7)
_SALT: Final = "accounts.invitations"


@transaction.atomic
def invite(org: Organization, *, email: str, role: str, actor: User, now: datetime) -> Invitation:
    """Invite an address; an open invitation of the same address is replaced.

    Raises ValidationError by field for somebody who is a member already.
    """
    email = email.strip().lower()
    invitation = Invitation(
        org=org, email=email, role=role, invited_by=actor, expires_at=now + LIFETIME
    )
    invitation.clean_fields(exclude=["org", "invited_by"])
    if Membership.objects.filter(org=org, user__email=email).exists():
        raise ValidationError({"email": _("This person is a member already.")})
    open_invitations(org).filter(email=email).update(revoked_at=now)
    try:
        with transaction.atomic():
            invitation.save()
    except IntegrityError:  # a colleague was a moment quicker
        raise ValidationError({"email": _("This address has just been invited.")}) from None
    record(org, actor=actor, action="member.invited", target=f"{email}: {role}")
    return invitation


def open_invitations(org: Organization) -> QuerySet[Invitation]:
    """Those of `org` that were neither accepted nor revoked; some may have expired."""
    return Invitation.objects.filter(org=org, accepted_at=None, revoked_at=None)


@transaction.atomic
def revoke(org: Organization, *, invitation: Invitation, actor: User, now: datetime) -> None:
    """Make the link of an open invitation worthless."""
    if open_invitations(org).filter(pk=invitation.pk).update(revoked_at=now):
        record(org, actor=actor, action="member.uninvited", target=invitation.email)


def token_of(invitation: Invitation) -> str:
    """What stands in the link."""
    return signing.dumps(invitation.pk, salt=_SALT)


def find(token: str, *, now: datetime) -> Invitation | None:
    """The invitation that a link still opens; None for a forged, used, revoked or late one.

    None too for one by somebody who may no longer give its role.
    """
    try:
        pk = signing.loads(token, salt=_SALT)
    except signing.BadSignature:
        return None
    found = (
        Invitation.objects.select_related("org", "invited_by")
        .filter(pk=pk, accepted_at=None, revoked_at=None, expires_at__gt=now)
        .first()
    )
    return found if found is not None and _stands(found) else None


@transaction.atomic
def accept(invitation: Invitation, *, user: User, now: datetime) -> Membership:
    """Make `user` a member with the role of the invitation, once.

    The link proves that whoever holds it reads the invited mailbox only if the account has the
    same address; a link that was passed on opens nothing. Raises ValidationError.
    """
    if user.email.lower() != invitation.email:
        raise ValidationError(
            _("This invitation is for %(email)s. Log in with that address, or ask to be invited.")
            % {"email": invitation.email}
        )
    claimed = open_invitations(invitation.org).filter(pk=invitation.pk, expires_at__gt=now)
    if not _stands(invitation) or not claimed.update(accepted_at=now):
        raise ValidationError(_("This invitation has been used, taken back, or has expired."))
    membership = Membership.objects.filter(org=invitation.org, user=user).first()
    if membership is None:
        # In the name of who invited: a new member decides nothing about their own role.
        membership = set_role(
            invitation.org, user=user, role=invitation.role, actor=invitation.invited_by
        )
    record(invitation.org, actor=user, action="member.joined", target=str(user))
    return membership


def _stands(invitation: Invitation) -> bool:
    """Whether whoever invited may still give that role: an admin who has gone lets nobody in."""
    inviter = invitation.invited_by
    if inviter is None or not inviter.is_active:
        return False
    if impersonation.may_impersonate(inviter):  # in an organization's place, without a row in it
        return True
    membership = Membership.objects.filter(org=invitation.org_id, user=inviter).first()
    return membership is not None and may_give(membership, role=invitation.role)
