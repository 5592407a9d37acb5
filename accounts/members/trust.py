"""Proven organizations, and the shared limits of unproven ones.

Signing up costs nothing, so a limit per organization does not limit a user who creates forty of
them. An organization is proven when an owner has confirmed an e-mail address, when a call came in
that was signed with an auth token of its own that Twilio has accepted, or when an operator says so.
All unproven ones share one small pool: calls and minutes (`usage.quota.pool`), callers who join a
line, mails, previews, pages, files and sites read for facts, compared sentences, tries of tools,
and checks of keys and of the set-up. They cannot transfer callers and have no outgoing webhooks,
because both reach whatever number or address they name.
"""

from datetime import UTC, datetime
from typing import Final

from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from accounts.members.access import record
from accounts.models import Membership, Organization, User
from accounts.rate_limits import is_within

HOUR: Final = 3600
MAILS_AN_HOUR: Final = 100  # of a proven organization
MAILS_OF_POOL_AN_HOUR: Final = 20
MESSAGE_MAILS_AN_HOUR: Final = 60  # about what callers leave, of any organization
OUTSIDERS_OF_A_MAIL: Final = 3  # a team that is not all here is no flood; ten strangers are
PREVIEWS_A_MINUTE: Final = 60  # of a proven organization
PREVIEWS_OF_POOL_A_MINUTE: Final = 20
TEST_RUNS_AN_HOUR: Final = 20  # of saved tests: likewise
PAGES_A_MINUTE: Final = 10  # read for facts, each a request to somebody's server: likewise
FILES_A_MINUTE: Final = 5  # each some seconds of a core: likewise
SITES_AN_HOUR: Final = 6  # each up to 40 requests to somebody's server: likewise
HEARINGS_A_MINUTE: Final = 6  # sentences compared, each asked twice of a recogniser: likewise
TOOL_TRIES_A_MINUTE: Final = 10  # of a proven organization; of the pool together as well
KEY_CHECKS_A_MINUTE: Final = 10  # with the provider, when a key is stored: likewise
CARRIER_REQUESTS_A_MINUTE: Final = 60  # of pages, with a token that the carrier has accepted
# Runs of the setup doctor, and of the checks before a version is published: likewise, apart.
SETUP_CHECKS_A_MINUTE: Final = 10
SETUP_CHECKS_OF_POOL_A_MINUTE: Final = 20
# Callers who join the line of a proven organization: more than get through one of 20 places.
JOINS_A_MINUTE: Final = 60
JOINS_OF_POOL_A_MINUTE: Final = 20  # as many as calls of the pool (`usage.quota.pool`)

# Kilobytes of versions of agents, which are kept for good: of the large ones of a proven
# organization and of all others together, and of the ordinary ones, which have ten each, of any.
# As many, apart from these, of drafts.
LARGE_VERSION_KB: Final = 100
VERSIONS_KB_A_DAY: Final = 60_000
VERSIONS_KB_OF_POOL_A_DAY: Final = 200_000
ORDINARY_VERSIONS_KB_A_DAY: Final = 60_000
# Kilobytes of large records of calls' events: of a proven organization, and of all others together.
RECORDS_KB_A_DAY: Final = 200_000

# What to do, for the members of an organization that is not proven.
HOW_TO_PROVE: Final[str | Promise] = gettext_lazy(
    "An owner has to confirm their email address first. A call signed with your Twilio auth token "
    "also counts, once Twilio has accepted the token with your Account SID."
)


@transaction.atomic
def prove(org: Organization, *, how: str, actor: User | None = None) -> None:
    """Mark `org` as proven; does nothing if it already is.

    how: "address", "signed_call" or "operator", for the audit log.
    """
    now = timezone.now()
    if Organization.objects.filter(pk=org.pk, proven_at=None).update(proven_at=now):
        record(org, actor=actor, action="organization.proven", target=how)
    org.proven_at = org.proven_at or now


def prove_organizations_of(user: User) -> None:
    """Mark the organizations that `user` owns as proven, because an address was confirmed."""
    for org in _owned(user).filter(proven_at=None):
        prove(org, how="address", actor=user)


def counted_as(org: Organization) -> str:
    """The name under which what `org` uses is counted: its own, or that of all unproven ones."""
    return str(org.pk) if org.is_proven else "pool"


def has_confirmed_address(user: User) -> bool:
    """Whether `user` has a confirmed e-mail address."""
    return bool(EmailAddress.objects.filter(user=user, verified=True).exists())


def may_mail(org: Organization) -> bool:
    """Count one mail that a member has sent to an address of their choice; False: too many."""
    if org.is_proven:
        return is_within(MAILS_AN_HOUR, seconds=HOUR, name=f"mails:{org.pk}")
    return is_within(MAILS_OF_POOL_AN_HOUR, seconds=HOUR, name="mails:pool")


