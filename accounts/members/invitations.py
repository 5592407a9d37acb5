"""Invitations to an organization, by a signed one-time link.

Each invitation has two links. The mailed one is sent only to the mailbox, so a user who opens it
reads that mailbox. The shown one is on the team's page for members who may give the role; it proves
nothing about the mailbox, so if mail can be sent it admits only confirmed addresses.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.core import signing
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.addresses import confirm, is_confirmed
from accounts.members import impersonation
from accounts.members.access import record
from accounts.members.organizations import is_owner, may_give, set_role
from accounts.models import Invitation, Membership, Organization, User
from voicex.mail import mail_is_sent

LIFETIME: Final = timedelta(days=7)
MOST_ON_TEAM: Final = 1_000  # members and open invitations of an organization
_MAILED: Final = "accounts.members.invitations.mailed"
_SHOWN: Final = "accounts.members.invitations.shown"


@dataclass(frozen=True, slots=True)
class Opened:
    """An invitation found by a valid link, and whether that link was the mailed one."""

    invitation: Invitation
    is_mailed: bool


@transaction.atomic
def invite(org: Organization, *, email: str, role: str, actor: User, now: datetime) -> Invitation:
    """Invite an address; an open invitation of the same address is replaced.

    Raises ValidationError by field for a user who is a member already, for an address that was
    invited with a role that `actor` may not give, and for the role of an owner if no mail can be
    sent: nothing would prove whose address it is. By no field for a full team.
    """
    email = email.strip().lower()
    invitation = Invitation(
        org=org, email=email, role=role, invited_by=actor, expires_at=now + LIFETIME
    )
    invitation.clean_fields(exclude=["org", "invited_by"])
    if role == Membership.Role.OWNER and not mail_is_sent():
        raise ValidationError(
            {
                "role": _(
                    "This site doesn’t send email, so you can’t invite an owner. Invite the person "
                    "with another role, then make them an owner once they have joined."
                )
            }
        )
    if Membership.objects.filter(org=org, user__email=email).exists():
        raise ValidationError({"email": _("This person is already a member.")})
    # Locked, so that two requests do not both find room for the last one.
    Organization.objects.select_for_update(no_key=True).get(pk=org.pk)
    _take_back(org, email=email, actor=actor, now=now)
    if org.memberships.count() + open_invitations(org).count() >= MOST_ON_TEAM:
        raise ValidationError(
            _("A team has at most %(most)d members and open invitations. Remove one first.")
            % {"most": MOST_ON_TEAM}
        )
    invitation.save()
    record(org, actor=actor, action="member.invited", target=f"{email}: {role}")
    return invitation


def open_invitations(org: Organization) -> QuerySet[Invitation]:
    """The invitations of `org` that were neither accepted nor revoked; some may have expired."""
    return Invitation.objects.filter(org=org, accepted_at=None, revoked_at=None)


@transaction.atomic
def revoke(org: Organization, *, invitation: Invitation, actor: User, now: datetime) -> None:
    """Make the links of an open invitation invalid.

    Raises PermissionDenied for one with a role that `actor` may not give.
    """
    if not may_take_back(invitation, by_owner=is_owner(org, actor), now=now):
        raise PermissionDenied
    if open_invitations(org).filter(pk=invitation.pk).update(revoked_at=now):
        record(org, actor=actor, action="member.uninvited", target=invitation.email)


def may_take_back(invitation: Invitation, *, by_owner: bool, now: datetime) -> bool:
    """Whether who manages the team may revoke this: an owner's only an owner, until it expires.

    by_owner: `is_owner` of the user; an operator who impersonates is none.
    """
    is_for_owner = invitation.role == Membership.Role.OWNER
    return by_owner or not is_for_owner or invitation.expires_at <= now


def _take_back(org: Organization, *, email: str, actor: User, now: datetime) -> None:
    """Revoke the open invitation of an address, which another one replaces."""
    for invitation in open_invitations(org).filter(email=email):
        if not may_take_back(invitation, by_owner=is_owner(org, actor), now=now):
            raise ValidationError(
                {
                    "email": _(
                        "An owner has invited this address as an owner. Ask them to change it."
                    )
                }
            )
        revoke(org, invitation=invitation, actor=actor, now=now)


def mailed_token(invitation: Invitation) -> str:
    """The token of the mailed link, which is shown nowhere else."""
    return signing.dumps(invitation.pk, salt=_MAILED)


def shown_token(invitation: Invitation, *, to: Membership) -> str:
    """The token of the link on the team's page; "" for a member who may not give that role."""
    if not may_give(to, role=invitation.role):
        return ""
    return signing.dumps(invitation.pk, salt=_SHOWN)


