"""An event loop for one run: virtual time, steps in a chosen order, processes that die.

Handles that are ready stand in lanes, one a task, and one for all other callbacks, each in order.
Which lane goes first is a choice; 0 is asyncio's own order. When nothing is ready the clock jumps
to the next timer.

Several processes share the loop. A task belongs to the process in whose context it was begun.
"""

import asyncio
import heapq
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar, copy_context
from datetime import UTC, datetime, timedelta
from importlib import import_module
from itertools import count
from typing import Any, Final, TypeVar

from django.utils import timezone

from testing.simulation.choices import Choices

Result = TypeVar("Result")
NOBODY: Final = ""  # the world outside of all processes
process_now: ContextVar[str] = ContextVar("process_now", default=NOBODY)
BEGAN_AT: Final = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
MOST_STEPS: Final = 200_000
# Modules of a call that read the clock themselves.
CLOCKS: Final = (
    "agents.engines.cascade.model_requests",
    "agents.engines.cascade.speaking",
    "agents.engines.cascade.transcriber",
    "telephony.calls.driver",
    "telephony.calls.live_hub",
    "telephony.calls.resuming.bookkeeper",
    "telephony.calls.resuming.owners_recorder",
    "telephony.process.recordings.audio_upload",
)


class Stuck(AssertionError):
    """Nothing is ready and nothing is due, or there is no end of it."""


class _Handle(asyncio.Handle):
    """A cheaper handle: a call has some thousand of them."""

    __slots__ = ()

    def __init__(self, callback: Any, args: Any, loop: Any, context: Any = None) -> None:
        self._context = copy_context() if context is None else context
        self._loop, self._callback, self._args = loop, callback, args
        self._cancelled, self._repr, self._source_traceback = False, None, None


class _Timer(asyncio.TimerHandle):
    """As `_Handle`, for later."""

    __slots__ = ()

    def __init__(self, when: float, callback: Any, args: Any, loop: Any, context: Any) -> None:
        self._context = copy_context() if context is None else context
        self._loop, self._callback, self._args = loop, callback, args
        self._cancelled, self._repr, self._source_traceback = False, None, None
        self._when, self._scheduled = when, True


class NumberedTask(asyncio.Task[Any]):
    """A task whose place in a set does not depend on its address."""

    _log_destroy_pending: bool  # asyncio's own

    def __init__(self, *args: Any, number: int, **kwargs: Any) -> None:
        self._number = number
        super().__init__(*args, **kwargs)

    def __hash__(self) -> int:
        return self._number

    def __eq__(self, other: object) -> bool:
        return self is other


