"""Asking for the sound of a turn's end: one service a process, on a thread of its own.

A decision takes as much of a core as some seconds of a call, so it is asked for in doubt only, and
never costs more than a share of one core: a request for which nothing is left, or that would wait
behind others, is refused, and the words decide alone. The share is smaller the more calls there
are, and half of what is saved up is kept for callers who have not asked just now.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from time import monotonic, thread_time
from typing import Final, Protocol

import structlog

from agents.engines.end_of_turn.smart_turn import SmartTurn

log = structlog.get_logger(__name__)

# Of one core, that decisions may take: with few calls one in each pause, and with so many no more
# than a tenth of what they take in all.
SHARE_OF_FEW: Final = 0.095
SHARE_OF_MANY: Final = 0.016
FEW: Final = 10  # calls, and fewer
# Calls, and more. With MANY at 100, decisions took two fifths of all work at forty calls.
MANY: Final = 50
AT_ONCE_SECONDS: Final = 0.4  # of work, after a quiet time
KEPT_FOR_OTHERS: Final = 0.5  # of that: a caller who stammers takes nothing from the rest
MOST_WAITING: Final = 2  # an answer that comes late helps nobody
FIRST_COST: Final = 0.04  # seconds of work, before any was measured
NEW_SHARE: Final = 0.2  # of the newest decision in what one costs

OnAnswer = Callable[[float | None], None]
_Decision = tuple[float | None, float]  # and the seconds of work that it took


class Model(Protocol):
    """What the service asks; see `SmartTurn.finished`."""

    def finished(self, audio: bytes) -> float: ...


class EndOfTurn:
    """The service. Made on the running event loop, and for its thread.

    The model is loaded meanwhile; until then, or if it cannot be, every request is refused.
    """

    def __init__(
        self,
        load: Callable[[], Model] = SmartTurn,
        *,
        clock: Callable[[], float] = monotonic,
        calls: Callable[[], int] = lambda: 0,
    ) -> None:
        """load: makes the model, on the service's thread. clock: seconds, for the share.

        calls: how many the process carries now.
        """
        self._model: Model | None = None
        self._clock = clock
        self._calls = calls
        self._loop = asyncio.get_running_loop()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="end-of-turn")
        self._cost = FIRST_COST
        self._left = AT_ONCE_SECONDS
        self._counted_at = clock()
        self._waiting = 0
        self._is_closed = False
        self._loading = self._loop.run_in_executor(self._thread, self._load, load)

    async def loaded(self) -> bool:
        """Wait until the model is loaded; False when it cannot be."""
        await asyncio.wait([self._loading])
        return self._model is not None

    def ask(self, audio: bytes, on_answer: OnAnswer, *, is_again: bool = False) -> bool:
        """Have `on_answer` called on the loop: how surely the turn is over (0 to 1), None if that
        went wrong. Returns whether it will be; not when too much was asked already.

        audio: as of `SmartTurn.finished`. is_again: for a caller who asked a moment ago.
        """
        now = self._clock()
        self._left = min(AT_ONCE_SECONDS, self._left + (now - self._counted_at) * self._share())
        self._counted_at = now
        kept = KEPT_FOR_OTHERS * AT_ONCE_SECONDS if is_again else 0.0
        is_busy = self._waiting >= MOST_WAITING or self._left < self._cost + kept
        if self._is_closed or self._model is None or is_busy:
            return False
        self._left -= self._cost
        self._waiting += 1
        decision = self._loop.run_in_executor(self._thread, self._decide, self._model, audio)
        decision.add_done_callback(partial(self._answer, on_answer))
        return True

    def _share(self) -> float:
        fullness = min(1.0, max(0.0, (self._calls() - FEW) / (MANY - FEW)))
        return SHARE_OF_FEW + fullness * (SHARE_OF_MANY - SHARE_OF_FEW)

    async def aclose(self) -> None:
        """Decide nothing more; who still waits gets no answer."""
        self._is_closed = True
        self._thread.shutdown(wait=False, cancel_futures=True)
        await asyncio.to_thread(self._thread.shutdown)  # until the one under way is done

    def _load(self, load: Callable[[], Model]) -> None:
        """On the service's thread. The first decision is slow, so no call is to pay for it.

        The broad except is the edge of the service: calls go well without it.
        """
        try:
            model = load()
        except Exception:
            log.exception("end_of_turn_missing")
        else:
            self._decide(model, b"")
            self._model = model

    def _decide(self, model: Model, audio: bytes) -> _Decision:
        """The answer of the model, None when it has none. On the service's thread.

        The broad except is the edge of one decision: the next one may go well.
        """
        began = thread_time()
        try:
            finished: float | None = model.finished(audio)
        except Exception:
            log.exception("end_of_turn_broke")
            finished = None
        return finished, thread_time() - began

    def _answer(self, on_answer: OnAnswer, decision: asyncio.Future[_Decision]) -> None:
        self._waiting -= 1
        if decision.cancelled():
            return
        finished, seconds = decision.result()
        self._cost += NEW_SHARE * (seconds - self._cost)
        on_answer(finished)
