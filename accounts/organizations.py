"""Organizations and their members: created, suspended, joined and left."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.access import record
from accounts.models import Membership, Organization, User


@transaction.atomic
def create_organization(*, name: str, owner: User) -> Organization:
    """A new organization with its first member."""
    org = Organization.objects.create(name=name)
    Membership.objects.create(org=org, user=owner, role=Membership.Role.OWNER)
    record(org, actor=owner, action="organization.created", target=name)
    return org


@transaction.atomic
def suspend(org: Organization, *, reason: str, actor: User | None) -> None:
    """Answer no more calls of `org`; callers hear `reason` in a sentence, members read it.

    Raises ValidationError without a reason: a client must be able to ask about it.
    """
    reason = reason.strip()
    if not reason:
        raise ValidationError(
            {"suspended_reason": _("Say why; callers hear it and the organization reads it.")}
        )
    org.state = Organization.State.SUSPENDED
    org.suspended_reason = reason
    org.save(update_fields=["state", "suspended_reason"])
    record(org, actor=actor, action="organization.suspended", target=reason)


@transaction.atomic
def resume(org: Organization, *, actor: User | None) -> None:
    """Answer the calls of `org` again."""
    org.state = Organization.State.ACTIVE
    org.suspended_reason = ""
    org.save(update_fields=["state", "suspended_reason"])
    record(org, actor=actor, action="organization.resumed", target=org.name)


@transaction.atomic
def set_role(org: Organization, *, user: User, role: str, actor: User | None) -> Membership:
    """Make `user` a member with `role`, or change the role they have.

    Raises ValidationError when the organization would be left without an owner.
    """
    role = Membership.Role(role)
    if role != Membership.Role.OWNER:
        _keep_an_owner(org, without=user)
    membership, is_new = Membership.objects.update_or_create(
        org=org, user=user, defaults={"role": role}
    )
    action = "member.added" if is_new else "member.role_changed"
    record(org, actor=actor, action=action, target=f"{user}: {role}")
    return membership


@transaction.atomic
def remove_member(org: Organization, *, user: User, actor: User | None) -> None:
    """Take `user` out of `org`; nothing happens when they are no member.

    Raises ValidationError for the last owner.
    """
    _keep_an_owner(org, without=user)
    deleted, _rows = Membership.objects.filter(org=org, user=user).delete()
    if deleted:
        record(org, actor=actor, action="member.removed", target=str(user))


def may_give(membership: Membership, *, role: str) -> bool:
    """Whether this member may make somebody `role`: nobody gives away more than they have."""
    return membership.is_at_least(Membership.Role.ADMIN) and membership.is_at_least(role)


def is_last_owner(membership: Membership) -> bool:
    """Whether nobody else owns this member's organization."""
    owners = Membership.objects.filter(org=membership.org_id, role=Membership.Role.OWNER)
    return set(owners.values_list("user_id", flat=True)) == {membership.user_id}


def _keep_an_owner(org: Organization, *, without: User) -> None:
    # Locked, so that two owners cannot leave at the same moment.
    owners = Membership.objects.select_for_update().filter(org=org, role=Membership.Role.OWNER)
    if {owner.user_id for owner in owners} == {without.pk}:
        raise ValidationError(_("An organization keeps at least one owner"))
