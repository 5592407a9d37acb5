"""Rates calls by the price books in force when they began.

Usage without a price there is rated by the first later book that has one, once it is in force.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from django.db.models import DateTimeField, QuerySet, Subquery
from django.db.models.functions import Coalesce

from usage.billing.ledger import Bill
from usage.billing.rating import Charge, Consumption, Engines, PriceList, Rate, price_list, rate
from usage.models import Call, CallAnalysis, PriceBook, UsageFact
from voicex.database.prepared import Parameter, PreparedRead
from voicex.errors import PriceMissing

_OF_BOOK: Final = ("pk", "version", "effective_from", "note")
_OF_PRICE: Final = ("component", "engine", "unit", "micros", "per", "cost_micros")  # of a Rate


def _books_and_prices(oldest: Parameter, latest: Parameter) -> QuerySet[PriceBook, tuple[Any, ...]]:
    in_force = PriceBook.objects.filter(effective_from__lte=oldest).order_by("-effective_from")
    first = Coalesce(Subquery(in_force.values("effective_from")[:1]), oldest)
    found = PriceBook.objects.filter(effective_from__gte=first, effective_from__lte=latest)
    columns = (*_OF_BOOK, *(f"prices__{name}" for name in _OF_PRICE))
    return found.order_by("-effective_from", "-version").values_list(*columns)


# The book in force at `oldest` and all later ones until `latest`, newest first, with their prices:
# a row for each price.
_BOOKS: Final[PreparedRead[tuple[Any, ...]]] = PreparedRead(
    _books_and_prices, oldest=DateTimeField(), latest=DateTimeField()
)
_rate: Final = lru_cache(maxsize=1_000)(Rate)  # cached, as most settlements use the same prices


def bills(calls: Sequence[Call], *, now: datetime) -> list[Bill]:
    """The bill of each call, by its prefetched `usage`.

    One query for all calls. Raises PriceMissing when a call began before the first price book.
    """
    began = [call.opened_at for call in calls]
    books: dict[int, PriceBook] = {}
    rates: dict[int, list[Rate]] = {}
    for row in _BOOKS.rows(oldest=min(began), latest=max(now, *began)):
        of_book, of_price = row[: len(_OF_BOOK)], row[len(_OF_BOOK) :]
        number = of_book[0]
        if number not in books:
            books[number] = PriceBook(**dict(zip(_OF_BOOK, of_book, strict=True)))
            rates[number] = []
        if of_price[0] is not None:  # a book without prices has one row
            rates[number].append(_rate(*of_price))
    prices = {number: price_list(of_book) for number, of_book in rates.items()}
    return [_bill(call, _books_since(books.values(), call.opened_at), prices) for call in calls]


def fact_of(call: Call) -> UsageFact | None:
    """The latest usage snapshot of the call; None if no session wrote one."""
    fact: UsageFact | None = _beside(call, "usage")
    return fact


def _books_since(books: Iterable[PriceBook], moment: datetime) -> list[PriceBook]:
    """The book in force at `moment`, followed by all later ones. books: newest first."""
    found: list[PriceBook] = []
    for book in books:
        found.insert(0, book)
        if book.effective_from <= moment:
            return found
    raise PriceMissing(f"No price book is in force at {moment:%Y-%m-%d %H:%M} UTC")


def _bill(call: Call, books: Sequence[PriceBook], prices: Mapping[int, PriceList]) -> Bill:
    """books: the one in force when the call began, and all later ones; prices: of each book by its
    key.
    """
    in_force, *later = books
    charges = _charges(call, prices[in_force.pk])
    priced_later: dict[str, PriceBook] = {}
    for book in later:
        if not any(charge.is_open for charge in charges):
            break
        priced = {
            charge.component: charge
            for charge in _charges(call, prices[book.pk])
            if not charge.is_open
        }
        closed = {charge.component for charge in charges if charge.is_open} & priced.keys()
        priced_later |= dict.fromkeys(closed, book)
        charges = tuple(
            priced[charge.component] if charge.component in closed else charge for charge in charges
        )
    return Bill(call, charges, in_force, priced_later)


def _charges(call: Call, prices: PriceList) -> tuple[Charge, ...]:
    fact = fact_of(call)
    if fact is None:
        return ()
    analysis: CallAnalysis | None = _beside(call, "analysis")
    return rate(
        Consumption(
            stream_ms=0 if call.is_test else fact.stream_ms,  # no number was dialled
            stt_ms=fact.stt_ms,
            llm_tokens_in=fact.llm_tokens_in,
            llm_tokens_out=fact.llm_tokens_out,
            tts_characters=fact.tts_characters,
            analysis_tokens_in=analysis.tokens_in if analysis else 0,
            analysis_tokens_out=analysis.tokens_out if analysis else 0,
        ),
        engines=Engines(stt=call.stt, llm=call.llm, tts=call.tts),
        prices=prices,
    )


def _beside(call: Call, name: str) -> Any:
    """The related row of `call` under `name`, None without one; no query if it was prefetched."""
    # From the cache, because access by attribute would raise an exception for each call without a
    # row.
    known = call._state.fields_cache
    return known[name] if name in known else getattr(call, name, None)
