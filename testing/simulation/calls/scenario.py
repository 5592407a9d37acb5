"""A whole call with one fault at any step, and what must hold when it is over.

The first two choices are the fault and the step at which it comes, so that all steps of a call can
be gone through; the third is how restless the loop is.
"""

import asyncio
import random
import re
from collections import Counter, OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from django.utils import timezone

from agents.engines.health import engine_health
from telephony.calls.resuming.resumed import ResumedCall
from telephony.process.recent_calls import recent_calls
from testing.simulation.calls.book import Book
from testing.simulation.calls.caller import Caller, CarriedStream
from testing.simulation.calls.process import Process, resumed_of
from testing.simulation.calls.providers import MS_A_CHARACTER, Providers
from testing.simulation.choices import Choices
from testing.simulation.loop import SimulatedLoop, run
from usage.records.calls import LOST_CALL
from usage.takeover.takeovers import MOST_TAKEOVERS

NOTHING, CANCEL, KILL, FREEZE, LINE, MOVE = FAULTS = (
    "nothing", "cancel", "kill", "freeze", "line", "move",
)  # fmt: skip
MOST_STEPS: Final = 400  # of most calls
RESTLESS: Final = (0.0, 0.03, 0.2, 1.0)
ASKS_AFTER: Final = (0.05, 0.0, 0.5, 4.0)  # seconds, the carrier
FROZEN: Final = (5.0, 0.5, 2.0, 20.0)
LATE_MS: Final = 200  # heard until a clear arrives, of each turn that is interrupted
# Of a reply that a call is left in, between two sentences: that is noticed up to 250 ms after the
# first has ended, and by marks that come back up to 64 ms late. What is not known to be heard whole
# is said again; a sentence of these providers may be shorter than that.
AGAIN_MS: Final = 314
_GLUED: Final = re.compile(r"[a-z][.!?][A-Z]")
ENDS_IN: Final = 90.0  # seconds
OF_ITSELF: Final = frozenset(
    {"stop", "socket_closed", "agent_hung_up", "engine_failed", "caller_silent"}
)
OF_FAULTS: Final = OF_ITSELF | {"internal_error", "stale", "stream_lost", "media_lost"}


