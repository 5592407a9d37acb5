"""From what a call used to what it costs. Pure: integers in, integers out.

Money is micro-dollars (1 USD = 1,000,000). Each line is rounded once, half up, at its end.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from voicex.errors import PriceMissing

MS_PER_MINUTE: Final = 60_000
MS_PER_SECOND: Final = 1_000
ANY_ENGINE: Final = ""


@dataclass(frozen=True, slots=True)
class Consumption:
    """What one call used, cumulative; times are milliseconds of our own media clock."""

    stream_ms: int = 0
    stt_ms: int = 0
    llm_tokens_in: int = 0
    llm_tokens_out: int = 0
    tts_characters: int = 0


@dataclass(frozen=True, slots=True)
class Engines:
    """Names of the engines that a call ran on, as in the engine registry."""

    stt: str
    llm: str
    tts: str


@dataclass(frozen=True, slots=True)
class Rate:
    """`micros` micro-dollars for `per` units of a component; `engine` "" is any engine."""

    component: str
    engine: str
    unit: str
    micros: int
    per: int


@dataclass(frozen=True, slots=True)
class Charge:
    """One rated line: a quantity in whole units and its amount in micro-dollars."""

    component: str
    quantity: int
    unit: str
    amount_micros: int


def rate(
    consumption: Consumption, *, engines: Engines, rates: Iterable[Rate]
) -> tuple[Charge, ...]:
    """The charges of a call, in a fixed order; nothing used, no line.

    A price for the call's own engine goes before the one for any engine. Raises
    PriceMissing when something was used that `rates` do not price in its unit.
    """
    by_use = {(rate.component, rate.engine, rate.unit): rate for rate in rates}
    used = (
        ("telephony", ANY_ENGINE, "minute", _ceil(consumption.stream_ms, MS_PER_MINUTE)),
        ("stt", engines.stt, "second", _ceil(consumption.stt_ms, MS_PER_SECOND)),
        ("llm_in", engines.llm, "token", consumption.llm_tokens_in),
        ("llm_out", engines.llm, "token", consumption.llm_tokens_out),
        ("tts", engines.tts, "character", consumption.tts_characters),
    )
    charges = []
    for component, engine, unit, quantity in used:
        if not quantity:
            continue
        price = by_use.get((component, engine, unit)) or by_use.get((component, ANY_ENGINE, unit))
        if price is None:
            raise PriceMissing(f"No price for {component} on engine {engine!r} by the {unit}")
        charges.append(Charge(component, quantity, unit, _amount(quantity, price)))
    return tuple(charges)


def _ceil(quantity: int, size: int) -> int:
    return -(-quantity // size)


def _amount(quantity: int, price: Rate) -> int:
    # floor(x + 1/2) in whole numbers: half up, exact for any size.
    return (2 * quantity * price.micros + price.per) // (2 * price.per)