def may_mail_message(org: Organization, *, outside: int, now: datetime) -> bool:
    """Count one mail about a caller's message; False: too many in this hour of the clock (UTC).

    outside: how many of its recipients are no members; OUTSIDERS_OF_A_MAIL count as one mail.
    Counted per organization, because callers cause them: a flood at one does not affect others.
    """
    name = f"message-mails:{org.pk}:{int(now.timestamp()) // HOUR}"
    amount = max(1, -(-outside // OUTSIDERS_OF_A_MAIL))
    return is_within(MESSAGE_MAILS_AN_HOUR, seconds=HOUR, name=name, amount=amount)


def messages_mailed_again_at(*, now: datetime) -> datetime:
    """When an organization that has had its mails about messages may have more."""
    return datetime.fromtimestamp((int(now.timestamp()) // HOUR + 1) * HOUR, tz=UTC)


def may_preview(org: Organization) -> bool:
    """Count one preview of a voice, which costs CPU or a provider's price; False: too many."""
    if org.is_proven:
        return is_within(PREVIEWS_A_MINUTE, seconds=60, name=f"previews:{org.pk}")
    return is_within(PREVIEWS_OF_POOL_A_MINUTE, seconds=60, name="previews:pool")


def may_run_tests(org: Organization) -> bool:
    """Count one run of an agent's saved tests, which asks its model; False: too many."""
    return is_within(TEST_RUNS_AN_HOUR, seconds=HOUR, name=f"test-runs:{counted_as(org)}")


def may_compare_hearing(org: Organization) -> bool:
    """Count one sentence that is transcribed twice for comparison; False: too many."""
    return is_within(HEARINGS_A_MINUTE, seconds=60, name=f"hearing:{counted_as(org)}")


def may_try_tool(org: Organization) -> bool:
    """Count one request that a member sends to a server of their choice; False: too many."""
    return is_within(TOOL_TRIES_A_MINUTE, seconds=60, name=f"tool:{counted_as(org)}")


def may_check_key(org: Organization) -> bool:
    """Count one key that a provider is asked about when it is stored, or one request to the carrier
    with a token that it has not accepted yet; False: too many.
    """
    return is_within(KEY_CHECKS_A_MINUTE, seconds=60, name=f"key-check:{counted_as(org)}")


def may_ask_carrier(org: Organization) -> bool:
    """Count one page that asks the carrier with an accepted token of `org`; False: too many."""
    return is_within(CARRIER_REQUESTS_A_MINUTE, seconds=60, name=f"carrier:{org.pk}")


def may_check_setup(org: Organization, *, by: str) -> bool:
    """Count one run of checks that ask providers and the carrier; False: too many.

    by: what runs them, counted apart: "doctor" or "gate".
    """
    most = SETUP_CHECKS_A_MINUTE if org.is_proven else SETUP_CHECKS_OF_POOL_A_MINUTE
    return is_within(most, seconds=60, name=f"{by}:{counted_as(org)}")


def may_join_line(org: Organization) -> bool:
    """Count one caller who joins the line of `org`; False: too many."""
    most = JOINS_A_MINUTE if org.is_proven else JOINS_OF_POOL_A_MINUTE
    return is_within(most, seconds=60, name=f"line:{counted_as(org)}")


def may_read_page(org: Organization) -> bool:
    """Count one web page that is read for facts; False: too many."""
    return is_within(PAGES_A_MINUTE, seconds=60, name=f"facts:{counted_as(org)}")


def may_read_file(org: Organization) -> bool:
    """Count one file that is read for facts; False: too many."""
    return is_within(FILES_A_MINUTE, seconds=60, name=f"files:{counted_as(org)}")


def may_read_site(org: Organization) -> bool:
    """Count one website whose pages are read for facts; False: too many."""
    return is_within(SITES_AN_HOUR, seconds=HOUR, name=f"sites:{counted_as(org)}")


def may_store_version(org: Organization, *, size_bytes: int) -> bool:
    """Count a version of an agent of this size; False: too much was stored today."""
    return _may_store(org, "versions", size_bytes=size_bytes, added_bytes=size_bytes)


def may_store_draft(org: Organization, *, size_bytes: int, added_bytes: int) -> bool:
    """Count the bytes that a draft of this size adds; False: too much was stored today.

    Nothing is given back for a draft that ends: it may be kept as discarded, or as a version.
    """
    return _may_store(org, "drafts", size_bytes=size_bytes, added_bytes=added_bytes)


def _may_store(org: Organization, what: str, *, size_bytes: int, added_bytes: int) -> bool:
    most, name = VERSIONS_KB_A_DAY, f"{what}-kb:{org.public_id}"
    if size_bytes // 1_000 < LARGE_VERSION_KB:
        most, name = ORDINARY_VERSIONS_KB_A_DAY, f"ordinary-{what}-kb:{org.public_id}"
    elif not org.is_proven:
        most, name = VERSIONS_KB_OF_POOL_A_DAY, f"{what}-kb:pool"
    kilobytes = max(1, added_bytes // 1_000)
    return is_within(most, seconds=24 * HOUR, name=name, amount=kilobytes)


def may_store_record(org: Organization, *, size_bytes: int) -> bool:
    """Count a large record of a call's events; False: too much was stored today."""
    name = f"records-kb:{counted_as(org)}"
    return is_within(RECORDS_KB_A_DAY, seconds=24 * HOUR, name=name, amount=size_bytes // 1_000)


def _owned(user: User) -> QuerySet[Organization]:
    return Organization.objects.filter(
        memberships__user=user, memberships__role=Membership.Role.OWNER
    )
