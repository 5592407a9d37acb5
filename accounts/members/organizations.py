"""Creates, suspends and changes organizations and their members."""

from typing import Final

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.addresses import is_confirmed
from accounts.members import owner_mails
from accounts.members.access import record
from accounts.members.trust import has_confirmed_address
from accounts.models import Membership, Organization, User
from voicex.mail import mail_is_sent

CHANGEABLE: Final = {
    "name",
    "recording_days",
    "transcript_days",
    "time_zone",
    "reminder_minutes",
    "weekly_digest",
}
MAX_OWNED: Final = 20  # an agency with more clients asks the operator
MAX_OWNED_UNCONFIRMED: Final = 3


@transaction.atomic
def create_organization(
    *, name: str, owner: User, is_proven: bool = False, time_zone: str = ""
) -> Organization:
    """Create an organization with its first member.

    is_proven: the platform itself creates it (`accounts.members.trust`). time_zone: an IANA name,
    "" for UTC. Raises ValidationError if `owner` has as many organizations as one user may have.
    """
    if not is_proven and (most := _most_reached(owner)):
        raise ValidationError(
            _(
                "You already own %(most)d organizations, which is the limit. Confirm your email "
                "address, or ask the operator of this site for more."
            )
            % {"most": most}
        )
    proven_at = timezone.now() if is_proven or has_confirmed_address(owner) else None
    org = Organization.objects.create(name=name, proven_at=proven_at, time_zone=time_zone)
    Membership.objects.create(org=org, user=owner, role=Membership.Role.OWNER)
    record(org, actor=owner, action="organization.created", target=name)
    return org


def _most_reached(owner: User) -> int:
    """How many organizations `owner` may own, if it is as many already; else 0."""
    most = MAX_OWNED if has_confirmed_address(owner) else MAX_OWNED_UNCONFIRMED
    # Locked, so that many requests at once do not all count the same.
    User.objects.select_for_update().get(pk=owner.pk)
    owned = Membership.objects.filter(user=owner, role=Membership.Role.OWNER).count()
    return most if owned >= most else 0


@transaction.atomic
def suspend(org: Organization, *, reason: str, actor: User | None) -> None:
    """Stop answering calls of `org`; callers hear a sentence about it, members read `reason`.

    Raises ValidationError without a reason: the organization must be able to ask about it.
    """
    reason = reason.strip()
    if not reason:
        raise ValidationError(
            {
                "suspended_reason": _(
                    "Enter a reason. Callers hear it, and the organization sees it."
                )
            }
        )
    org.state = Organization.State.SUSPENDED
    org.suspended_reason = reason
    org.save(update_fields=["state", "suspended_reason"])
    record(org, actor=actor, action="organization.suspended", target=reason)


@transaction.atomic
def change_organization(
    org: Organization, *, actor: User | None, **values: str | int | None
) -> list[str]:
    """Set fields of `org` (CHANGEABLE); returns the names of those that changed.

    Raises ValidationError by field, TypeError for another field.
    """
    if unknown := values.keys() - CHANGEABLE:
        raise TypeError(f"No such setting of an organization: {', '.join(sorted(unknown))}")
    stored = Organization.objects.select_for_update(no_key=True).get(pk=org.pk)
    changed = [name for name, value in values.items() if getattr(stored, name) != value]
    if changed:
        for name in changed:
            setattr(stored, name, values[name])
        stored.clean_fields(exclude={field.name for field in stored._meta.fields} - {*changed})
        stored.save(update_fields=changed)
        for name in changed:
            setattr(org, name, getattr(stored, name))
        record(org, actor=actor, action="organization.changed", target=", ".join(changed))
    return changed


@transaction.atomic
def resume(org: Organization, *, actor: User | None) -> None:
    """Answer the calls of `org` again."""
    org.state = Organization.State.ACTIVE
    org.suspended_reason = ""
    org.save(update_fields=["state", "suspended_reason"])
    record(org, actor=actor, action="organization.resumed", target=org.name)


