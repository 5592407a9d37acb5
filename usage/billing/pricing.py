"""What calls cost: their facts, rated by the price books in force when they began.

What such a book does not price is rated by the first later one that does, once that is in force.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from usage.billing.ledger import Bill
from usage.billing.rating import Charge, Consumption, Engines, Rate, rate
from usage.models import Call, CallAnalysis, Price, PriceBook, UsageFact
from voicex.errors import PriceMissing


def bills(calls: Sequence[Call], *, now: datetime) -> list[Bill]:
    """The bill of each call, from its `usage` as it was read with it.

    Two reads for all calls. Raises PriceMissing when one of them began before every price book.
    """
    latest = max(now, *(call.opened_at for call in calls))
    books = list(PriceBook.objects.filter(effective_from__lte=latest))
    books_of = {call.pk: _books_since(books, call.opened_at) for call in calls}
    used = {book.pk for since in books_of.values() for book in since}
    rates: dict[int, list[Rate]] = {number: [] for number in used}
    for price in Price.objects.filter(book__in=rates):
        rates[price.book_id].append(
            Rate(
                price.component,
                price.engine,
                price.unit,
                price.micros,
                price.per,
                price.cost_micros,
            )
        )
    return [_bill(call, books_of[call.pk], rates) for call in calls]


def fact_of(call: Call) -> UsageFact | None:
    """The latest snapshot of what the call used; None when no session wrote one."""
    fact: UsageFact | None = getattr(call, "usage", None)
    return fact


def _books_since(books: Iterable[PriceBook], moment: datetime) -> list[PriceBook]:
    """The one of `books`, which come newest first, that holds at `moment`, and then all later."""
    found: list[PriceBook] = []
    for book in books:
        found.insert(0, book)
        if book.effective_from <= moment:
            return found
    raise PriceMissing(f"No price book is in force at {moment:%Y-%m-%d %H:%M} UTC")


def _bill(call: Call, books: Sequence[PriceBook], rates: Mapping[int, Iterable[Rate]]) -> Bill:
    """books: the one in force when the call began, and all later; rates: of each by its key."""
    in_force, *later = books
    charges = _charges(call, rates[in_force.pk])
    priced_later: dict[str, PriceBook] = {}
    for book in later:
        if not any(charge.is_open for charge in charges):
            break
        priced = {
            charge.component: charge
            for charge in _charges(call, rates[book.pk])
            if not charge.is_open
        }
        closed = {charge.component for charge in charges if charge.is_open} & priced.keys()
        priced_later |= dict.fromkeys(closed, book)
        charges = tuple(
            priced[charge.component] if charge.component in closed else charge for charge in charges
        )
    return Bill(call, charges, in_force, priced_later)


def _charges(call: Call, rates: Iterable[Rate]) -> tuple[Charge, ...]:
    fact = fact_of(call)
    if fact is None:
        return ()
    analysis: CallAnalysis | None = getattr(call, "analysis", None)
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
        rates=rates,
    )