class SimulatedLoop(asyncio.SelectorEventLoop):
    """See the module. after_step: called with the process and the number of its step so far."""

    _ready: Any  # asyncio's own: the queue of handles

    def __init__(self, choices: Choices, *, odds: float = 1.0) -> None:
        """odds: how likely a step is taken out of order."""
        super().__init__()
        self.choices, self.odds = choices, odds
        self.after_step: Callable[[str, int], None] = lambda _process, _number: None
        self.steps: Counter[str] = Counter()
        self.errors: list[dict[str, Any]] = []
        self.tasks_of: dict[str, list[NumberedTask]] = {}
        self._now = 0.0
        self._dead: set[str] = set()
        self._frozen: dict[str, list[asyncio.Handle]] = {}
        # In the order in which they are due; of those that are due at once in that of their making.
        self._timers: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._numbers, self._timer_numbers = count(1), count(1)
        self._left = MOST_STEPS
        self.set_task_factory(self._make)
        self.set_exception_handler(lambda _, context: self.errors.append(context))

    def time(self) -> float:
        """Seconds since the run began."""
        return self._now

    def call_soon_threadsafe(  # type: ignore[override]  # as below
        self, *args: Any, **kwargs: Any
    ) -> asyncio.Handle:
        """A thread runs only when it has its turn."""
        return self.call_soon(*args, **kwargs)

    def call_soon(  # type: ignore[override]  # asyncio's binds the types of the arguments
        self, callback: Any, *args: Any, context: Any = None
    ) -> asyncio.Handle:
        """As asyncio's, for one thread."""
        handle = _Handle(callback, args, self, context)
        self._ready.append(handle)
        return handle

    def call_at(  # type: ignore[override]  # as above
        self, when: float, callback: Any, *args: Any, context: Any = None
    ) -> asyncio.TimerHandle:
        """As asyncio's."""
        timer = _Timer(when, callback, args, self, context)
        heapq.heappush(self._timers, (when, next(self._timer_numbers), timer))
        return timer

    def run_in_executor(self, *args: Any) -> Any:  # type: ignore[override]  # for none of them
        """Nothing may depend on a thread. Raises AssertionError."""
        raise AssertionError(f"A thread was asked for: {args}")

    # --- processes ------------------------------------------------------------------------------

    def kill(self, process: str) -> None:
        """No step of it is done any more."""
        self._dead.add(process)
        self._frozen.pop(process, None)

    def freeze(self, process: str, seconds: float) -> None:
        """Its steps are done later, in order."""
        if process not in self._dead and process not in self._frozen:
            self._frozen[process] = []
            self.call_later(seconds, self._thaw, process)

    def _thaw(self, process: str) -> None:
        self._ready.extend(self._frozen.pop(process, ()))

    def close_dead(self) -> None:
        """Forget the tasks of killed processes, before anybody complains of them."""
        for process in self._dead:
            for task in self.tasks_of.get(process, ()):
                if not task.done():
                    task._log_destroy_pending = False
                    with suppress(RuntimeError):  # one that awaits in a finally block
                        task.get_coro().close()

    def _make(self, loop: Any, coro: Any, **options: Any) -> "asyncio.Task[Any]":
        task = NumberedTask(coro, loop=loop, number=next(self._numbers), **options)
        context = options.get("context")
        process = context.get(process_now, NOBODY) if context else process_now.get()
        self.tasks_of.setdefault(process, []).append(task)
        return task

    # --- steps ----------------------------------------------------------------------------------

    def _run_once(self) -> None:
        ready, timers = self._ready, self._timers
        if not ready:
            self._advance()
        while timers and timers[0][0] <= self._now:
            ready.append(heapq.heappop(timers)[2])
        handle: Any = ready.popleft() if len(ready) == 1 else self._next()
        if handle is None or handle._cancelled:
            return
        process = handle._context.get(process_now, NOBODY)
        if process:
            if process in self._dead:
                return
            if process in self._frozen:
                self._frozen[process].append(handle)
                return
        handle._run()
        if process and _lane(handle) is not None:
            self.steps[process] += 1
            self.after_step(process, self.steps[process])
        self._left -= 1
        if not self._left:
            raise Stuck(f"{MOST_STEPS} steps, and no end")

    def _advance(self) -> None:
        timers = self._timers
        while timers and timers[0][2]._cancelled:
            heapq.heappop(timers)
        if timers:
            self._now = max(self._now, timers[0][0])
        elif not self._stopping:  # type: ignore[attr-defined]
            raise Stuck("Nothing is ready, and nothing is due.")

    def _next(self) -> asyncio.Handle | None:
        """The handle that goes first, of several."""
        ready = self._ready
        first: dict[Any, int] = {}
        for at, handle in enumerate(ready):
            if not handle._cancelled:
                first.setdefault(_lane(handle), at)
        if not first:
            ready.clear()
            return None
        places = list(first.values())
        at = places[self.choices.pick(len(places), odds=self.odds)]
        chosen: asyncio.Handle = ready[at]
        del ready[at]
        return chosen


def _lane(handle: asyncio.Handle) -> Any:
    owner = getattr(handle._callback, "__self__", None)  # type: ignore[attr-defined]
    return owner if type(owner) is NumberedTask else None


def begin(process: str, work: Coroutine[Any, Any, Any], *, name: str) -> "asyncio.Task[Any]":
    """A task of the process."""
    context = copy_context()
    context.run(process_now.set, process)
    return asyncio.get_running_loop().create_task(work, name=name, context=context)


def run(loop: SimulatedLoop, work: Coroutine[Any, Any, Result]) -> Result:
    """`work` to its end; the clocks of a call are the loop's meanwhile. Raises what it raises, and
    Stuck."""
    with _clocks(loop):
        task = loop.create_task(work, name="world")
        try:
            return loop.run_until_complete(task)
        finally:
            loop.close_dead()
            loop.close()


@contextmanager
def _clocks(loop: SimulatedLoop) -> Iterator[None]:
    def now() -> datetime:
        return BEGAN_AT + timedelta(seconds=loop.time())

    modules = [import_module(each) for each in CLOCKS]
    before = [(module, "monotonic", vars(module)["monotonic"]) for module in modules]
    before.append((timezone, "now", timezone.now))
    for module in modules:
        setattr(module, "monotonic", loop.time)  # noqa: B010  mypy knows no such name of a module
    timezone.now = now
    try:
        yield
    finally:
        for module, name, value in before:
            setattr(module, name, value)
