"""Processes that do what they are told, at the same time, and stand still or die meanwhile.

They are forked, so they need no start, and have connections of their own. POSIX alone.
"""

import os
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from random import Random
from time import monotonic, monotonic_ns
from typing import Any, Final

from testing.guard import GUARD_SECONDS
from testing.linear.histories import Operation

Order = tuple[str, tuple[Any, ...]]  # the name of an act, and what it is about
Acts = Mapping[str, Callable[..., Any]]
FAULTS: Final = ("nothing", "nothing", "freeze", "kill")
WITHIN_SECONDS: Final = 0.03  # of a round: a fault comes
FROZEN_SECONDS: Final = 0.03


class Worker:
    """One process. number: how histories name it."""

    def __init__(self, number: int, acts: Acts, begin: Callable[[], object]) -> None:
        """begin: called in the process before all else. acts: what it can be told to do."""
        self.number = number
        forked = get_context("fork")
        self.orders, theirs = forked.Pipe()
        self._process = forked.Process(
            target=_serve, args=(theirs, self.orders, acts, begin), daemon=True
        )
        self._process.start()
        theirs.close()

    def stands_still(self) -> None:
        """Until `goes_on`."""
        self._signal(signal.SIGSTOP)

    def goes_on(self) -> None:
        """As if nothing had been."""
        self._signal(signal.SIGCONT)

    def dies(self) -> None:
        """At once, in the middle of what it does; what it has told can still be read."""
        self._process.kill()
        self._process.join(GUARD_SECONDS)

    def closes(self) -> None:
        """Nobody reads any more what it has told."""
        self.orders.close()

    def _signal(self, number: signal.Signals) -> None:
        if self._process.pid is not None and self._process.is_alive():
            os.kill(self._process.pid, number)


def _serve(
    orders: Connection, other_end: Connection, acts: Acts, begin: Callable[[], object]
) -> None:
    """In the process: do what comes. It ends with the pipe, and leaves nothing to be tidied up."""
    other_end.close()
    begin()
    with suppress(EOFError, OSError):
        while True:
            for name, about in orders.recv():
                orders.send((name, about, monotonic_ns()))
                answer = acts[name](*about)
                orders.send((monotonic_ns(), answer))
            orders.send(None)
    os._exit(0)


class Pair:
    """Two workers, replaced when they die. Use as a context."""

    def __init__(self, acts: Acts, begin: Callable[[], object], *, seed: str) -> None:
        self._acts, self._begin = acts, begin
        self._random = Random(seed)  # nosec B311
        self.faults = dict.fromkeys(FAULTS, 0)

    def __enter__(self) -> "Pair":
        self._workers = [Worker(number, self._acts, self._begin) for number in range(2)]
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            worker.dies()
            worker.closes()

    def round(self, scripts: Sequence[Sequence[Order]]) -> list[Operation]:
        """What came of it when both did their scripts at the same time, one of them perhaps struck
        by a fault. Raises AssertionError when one neither answers nor dies.
        """
        fault = self._random.choice(FAULTS)
        struck = self._random.choice(self._workers)
        strikes_at = monotonic() + self._random.random() * WITHIN_SECONDS
        self.faults[fault] += 1
        asked: dict[int, Any] = {}
        history: list[Operation] = []
        for worker, script in zip(self._workers, scripts, strict=True):
            worker.orders.send(list(script))
        busy = {worker.orders: worker for worker in self._workers}
        ends_at = monotonic() + GUARD_SECONDS
        thaws_at = 0.0
        while busy:
            assert monotonic() < ends_at, f"no answer: {asked}"
            if thaws_at and monotonic() >= thaws_at:
                struck.goes_on()
                thaws_at = 0.0
            if fault != "nothing" and monotonic() >= strikes_at and struck.orders in busy:
                if fault == "kill":
                    del busy[struck.orders]
                    struck.dies()
                    history += _told(struck, asked)
                    struck.closes()
                else:
                    struck.stands_still()
                    thaws_at = monotonic() + FROZEN_SECONDS
                fault = "nothing"
            for ready in wait(list(busy), timeout=0.002):
                if _take(busy[ready], asked, history):  # type: ignore[index]  # ours are all alike
                    del busy[ready]  # type: ignore[arg-type]
        if thaws_at:
            struck.goes_on()
        history += [_never_answered(number, each) for number, each in asked.items()]
        self._workers = [self._living(worker) for worker in self._workers]
        return history

    def _living(self, worker: Worker) -> Worker:
        is_there = not worker.orders.closed
        return worker if is_there else Worker(worker.number, self._acts, self._begin)


def _take(worker: Worker, asked: dict[int, Any], history: list[Operation]) -> bool:
    """Take one message; whether it was the last one of the round."""
    message = worker.orders.recv()
    if message is None:
        return True
    if len(message) == 3:
        asked[worker.number] = message
    else:
        name, about, began_ns = asked.pop(worker.number)
        history.append(Operation(worker.number, name, about, began_ns, *message))
    return False


def _told(worker: Worker, asked: dict[int, Any]) -> list[Operation]:
    """What it had said when it died; the last message may be in part."""
    history: list[Operation] = []
    with suppress(EOFError, OSError):
        while worker.orders.poll() and not _take(worker, asked, history):
            pass
    return history


def _never_answered(number: int, message: Any) -> Operation:
    name, about, began_ns = message
    return Operation(number, name, about, began_ns)
