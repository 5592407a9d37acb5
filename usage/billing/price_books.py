"""Versions of the price list: the current one, the draft of the next one, publication."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from typing import Final

import structlog
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from accounts.audit import platform_log
from accounts.models import User
from agents.engines import registry
from usage.billing.rating import ANY_ENGINE, PRICED_AS, UNITS
from usage.models import Price, PriceBook

log = structlog.get_logger(__name__)

OVERTAKEN: Final = "overtaken"  # the code of the error that another version was published first


@dataclass(frozen=True, slots=True)
class PriceRow:
    """The price and cost of `per` units of a component, in micro-dollars.

    engine: a name of the engine registry, "" for all engines without a price of their own.
    """

    component: str
    engine: str
    unit: str
    micros: int
    cost_micros: int
    per: int


def current_book(now: datetime) -> PriceBook | None:
    """The version in force at `now`; None before the first."""
    return PriceBook.objects.filter(effective_from__lte=now).first()


def draft_prices() -> list[PriceRow]:
    """The initial prices of the next version: those of the latest one, even if it is not in force
    yet.

    Ordered by component, the price for all engines first; where there is none, that of the most
    expensive engine is proposed. Engines without a price get the one of their card.
    """
    rows: dict[str, list[PriceRow]] = {component: [] for component in UNITS}
    for row in [*_latest_prices(), *proposed_prices()]:
        rows[row.component].append(row)
    for priced in rows.values():
        if priced and priced[0].engine != ANY_ENGINE:
            dearest = max(priced, key=lambda row: Fraction(row.micros, row.per))
            priced.insert(0, replace(dearest, engine=ANY_ENGINE))
    return [row for priced in rows.values() for row in priced]


def proposed_prices() -> list[PriceRow]:
    """List prices from the engines' cards, where the latest version has no price."""
    priced = {(row.component, row.engine) for row in _latest_prices()}
    return [
        PriceRow(
            price.component,
            engine,
            UNITS[price.component],
            price.micros,
            price.micros if price.cost_micros is None else price.cost_micros,
            price.per,
        )
        for engine, card in registry.engines().items()
        for price in card.prices
        if price.component in card.components and (price.component, engine) not in priced
    ]


def without_price(prices: Iterable[PriceRow]) -> list[tuple[str, str]]:
    """Components and engines that this installation offers without a price of their own.

    Calls on them are charged the price for all engines, or get an open line where there is none.
    """
    priced = {(row.component, row.engine) for row in prices}
    return [
        (component, engine)
        for engine, card in registry.engines().items()
        for component in card.components
        if (component, engine) not in priced
    ]


def prices_of(book: PriceBook | None) -> list[PriceRow]:
    """The prices of a version, those for all engines first; empty for None."""
    found = book.prices.order_by("engine") if book else ()
    return [
        PriceRow(
            price.component, price.engine, price.unit, price.micros, price.cost_micros, price.per
        )
        for price in found
    ]


def _latest_prices() -> list[PriceRow]:
    return prices_of(PriceBook.objects.first())


def latest_version() -> int:
    """The number of the version that was published last; 0 before the first."""
    return int(PriceBook.objects.aggregate(latest=Max("version"))["latest"] or 0)


def publish_book(
    prices: Sequence[PriceRow],
    *,
    effective_from: datetime,
    note: str,
    actor: User | None,
    based_on: int | None = None,
) -> PriceBook:
    """Publish the next version. It cannot be changed or withdrawn, only followed by another.

    based_on: the latest version when the prices were written; None for whichever is the latest.
    Raises ValidationError for invalid prices, and if another version was published meanwhile: its
    prices would be undone.
    """
    check_moment(effective_from)
    check_prices(prices)
    with transaction.atomic():
        latest = latest_version()
        if based_on not in (None, latest):
            raise _overtaken()
        version = latest + 1
        book = _next_book(version, effective_from=effective_from, note=note)
        Price.objects.bulk_create(
            Price(
                book=book,
                component=row.component,
                engine=row.engine,
                unit=row.unit,
                micros=row.micros,
                cost_micros=row.cost_micros,
                per=row.per,
            )
            for row in prices
        )
        if actor is not None:
            platform_log.record(book, actor=actor, action="made", words=book.note)
    log.info("price_book_published", version=version, actor=actor.pk if actor else None)
    return book


def _next_book(version: int, *, effective_from: datetime, note: str) -> PriceBook:
    try:
        return PriceBook.objects.create(version=version, effective_from=effective_from, note=note)
    except IntegrityError as taken:  # of two at the same instant one has the number
        raise _overtaken() from taken


def _overtaken() -> ValidationError:
    said = _("Another version was published meanwhile. Compare its prices, then publish again.")
    return ValidationError(said, code=OVERTAKEN)


def check_moment(effective_from: datetime) -> None:
    """Raise ValidationError unless the moment is in the future: past usage has its prices."""
    if effective_from < timezone.now():
        raise ValidationError(_("Choose a time in the future."))


def check_prices(prices: Sequence[PriceRow]) -> None:
    """Raise ValidationError for prices that are ambiguous, or could leave a call without a
    price.
    """
    seen = set()
    for row in prices:
        component = _name_of(row.component)
        if row.unit != UNITS[row.component]:
            raise ValidationError(
                _("%(component)s is priced per %(unit)s.")
                % {"component": component, "unit": UNITS[row.component]}
            )
        if row.per < 1 or row.micros < 0 or row.cost_micros < 0:
            raise ValidationError(
                _("%(component)s needs a price of zero or more for at least one unit.")
                % {"component": component}
            )
        if (row.component, row.engine) in seen:
            raise ValidationError(
                _("%(component)s on %(engine)s has two prices.")
                % {"component": component, "engine": row.engine or _("every engine")}
            )
        seen.add((row.component, row.engine))
    needed = (name for name in UNITS if name not in PRICED_AS)
    if missing := [name for name in needed if (name, ANY_ENGINE) not in seen]:
        raise ValidationError(
            _("Add a price for every engine to: %(components)s.")
            % {"components": ", ".join(str(_name_of(name)) for name in missing)}
        )


def _name_of(component: str) -> str:
    if component not in UNITS:
        raise ValidationError(_("Unknown component %(name)s.") % {"name": component})
    return capfirst(str(Price.Component(component).label))