class World:
    """The call, its caller and its processes, one after the other."""

    ends: frozenset[str] = frozenset()  # beside those of a call in which nothing is done
    kept: frozenset[str] = frozenset()  # sentences over which nobody takes the floor

    def __init__(self, choices: Choices) -> None:
        self.choices = choices
        self.fault = FAULTS[choices.pick(len(FAULTS))]
        self.at = choices.pick(MOST_STEPS)
        self.loop = SimulatedLoop(choices, odds=RESTLESS[choices.pick(len(RESTLESS))])
        self.loop.after_step = self._after_step
        self.has_failed = False  # the fault has come
        self.book = Book()
        self.processes: list[Process] = []
        self.dead: list[Process] = []
        self._steps = 0

    def _after_step(self, _process: str, _number: int) -> None:
        self._steps += 1
        if self._steps == self.at + 1 and self.fault != NOTHING and not self.has_failed:
            self.has_failed = True
            self._fail(self.processes[-1])

    def _fail(self, process: Process) -> None:
        match self.fault:
            case "cancel":
                process.task.cancel()
            case "kill":
                process.dies(self.loop)
                self.dead.append(process)
            case "freeze":
                self.loop.freeze(process.name, FROZEN[self.choices.pick(len(FROZEN))])
                if self.choices.pick(2):
                    process.stream.loses_line()
            case "line":
                process.stream.loses_line()
                self.loop.call_later(
                    FROZEN[self.choices.pick(len(FROZEN))], process.stream.disconnects
                )
            case _:
                process.move()

    async def live(self) -> None:
        """The call, from its first stream to its last record."""
        self.providers, self.caller = self._made(self.choices)
        await self._stream(None)
        while not self.book.is_over and not self.caller.has_hung_up:
            await asyncio.sleep(ASKS_AFTER[self.choices.pick(len(ASKS_AFTER))])
            if not await self._continues():
                break
        for process in self.processes:
            ends_at = self.loop.time() + ENDS_IN
            while process not in self.dead and not process.task.done():
                assert self.loop.time() < ends_at, "a call that never ends"
                await asyncio.sleep(0.1)
            if process not in self.dead:
                await process.close()
        self._sweep()

    def _made(self, choices: Choices) -> tuple[Providers, Caller]:
        return Providers(choices), Caller(choices)

    async def _continues(self) -> bool:
        """Continue the call when its stream is over, to the end of the next one."""
        if not self._is_taken_over():
            return False
        lost_at = timezone.now()
        await asyncio.sleep(ASKS_AFTER[self.choices.pick(len(ASKS_AFTER))])
        await self._stream(lost_at)
        return True

    def _sweep(self) -> None:
        """End calls that are still open."""
        if not self.book.is_over:
            assert self.has_failed, "a call that nobody ended"
            self.book.end("stale")

    async def _stream(self, lost_at: Any) -> None:
        """One stream of the call, until it is over."""
        resumed = resumed_of(self.book, lost_at) if lost_at else None
        self.book.is_left = False
        stream: CarriedStream = self.caller.line()
        process = self._process(stream, resumed)
        self.processes.append(process)
        process.task.add_done_callback(lambda _: stream.loses_line())
        await self.caller.talk(stream)

    def _process(self, stream: CarriedStream, resumed: ResumedCall | None) -> Process:
        return Process(self.book, self.providers, stream, self.choices, resumed=resumed)

    def _is_taken_over(self) -> bool:
        """Whether another process is to continue the call, as the carrier asks."""
        book = self.book
        if book.is_over or book.order or not book.state:
            return False
        if book.takeovers >= MOST_TAKEOVERS:
            book.end("stream_lost")
            return False
        former = self.processes[-1]
        book.generation += 1
        book.takeovers += not book.is_left
        if former not in self.dead:
            former.leave(LOST_CALL)
        return True

    # --- afterwards -----------------------------------------------------------------------------

    def check(self) -> str:
        """What the call came to. Raises AssertionError for what must not be."""
        book = self.book
        living = [each for each in self.processes if each not in self.dead]
        assert self.loop.errors == [], self.loop.errors
        for process in living:
            left = [task for task in self.loop.tasks_of[process.name] if not task.done()]
            assert left == [], "tasks are left"
            assert process.voice_activity.open == set(), "somebody is still listened to"
            assert process.recorder.is_idle, "records are left"
            assert len(process.stream.close_codes) <= 1, "closed twice"
            if not process.task.cancelled():
                assert process.task.exception() is None
        assert len(book.ends) == 1
        assert book.ends[0] in self.ends | (OF_FAULTS if self.has_failed else OF_ITSELF), book.ends
        assert book.unknown == [], "records that may not be"
        self._check_records()
        self._check_words()
        self._check_line()
        return f"{self.fault if self.has_failed else NOTHING}: {book.ends[0]}"

    def _check_records(self) -> None:
        book = self.book
        assert book.finals <= len(self.processes), "too many last records of usage"
        assert len(book.flight_records) <= len(self.processes), "too many flight records"
        if not self.has_failed and not book.takeovers:  # which a slow database has, too
            assert (book.finals, len(book.flight_records)) == (len(self.processes), 1)
        assert sorted(book.turns) == list(range(1, len(book.turns) + 1)), "turns are missing"
        for turn in book.turns.values():
            is_heard = turn["role"] == "tool" or turn["text"].startswith(turn["heard_text"])
            assert is_heard, "heard what was not said"
            assert not _GLUED.search(turn["text"]), "sentences without a blank between them"
        assert len(book.messages) <= self.providers.messages_wanted, "a message was taken twice"
        if len(self.processes) == 1:  # another one stores it again under its key
            assert set(book.messages.values()) <= {1}, "a message was stored twice"

    def _check_line(self) -> None:
        """Whoever takes the floor is not spoken over: what waits at the carrier is taken back."""
        turns = self.book.turns.values()
        # Over what comes last the caller may have hung up. That may have begun before their words
        # were known: a sign of life, which is numbered before them and said until later.
        of_caller = [turn for turn in turns if turn["role"] == "caller"]
        last = max((turn["number"] for turn in of_caller), default=0)
        until = max((turn["ended_ms"] for turn in of_caller), default=0)
        said = [
            turn
            for turn in turns
            if turn["role"] == "agent"
            and turn["number"] < last
            and turn["ended_ms"] < until
            and not any(each.startswith(turn["text"].strip() or " ") for each in self.kept)
        ]
        # Of what was heard to its end nothing waits, though its tool still ran.
        interrupted = sum(
            turn["interrupted"] and turn["heard_text"].strip() != turn["text"].strip()
            for turn in said
        )
        clears = sum(stream.clears for stream in self.caller.streams)
        assert self.has_failed or clears >= interrupted, "interrupted, and spoken on"

    def _check_words(self) -> None:
        known = set(self.providers.words)
        heard = Counter(word for word in self.caller.words() if word in known)
        cut = " ".join(self.providers.broken_off).lower()
        twice = [word for word, times in heard.items() if times > 1 and word not in cut]
        if len(self.processes) == 1 or (self.fault == MOVE and not self.book.takeovers):
            again_ms = AGAIN_MS if len(self.processes) > 1 else 0
            assert _lasting_ms(twice) <= again_ms, "said twice"
            if not all(each.recorder.is_idle for each in self.dead):
                return  # what waited for a slow database has died with its process
            written = {
                word.lower()
                for turn in self.book.turns.values()
                for word in turn["text"].replace(".", " ").split()
            }
            lost = [word for word in heard if word not in written and word not in cut]
            assert _lasting_ms(lost) <= again_ms, "heard, and not in the transcript"
            turns = [turn for turn in self.book.turns.values() if turn["role"] == "agent"]
            noted = " ".join(turn["heard_text"] for turn in turns).lower()
            if self.dead and turns:  # of what it was saying, nobody notes how much was heard
                noted += " " + max(turns, key=lambda turn: turn["number"])["text"].lower()
            more = [word for word in heard if word not in noted and word not in cut]
            late_ms = LATE_MS * sum(turn["interrupted"] for turn in turns)
            late_ms += AGAIN_MS if self.has_failed and self.fault == MOVE else 0
            assert _lasting_ms(more) <= late_ms, "heard more than the agent knows"


