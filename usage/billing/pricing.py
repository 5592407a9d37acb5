"""What calls cost: their facts, rated by the price books in force when they began."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from usage.billing.ledger import Bill
from usage.billing.rating import Charge, Consumption, Engines, Rate, rate
from usage.models import Call, Price, PriceBook, UsageFact
from voicex.errors import PriceMissing


def bills(calls: Sequence[Call]) -> list[Bill]:
    """The bill of each call, from its `usage` as it was read with it.

    Two reads for all calls. Raises PriceMissing when one of them cannot be priced.
    """
    latest = max(call.opened_at for call in calls)
    books = list(PriceBook.objects.filter(effective_from__lte=latest))
    book_of = {call.pk: _in_force(books, call.opened_at) for call in calls}
    rates: dict[int, list[Rate]] = {book.pk: [] for book in book_of.values()}
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
    return [
        Bill(call, _charges(call, rates[book_of[call.pk].pk]), book_of[call.pk]) for call in calls
    ]


def fact_of(call: Call) -> UsageFact | None:
    """The latest snapshot of what the call used; None when no session wrote one."""
    fact: UsageFact | None = getattr(call, "usage", None)
    return fact


def _in_force(books: Iterable[PriceBook], moment: datetime) -> PriceBook:
    """The newest of `books`, which come newest first, that holds at `moment`."""
    for book in books:
        if book.effective_from <= moment:
            return book
    raise PriceMissing(f"No price book is in force at {moment:%Y-%m-%d %H:%M} UTC")


def _charges(call: Call, rates: Iterable[Rate]) -> tuple[Charge, ...]:
    fact = fact_of(call)
    if fact is None:
        return ()
    return rate(
        Consumption(
            stream_ms=0 if call.is_test else fact.stream_ms,  # nobody dialled a number
            stt_ms=fact.stt_ms,
            llm_tokens_in=fact.llm_tokens_in,
            llm_tokens_out=fact.llm_tokens_out,
            tts_characters=fact.tts_characters,
        ),
        engines=Engines(stt=call.stt, llm=call.llm, tts=call.tts),
        rates=rates,
    )