def find(token: str, *, now: datetime) -> Opened | None:
    """The invitation of a valid link; None for a forged, used, revoked or expired one.

    Also None if the inviter may no longer give its role.
    """
    for salt in (_MAILED, _SHOWN):
        try:
            pk = signing.loads(token, salt=salt)
        except signing.BadSignature:
            continue
        found = (
            Invitation.objects.select_related("org", "invited_by")
            .filter(pk=pk, accepted_at=None, revoked_at=None, expires_at__gt=now)
            .first()
        )
        if found is not None and _stands(found):
            return Opened(found, is_mailed=salt == _MAILED)
    return None


def waiting_for(user: User, *, now: datetime) -> str:
    """The token of an invitation that waits for `user` to confirm an address; "" for none."""
    if not is_confirmed(user):
        return ""
    waiting = Invitation.objects.filter(
        email=user.email.lower(), accepted_at=None, revoked_at=None, expires_at__gt=now
    )
    found = next((each for each in waiting.select_related("invited_by") if _stands(each)), None)
    return signing.dumps(found.pk, salt=_SHOWN) if found else ""


def needs_confirmed(opened: Opened) -> bool:
    """Whether only a confirmed address may accept: always, unless no mail can be sent.

    Without mail the link is passed on by a member who may give the role and invite any address.
    """
    is_owner = opened.invitation.role == Membership.Role.OWNER
    return not opened.is_mailed and (is_owner or mail_is_sent())


@transaction.atomic
def accept(opened: Opened, *, user: User, now: datetime) -> Membership:
    """Make `user` a member with the role of the invitation; it can be accepted once.

    A link is invalid for another address. The mailed link confirms the address. Raises
    ValidationError.
    """
    invitation = opened.invitation
    if user.email.lower() != invitation.email:
        raise ValidationError(
            _("This invitation is for %(email)s. Sign in with that address or ask to be invited.")
            % {"email": invitation.email}
        )
    if needs_confirmed(opened) and not is_confirmed(user):
        raise ValidationError(
            _("Confirm your email address first, or open the link in your invitation email.")
        )
    claimed = open_invitations(invitation.org).filter(pk=invitation.pk, expires_at__gt=now)
    if not _stands(invitation) or not claimed.update(accepted_at=now):
        raise ValidationError(_("This invitation was used or revoked, or it has expired."))
    if opened.is_mailed:
        confirm(user)
    membership = Membership.objects.filter(org=invitation.org, user=user).first()
    if membership is None:
        # In the inviter's name: a new member decides nothing about their own role.
        membership = set_role(
            invitation.org, user=user, role=invitation.role, actor=invitation.invited_by
        )
    record(invitation.org, actor=user, action="member.joined", target=str(user))
    return membership


def _stands(invitation: Invitation) -> bool:
    """Whether the inviter may still give that role; an admin who has left may not."""
    inviter = invitation.invited_by
    if inviter is None or not inviter.is_active:
        return False
    if impersonation.may_impersonate(inviter):  # by impersonation, without a row in it
        return True
    membership = Membership.objects.filter(org=invitation.org_id, user=inviter).first()
    return membership is not None and may_give(membership, role=invitation.role)