def _lasting_ms(words: list[str]) -> int:
    """How long they are heard, each with the blank behind it."""
    return sum(len(word) + 1 for word in words) * MS_A_CHARACTER


def run_call(choices: Choices) -> str:
    """One call. Gives what it came to; raises what is wrong with it."""
    return _run(choices).check()


def recorded_call(choices: Choices) -> tuple[str, list[bytes]]:
    """What one call came to, and its flight records. Raises what is wrong with it."""
    world = _run(choices)
    return world.check(), world.book.flight_records


def steps_of_a_call(fault: str) -> int:
    """How many steps a call has in which nothing happens but `fault`, at its very end."""
    world = _run(Choices([FAULTS.index(fault), MOST_STEPS - 1]))
    return sum(world.loop.steps.values())


def _run(choices: Choices) -> World:
    world = World(choices)
    lived(world)
    return world


def lived(world: World) -> None:
    """Let the call be, to its end."""
    with _memory():
        run(world.loop, world.live())


@contextmanager
def _memory() -> Iterator[None]:
    """What a process remembers of providers and calls is that of this run."""
    before = engine_health._parts, recent_calls._calls, random.random
    engine_health._parts, recent_calls._calls = {}, OrderedDict()
    random.random = random.Random(0).random  # nosec B311
    try:
        yield
    finally:
        engine_health._parts, recent_calls._calls, random.random = before
