"""Rating: computes charges from usage and prices. Pure: integers in, integers out.

Money is micro-dollars (1 USD = 1,000,000). Each line is rounded once, half up, at its end.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

MS_PER_MINUTE: Final = 60_000
MS_PER_SECOND: Final = 1_000
ANY_ENGINE: Final = ""
# The unit of each component.
UNITS: Final[Mapping[str, str]] = {
    "telephony": "minute",
    "stt": "second",
    "llm_in": "token",
    "llm_out": "token",
    "tts": "character",
    "analysis_in": "token",
    "analysis_out": "token",
}
# The component whose price applies if a price book has none: the same model does the work.
PRICED_AS: Final[Mapping[str, str]] = {"analysis_in": "llm_in", "analysis_out": "llm_out"}


@dataclass(frozen=True, slots=True)
class Consumption:
    """The cumulative usage of one call; times are milliseconds of our own media clock."""

    stream_ms: int = 0
    stt_ms: int = 0
    llm_tokens_in: int = 0
    llm_tokens_out: int = 0
    tts_characters: int = 0
    analysis_tokens_in: int = 0
    analysis_tokens_out: int = 0


@dataclass(frozen=True, slots=True)
class Engines:
    """Names of the engines that a call ran on, as in the engine registry."""

    stt: str
    llm: str
    tts: str


@dataclass(frozen=True, slots=True)
class Rate:
    """A price of `micros` micro-dollars for `per` units of a component; engine: "" for any.

    cost_micros: what the platform itself pays for `per` units.
    """

    component: str
    engine: str
    unit: str
    micros: int
    per: int
    cost_micros: int = 0


@dataclass(frozen=True, slots=True)
class Charge:
    """One rated line: a quantity in whole units, its amount and its cost in micro-dollars.

    is_open: there is no price yet, so amount and cost are 0.
    """

    component: str
    quantity: int
    unit: str
    amount_micros: int
    cost_micros: int = 0
    is_open: bool = False


# The key of a price: component, engine and unit.
PriceList = Mapping[tuple[str, str, str], Rate]


def price_list(rates: Iterable[Rate]) -> PriceList:
    """Index `rates` for `rate`."""
    return {(rate.component, rate.engine, rate.unit): rate for rate in rates}


def rate(consumption: Consumption, *, engines: Engines, prices: PriceList) -> tuple[Charge, ...]:
    """The charges of a call, in a fixed order; none for components without usage.

    A price for the call's engine precedes the one for any engine, and both precede those of
    PRICED_AS. Usage without a price for its unit in `prices` becomes an open charge.
    """
    used = (
        ("telephony", ANY_ENGINE, _ceil(consumption.stream_ms, MS_PER_MINUTE)),
        ("stt", engines.stt, _ceil(consumption.stt_ms, MS_PER_SECOND)),
        ("llm_in", engines.llm, consumption.llm_tokens_in),
        ("llm_out", engines.llm, consumption.llm_tokens_out),
        ("tts", engines.tts, consumption.tts_characters),
        ("analysis_in", engines.llm, consumption.analysis_tokens_in),
        ("analysis_out", engines.llm, consumption.analysis_tokens_out),
    )
    charges = []
    for component, engine, quantity in used:
        unit = UNITS[component]
        if not quantity:
            continue
        likewise = PRICED_AS.get(component, component)
        price = (
            prices.get((component, engine, unit))
            or prices.get((component, ANY_ENGINE, unit))
            or prices.get((likewise, engine, unit))
            or prices.get((likewise, ANY_ENGINE, unit))
        )
        if price is None:
            charges.append(Charge(component, quantity, unit, 0, is_open=True))
            continue
        amount = _amount(quantity, price.micros, price.per)
        cost = _amount(quantity, price.cost_micros, price.per)
        charges.append(Charge(component, quantity, unit, amount, cost))
    return tuple(charges)


def _ceil(quantity: int, size: int) -> int:
    return -(-quantity // size)


def _amount(quantity: int, micros: int, per: int) -> int:
    # floor(x + 1/2) with integers: half up, exact for any size.
    return (2 * quantity * micros + per) // (2 * per)
