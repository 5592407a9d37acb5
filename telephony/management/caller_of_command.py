"""The organization and the caller that a command names."""

from django.core.management.base import CommandError
from django.db.models import Q

from accounts.models import Organization
from usage.privacy import callers
from usage.privacy.callers import Caller


def caller_of_command(org: str, text: str) -> tuple[Organization, Caller]:
    """The one organization of that public id or name, and its one caller. Raises CommandError."""
    organizations = list(Organization.objects.filter(Q(public_id=org) | Q(name=org))[:2])
    if len(organizations) != 1:
        several = "Several organizations have that name" if organizations else "No organization"
        raise CommandError(f"{several}: {org!r}. Use the public ID, as in /o/<id>/")
    if callers.is_withheld(text):
        raise CommandError(
            "Callers who withhold their number cannot be found, because nothing distinguishes "
            "their calls"
        )
    found = callers.callers_named(organizations[0], text)
    if not found:
        raise CommandError("No calls from this caller. Use the number with + and the country code")
    if len(found) > 1:
        names = " or ".join(each.name for each in found)
        raise CommandError(f"This could be {names}. Use the number with + and the country code")
    return organizations[0], found[0]
