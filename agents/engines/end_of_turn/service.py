"""Runs the end-of-turn model: one service for each process, with a thread of its own.

A decision costs as much CPU time as some seconds of a call, so it is only requested in doubt, and
limited to a share of one core: a request beyond that, or that would have to wait, is refused, and
the words decide alone. The share shrinks with the number of calls, and half of the saved time is
reserved for callers without a recent request.
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

# The share of one core for decisions: with FEW calls enough for each pause, with MANY at most a
# twentieth of their total CPU time.
SHARE_OF_FEW: Final = 0.066
SHARE_OF_MANY: Final = 0.011
FEW: Final = 10  # calls, and fewer
# Calls, and more. With MANY at 100, decisions took two fifths of all work at forty calls.
MANY: Final = 50
AT_ONCE_SECONDS: Final = 0.28  # seconds of work that can be saved up
KEPT_FOR_OTHERS: Final = 0.5  # share reserved for callers without a recent request
MOST_WAITING: Final = 2  # later answers are useless
FIRST_COST: Final = 0.03  # seconds of a decision, before one was measured
NEW_SHARE: Final = 0.2  # weight of the latest decision in the estimate

OnAnswer = Callable[[float | None], None]
_Decision = tuple[float | None, float]  # and the seconds that it took


class Model(Protocol):
    """The model's interface; see `SmartTurn.finished`."""

    def finished(self, audio: bytes) -> float: ...


class EndOfTurn:
    """The service. Created within the running event loop, and for its thread.

    The model is loaded in the background; until then, or if that fails, all requests are refused.
    """

    def __init__(
        self,
        load: Callable[[], Model] = SmartTurn,
        *,
        clock: Callable[[], float] = monotonic,
        calls: Callable[[], int] = lambda: 0,
    ) -> None:
        """load: creates the model, on the service's thread. clock: seconds, for the share.

        calls: returns the number of live calls in the process.
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
        """Wait until the model is loaded; False if loading failed."""
        await asyncio.wait([self._loading])
        return self._model is not None

    def ask(self, audio: bytes, on_answer: OnAnswer, *, is_again: bool = False) -> bool:
        """Request a decision. `on_answer` is called on the loop with the probability (0 to 1) that
        the turn is over, None after an error. Returns False, without a call, if the request is
        refused.

        audio: as in `SmartTurn.finished`. is_again: for a caller with a recent request.
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
        """Stop the service; pending requests get no answer."""
        self._is_closed = True
        self._thread.shutdown(wait=False, cancel_futures=True)
        await asyncio.to_thread(self._thread.shutdown)  # wait for the running decision

    def _load(self, load: Callable[[], Model]) -> None:
        """Load the model and make a first, slow decision. On the service's thread.

        The broad except is the boundary of the service: calls work without it.
        """
        try:
            model = load()
        except Exception:
            log.exception("end_of_turn_missing")
        else:
            self._decide(model, b"")
            self._model = model

    def _decide(self, model: Model, audio: bytes) -> _Decision:
        """The model's decision, None after an error. On the service's thread.

        The broad except is the boundary of one decision.
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
