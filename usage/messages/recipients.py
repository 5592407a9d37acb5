"""Who gets the e-mails about messages of callers."""

from collections.abc import Collection

from django.db.models import QuerySet

from accounts.models import Membership, Organization, User
from agents.settings.kinds import addresses_in
from usage.models import Call


def recipients_of(call: Call) -> list[str]:
    """The addresses that are told of the messages of `call`.

    Those that the version of its agent names; the owners', where it names none. An organization
    that is not proven yet reaches its members alone: anyone can make one, and name strangers. So
    does a test call: who makes it writes what strangers would read.
    """
    named = list(addresses_in(call.version.messages.notify))
    if named and (call.is_test or not call.org.is_proven):
        outside = outside_team(call.org, named)
        named = [each for each in named if each not in outside]
    return named or owners_of(call.org)


def outside_team(org: Organization, addresses: Collection[str]) -> list[str]:
    """Those of `addresses` that no member has."""
    members = {address.lower() for address in _addresses(org)}
    return [each for each in addresses if each.lower() not in members]


def owners_of(org: Organization) -> list[str]:
    """The addresses of the owners."""
    return _addresses(org, role=Membership.Role.OWNER)


def without_texts(calls: QuerySet[Call]) -> QuerySet[Call]:
    """`calls` with their versions, of which mails need the settings alone."""
    return calls.defer("version__prompt", "version__facts", "version__prepared")


def _addresses(org: Organization, **wanted: str) -> list[str]:
    members = Membership.objects.filter(org=org, user__is_active=True, **wanted)
    found = User.objects.filter(memberships__in=members)
    return sorted(found.values_list("email", flat=True))
