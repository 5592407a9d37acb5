"""How long something takes on a text, and how that grows with the text."""

import gc
import re
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from tests.security.attacks import Attack

# Twice the text may take this many times as long. The square of the length takes 4.
GROWTH: Final = 2.6
# What grows so has grown by this much from a quarter to half of it: a*n + b*n^2 by 2.35.
GROWTH_BEFORE: Final = 2.2
# On a machine as quick as that of docs/performance.md; on a slower one, or beside other work, it is
# longer by as much as the yardstick takes longer at the same time.
SECONDS_AT_LIMIT: Final = 0.02
YARDSTICK: Final = re.compile(r"(?:yard|foot|inch|\b[a-z]{1,3}-?\d)\b", re.IGNORECASE)
YARDSTICK_TEXT: Final = "a1b " * 2_000
YARDSTICK_SECONDS: Final = 0.00045  # that it takes there
# Below this a measurement says nothing about growth.
FLOOR_SECONDS: Final = 0.001
SCREEN_CHARACTERS: Final = 1_000
LONGEST: Final = 64_000
WORST: Final = 3  # attacks of each function that are measured further
TRIALS: Final = 3  # times that a fault must be found, for other processes work beside us
GIVE_UP_SECONDS: Final = 1.0


class TooLong(Exception):
    """The work was stopped."""


@dataclass(frozen=True, slots=True)
class Slow:
    """What was found."""

    attack: Attack
    length: int
    seconds: float
    growth: float

    def __str__(self) -> str:
        return (
            f"{self.attack} of {self.length} characters takes {self.seconds * 1000:.1f} ms, "
            f"{self.growth:.1f} times as long as half of it"
        )


def slow(call: Callable[[str], object], attacks: Iterable[Attack], *, limit: int) -> Slow | None:
    """The first attack on which `call` is slow each time it is tried; None when there is none.

    limit: characters that `call` may be given; more are tried to see how the time grows.
    """
    screened = sorted(
        ((_seconds(call, each.of_length(min(limit, SCREEN_CHARACTERS))), each) for each in attacks),
        key=lambda timed: -timed[0],
    )
    for _, attack in screened[:WORST]:
        found = _found(call, attack, limit=limit)
        if found and all(_found(call, attack, limit=limit) for _ in range(TRIALS - 1)):
            return found
    return None


def _found(call: Callable[[str], object], attack: Attack, *, limit: int) -> Slow | None:
    at_limit = _least(call, attack.of_length(limit))
    if at_limit > SECONDS_AT_LIMIT and at_limit > SECONDS_AT_LIMIT * slowness():
        half = _least(call, attack.of_length(limit // 2))
        return Slow(attack, limit, at_limit, at_limit / max(half, 1e-9))
    length, now = limit, at_limit
    while now < FLOOR_SECONDS and length < LONGEST:
        length = min(2 * length, LONGEST)
        now = _least(call, attack.of_length(length))
    if now < FLOOR_SECONDS:
        return None
    growth = now / max(_least(call, attack.of_length(length // 2)), 1e-9)
    if growth < GROWTH:
        return None
    # A step, where a bound begins to apply or the allocator asks for pages, is no growth: it must
    # have lasted for a while.
    half, quarter = (_least(call, attack.of_length(length // by)) for by in (2, 4))
    before = half / max(quarter, 1e-9)
    return Slow(attack, length, now, growth) if before > GROWTH_BEFORE else None


def slowness() -> float:
    """How many times as long as on the machine of SECONDS_AT_LIMIT work takes now; at least 1."""
    return max(1.0, _least(YARDSTICK.findall, YARDSTICK_TEXT) / YARDSTICK_SECONDS)


def _least(call: Callable[[str], object], text: str) -> float:
    """Seconds of the fastest of a few runs: the others were disturbed."""
    first = _seconds(call, text)
    return (
        first if first > GIVE_UP_SECONDS / 2 else min(first, *(_seconds(call, text) for _ in "123"))
    )


def _seconds(call: Callable[[str], object], text: str) -> float:
    """Seconds of CPU; those after which it was stopped, if it was."""
    # The collector would walk all that the other tests left, and that is not the text's time.
    gc.disable()
    started = time.thread_time()
    try:
        with _bounded():
            call(text)
    except TooLong:
        return GIVE_UP_SECONDS
    except Exception:  # a refusal is an answer, too
        pass
    finally:
        seconds = time.thread_time() - started
        gc.enable()
    return seconds


@contextmanager
def _bounded() -> Iterator[None]:
    """Stop what takes too long: even a regular expression looks for signals."""
    before = signal.signal(signal.SIGALRM, _stop)
    signal.setitimer(signal.ITIMER_REAL, 2 * GIVE_UP_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _stop(_number: int, _frame: object) -> None:
    raise TooLong
