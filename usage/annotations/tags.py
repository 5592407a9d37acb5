"""Tags of calls: added and removed by members, the same word in one spelling."""

from datetime import datetime
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.members.access import record
from accounts.models import Organization, User
from accounts.names import validate_name
from usage.models import Call, CallTag

LONGEST: Final = 40  # characters, as its column
MOST_OF_A_CALL: Final = 10
# Of an organization: a list to choose from, which people read.
MOST: Final = 200


def tags_of(org: Organization) -> list[str]:
    """The tags that calls of `org` have, in alphabetical order; MOST at most."""
    names = CallTag.objects.filter(org=org).order_by("name").values_list("name", flat=True)
    return list(names.distinct()[:MOST])


def add(call: Call, name: str, *, actor: User, now: datetime) -> None:
    """Give the call a tag; one that it has stays as it is. Raises ValidationError, in words.

    A tag that the organization has in another case is given as it is there.
    """
    wanted = " ".join(name.split())
    if not wanted or len(wanted) > LONGEST:
        raise ValidationError(_("Enter a tag of up to %(limit)d characters.") % {"limit": LONGEST})
    validate_name(wanted)
    with transaction.atomic():
        org = _locked(call)
        known = tags_of(org)
        spelled = {each.casefold(): each for each in known}
        if wanted.casefold() not in spelled and len(known) >= MOST:
            raise ValidationError(_("You’ve reached the limit of tags. Use one that you have."))
        wanted = spelled.get(wanted.casefold(), wanted)
        tags = CallTag.objects.filter(call=call)
        if tags.filter(name=wanted).exists():
            return
        if tags.count() >= MOST_OF_A_CALL:
            said = _("A call can have up to %(limit)d tags. Remove one first.")
            raise ValidationError(said % {"limit": MOST_OF_A_CALL})
        CallTag.objects.create(call=call, name=wanted, created_by=actor, created_at=now)
        record(org, actor=actor, action="call.tagged", target=call.call_sid)


def remove(call: Call, name: str, *, actor: User) -> None:
    """Take a tag from the call; without it, nothing happens."""
    with transaction.atomic():
        org = _locked(call)
        deleted, _by_model = CallTag.objects.filter(call=call, name=name[:LONGEST]).delete()
        if deleted:
            record(org, actor=actor, action="call.untagged", target=call.call_sid)


def _locked(call: Call) -> Organization:
    """The call's organization; one at a time tags the call, until the transaction ends."""
    rows = Call.objects.select_related("org").only("org")
    return rows.select_for_update(of=("self",), no_key=True).get(pk=call.pk).org