@transaction.atomic
def set_role(
    org: Organization,
    *,
    user: User,
    role: str,
    actor: User | None,
    by: Membership | None = None,
    seen: str | None = None,
) -> Membership:
    """Make `user` a member with `role`, or change the role they have.

    actor: None for the platform itself. by: the member who does it; None for one whose right is
    checked elsewhere. seen: the role that `actor` saw them have; None where nobody looked.
    The owners from before are mailed when it makes or takes away an owner.
    Raises ValidationError if the organization would have no owner left, if they have another role
    by now, for a new owner whose address is not confirmed although this site can send mail, and
    for one who owns as many as one user may, unless an operator decides so.
    PermissionDenied if `user` may do more than `by`.
    """
    role = Membership.Role(role)
    _ensure_within_reach(org, user=user, by=by)
    if seen is not None:
        _ensure_role_as_seen(org, user, seen=seen, role=role)
    if role == Membership.Role.OWNER and mail_is_sent() and not is_confirmed(user):
        raise ValidationError(
            _("%(person)s must confirm their email address before becoming an owner.")
            % {"person": user}
        )
    if role != Membership.Role.OWNER:
        _keep_an_owner(org, without=user)
    told = owner_mails.addresses_of_owners(org)
    was_owner = is_owner(org, user)
    if role == Membership.Role.OWNER and not was_owner:
        _ensure_may_own_another(user, actor=actor)
    membership, is_new = Membership.objects.update_or_create(
        org=org, user=user, defaults={"role": role}
    )
    action = "member.added" if is_new else "member.role_changed"
    record(org, actor=actor, action=action, target=f"{user}: {role}")
    if was_owner != (role == Membership.Role.OWNER):
        owner_mails.tell(org, addresses=told, person=user, is_owner=not was_owner, actor=actor)
    return membership


def _ensure_may_own_another(user: User, *, actor: User | None) -> None:
    if actor is None or actor.is_staff:  # the platform, and its operators
        return
    if most := _most_reached(user):
        raise ValidationError(
            _(
                "%(person)s already owns %(most)d organizations, which is the limit. Ask the "
                "operator of this site for more."
            )
            % {"person": user, "most": most}
        )


def _ensure_role_as_seen(org: Organization, user: User, *, seen: str, role: str) -> None:
    found = Membership.objects.select_for_update().filter(org=org, user=user).first()
    if found is not None and found.role not in (seen, role):
        raise ValidationError(
            _("%(person)s was made %(role)s meanwhile. Change it again if you still want to.")
            % {"person": user, "role": found.get_role_display()},
            code="overtaken",
        )


@transaction.atomic
def remove_member(
    org: Organization, *, user: User, actor: User | None, by: Membership | None = None
) -> None:
    """Remove `user` from `org`; does nothing if they are not a member.

    All owners are mailed when it was one of them. by: as of `set_role`.
    Raises ValidationError for the last owner, PermissionDenied if `user` may do more than `by`.
    """
    _ensure_within_reach(org, user=user, by=by)
    _keep_an_owner(org, without=user)
    told = owner_mails.addresses_of_owners(org)
    was_owner = is_owner(org, user)
    deleted, _rows = Membership.objects.filter(org=org, user=user).delete()
    if deleted:
        record(org, actor=actor, action="member.removed", target=str(user))
    if was_owner:
        owner_mails.tell(org, addresses=told, person=user, is_owner=False, actor=actor)


def is_owner(org: Organization, user: User) -> bool:
    """Whether `user` is one of the owners of `org`."""
    owners = Membership.objects.filter(org=org, role=Membership.Role.OWNER)
    return owners.filter(user=user).exists()


def may_give(membership: Membership, *, role: str) -> bool:
    """Whether this member may give another user `role`: at most their own."""
    return membership.is_at_least(Membership.Role.ADMIN) and membership.is_at_least(role)


def is_last_owner(membership: Membership) -> bool:
    """Whether this member is the only owner of the organization."""
    owners = Membership.objects.filter(org=membership.org_id, role=Membership.Role.OWNER)
    return set(owners.values_list("user_id", flat=True)) == {membership.user_id}


def _ensure_within_reach(org: Organization, *, user: User, by: Membership | None) -> None:
    """Raises PermissionDenied if `user` may do more than `by`, perhaps only since a moment."""
    if by is None:
        return
    # All of them, in one order: what follows locks the owners.
    members = Membership.objects.select_for_update().filter(org=org).order_by("pk")
    held = next((each for each in members if each.user_id == user.pk), None)
    if held is not None and not by.is_at_least(held.role):
        raise PermissionDenied


def _keep_an_owner(org: Organization, *, without: User) -> None:
    # Locked, so that two owners cannot leave at the same moment.
    held = Membership.objects.select_for_update().filter(org=org, role=Membership.Role.OWNER)
    owners = held.order_by("pk")
    if {owner.user_id for owner in owners} == {without.pk}:
        raise ValidationError(
            _("An organization must have at least one owner. Make someone else an owner first.")
        )
