"""Several processes at one database, in one thread's order: which one goes on is a choice, and each
may die behind any of its statements.

Actors take turns. One goes on until its next statement outside of a transaction, or the beginning
of one, and then another may be let go: as on SQLite, where one transaction is written after the
other. So a single connection serves them all, in a transaction that is rolled back when the run is
over, and savepoints stand for the transactions of the services.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from django.db import connection, connections, transaction

from testing.simulation.choices import Choices

LONGEST_WAIT: Final = 30.0  # seconds; a turn takes some milliseconds
_NO_WORK: Final = ("SAVEPOINT", "RELEASE", "ROLLBACK")


class Died(BaseException):
    """The process is gone. No service may catch it."""


class Actor:
    """One process: `work` in a thread of its own, which runs only when it has the turn."""

    def __init__(self, name: str, work: Callable[[], object], *, dies_at: int) -> None:
        """dies_at: behind which of its statements; 0 for never."""
        self.name = name
        self.is_dead = False
        self.is_done = False
        self.has_written = False  # since the last turn was given
        self.error: BaseException | None = None
        self._work = work
        self._dies_at = dies_at
        self._statements = 0
        self._turn = threading.Semaphore(0)
        self._back = threading.Semaphore(0)
        self._thread = threading.Thread(
            target=self._run, args=(connections["default"],), daemon=True
        )

    def goes_on(self) -> None:
        """Let it do what it does next. Raises what its services raise."""
        self.has_written = False
        if not self._thread.is_alive():
            self._thread.start()
        self._turn.release()
        if not self._back.acquire(timeout=LONGEST_WAIT):
            raise AssertionError(f"{self.name} stands still")
        if self.error is not None:
            raise self.error

    def pause(self) -> None:
        """Let others go first. On its own thread."""
        self._back.release()
        self._turn.acquire()
        if self.is_dead:
            raise Died

    def counts(self) -> None:
        """A statement is done. Raises Died behind the last one."""
        self._statements += 1
        if self._statements == self._dies_at:
            self.is_dead = True
            raise Died

    def end(self) -> None:
        """The run is over: leave the thread."""
        if self._thread.is_alive():
            self.is_dead = True
            self._turn.release()
            self._thread.join(LONGEST_WAIT)

    def _run(self, shared: Any) -> None:
        connections["default"] = shared
        _of_thread.actor = self
        self._turn.acquire()
        try:
            if not self.is_dead:
                self._work()
        except Died:
            shared.needs_rollback = False  # of a block without a savepoint of its own
        except BaseException as error:
            self.error = error
        finally:
            self.is_done = True
            self._back.release()


_of_thread = threading.local()


def take_turns(choices: Choices, actors: list[Actor], check: Callable[[], None]) -> None:
    """Let all of them finish or die; `check` comes after each turn in which something was written.

    Raises what either raises.
    """
    odds = (0.0, 0.1, 0.5, 1.0)[choices.pick(4)]
    with _shared(), connection.execute_wrapper(_statement):
        try:
            while left := [each for each in actors if not each.is_done]:
                actor = left[choices.pick(len(left), odds=odds)]
                actor.goes_on()
                if actor.has_written:
                    check()
        finally:
            for actor in actors:
                actor.end()


def current() -> Actor | None:
    """The process whose turn it is; None outside of all."""
    actor: Actor | None = getattr(_of_thread, "actor", None)
    return actor


def pause() -> None:
    """A moment at which another process may go first."""
    actor = current()
    if actor is not None:
        actor.pause()


@contextmanager
def run_of_its_own() -> Iterator[None]:
    """What is done in the block is undone behind it."""
    with transaction.atomic():
        try:
            yield
        finally:
            transaction.set_rollback(True)


@contextmanager
def _shared() -> Iterator[None]:
    shared: Any = connections["default"]
    shared.inc_thread_sharing()
    _depth.append(len(shared.savepoint_ids))
    try:
        yield
    finally:
        _depth.pop()
        shared.dec_thread_sharing()


_depth: list[int] = []  # of the savepoints around all actors


def _statement(run: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    actor: Actor | None = getattr(_of_thread, "actor", None)
    if actor is None:
        return run(sql, params, many, context)
    is_work = not sql.startswith(_NO_WORK)
    if actor.is_dead and (is_work or sql.startswith("SAVEPOINT")):
        raise Died
    is_outside = len(context["connection"].savepoint_ids) == _depth[-1]
    if is_outside and not sql.startswith(("RELEASE", "ROLLBACK")):
        actor.pause()
    result = run(sql, params, many, context)
    actor.has_written |= is_work and not sql.startswith("SELECT")
    if not actor.is_dead and (is_work or sql.startswith("RELEASE")):
        actor.counts()
    return result
