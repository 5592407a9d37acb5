"""Carrier accounts of organizations: configured ones, and those learned from calls."""

from dataclasses import dataclass
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from accounts.members.access import record
from accounts.models import ApiKey, CarrierAccount, Organization, User
from voicex.database.prepared import Parameter

# Tables and columns are names of our own models.
_OF_KEY: Final = (
    "SELECT {} FROM accounts_carrieraccount WHERE org_id = accounts_apikey.org_id AND carrier = %s"
)


@dataclass(frozen=True, slots=True)
class KnownAccounts:
    """Accounts at one carrier. named: the only one that may call, "" for any; seen: the latest."""

    named: str
    seen: str


def with_accounts(keys: QuerySet[ApiKey], *, carrier: str | Parameter) -> QuerySet[ApiKey]:
    """`keys` with the data that `known_accounts` reads, without an additional query."""
    # In words of SQL: a join by the ORM costs every webhook as much as a query of its own.
    return keys.annotate(
        named_account=_of_key("account_id", carrier),
        seen_account=_of_key("seen_account_id", carrier),
    )


def _of_key(column: str, carrier: str | Parameter) -> RawSQL:
    return RawSQL(_OF_KEY.format(column), [carrier])  # noqa: S611  our own names  # nosec B611


def known_accounts(key: ApiKey) -> KnownAccounts:
    """The accounts at the carrier that `key` was looked up for (`with_accounts`)."""
    named, seen = key.named_account, key.seen_account  # type: ignore[attr-defined]  # annotated
    return KnownAccounts(named=named or "", seen=seen or "")


def named_account(org: Organization, *, carrier: str) -> str:
    """The only account that may call; "" for any."""
    named = CarrierAccount.objects.filter(org=org, carrier=carrier)
    return named.values_list("account_id", flat=True).first() or ""


def account_and_region(org: Organization, *, carrier: str) -> tuple[str, str]:
    """The named account, as `named_account`, and the carrier's region that has accepted its token;
    "" for its first.
    """
    known = CarrierAccount.objects.filter(org=org, carrier=carrier)
    return known.values_list("account_id", "region").first() or ("", "")


@transaction.atomic
def name_account(org: Organization, account_id: str, *, carrier: str, actor: User | None) -> None:
    """Allow calls only from this account; "" for any. Does nothing without a change.

    Its region is not known before its token is accepted.
    """
    if account_id == named_account(org, carrier=carrier):
        return
    CarrierAccount.objects.update_or_create(
        org=org, carrier=carrier, defaults={"account_id": account_id, "region": ""}
    )
    record(org, actor=actor, action="organization.changed", target=f"{carrier}_account_sid")


def record_seen_account(org: Organization, account_id: str, *, carrier: str, before: str) -> bool:
    """Store the account of the latest call; before: the previous one, or "".

    True for the first call from a new account, for only one of two at once.
    """
    rows = CarrierAccount.objects.filter(org=org, carrier=carrier)
    if rows.filter(seen_account_id=before).update(seen_account_id=account_id):
        return True
    if before:
        return False
    try:
        with transaction.atomic():
            CarrierAccount.objects.create(org=org, carrier=carrier, seen_account_id=account_id)
    except IntegrityError:  # another call was first
        return False
    return True
