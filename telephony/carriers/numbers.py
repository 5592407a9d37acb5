"""An organization's own account at a carrier: its state, its numbers, and what each of them asks.

Every call of `Numbers` waits for the carrier and raises CarrierProblem. None runs while a caller
speaks to an agent, and what a carrier answers is shown to members, never believed further.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from usage.billing.carrier_bills import CarrierFacts


@dataclass(frozen=True, slots=True)
class Account:
    """The keys of an organization's account. region: of the carrier's, that the token is of; "" for
    its first.
    """

    account_id: str
    auth_token: str = field(repr=False)
    region: str = ""


@dataclass(frozen=True, slots=True)
class AccountState:
    """What the carrier says of an account: `status` is "active", "suspended" or "closed".

    at: the carrier's clock when it answered; None when it sent none.
    """

    status: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Number:
    """A phone number of the account, and what it does when it is called.

    number_id: the carrier's own. handled_by: "application" or "trunk" when the carrier asks that
    in place of `voice_url`, else "".
    """

    number_id: str
    number: str
    label: str
    voice_url: str
    voice_method: str
    fallback_url: str
    status_url: str
    handled_by: str


@dataclass(frozen=True, slots=True)
class PageCursor:
    """Where a page of the list begins, as the carrier names it; the first is `PageCursor()`."""

    page: int = 0
    token: str = ""


@dataclass(frozen=True, slots=True)
class NumberPage:
    """Some numbers, and where the next page begins; None after the last."""

    numbers: list[Number]
    next_place: PageCursor | None


class NumberKind(StrEnum):
    """What a number is in its country."""

    LOCAL = "local"
    MOBILE = "mobile"
    TOLL_FREE = "toll_free"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A number to look for. country: "US"; digits: that it should have, "" for any."""

    country: str
    kind: NumberKind
    digits: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """A number that can be bought. place: where it is, as the carrier says it, "" for unknown."""

    number: str
    place: str


class Numbers(Protocol):
    """A carrier's own API, as far as it is used; a module may be one."""

    def check_account(self, account: Account) -> AccountState:
        """Whether the carrier knows these keys."""
        ...

    def located(self, account: Account) -> Account:
        """The account with the region of the carrier's that knows its keys."""
        ...

    def numbers_of(self, account: Account, *, place: PageCursor) -> NumberPage:
        """A page of the account's phone numbers."""
        ...

    def point_number(
        self, account: Account, *, number_id: str, voice_url: str, status_url: str
    ) -> tuple[Number, Number]:
        """Have the number ask `voice_url`; what it did before, and what it does now."""
        ...

    def number(self, account: Account, *, number_id: str) -> Number:
        """One of the account's numbers."""
        ...

    def find_numbers(self, account: Account, *, wanted: Wanted) -> list[Offer]:
        """Some numbers for calls that the account could buy now; none for a country without."""
        ...

    def buy_number(
        self, account: Account, *, number: str, voice_url: str, status_url: str
    ) -> Number:
        """Buy that very number, at the account's cost, and have it ask `voice_url`."""
        ...

    def release_number(self, account: Account, *, number_id: str) -> None:
        """Give the number back. It may be gone for good."""
        ...

    def call_facts(self, account: Account, *, call_id: str) -> CarrierFacts:
        """How long a call was, and what it costs there."""
        ...

    def hang_up(self, account: Account, *, call_id: str) -> bool:
        """End a call, and the line that was dialed in it; False: it was over."""
        ...
