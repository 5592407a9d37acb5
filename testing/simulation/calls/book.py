"""The rows of one call, as services keep them, and the thread that writes them, as a task.

What decides there is here in few words: a row that is a replaced stream's changes nothing, the
first end counts, of usage the newest. The services themselves are tried by
`testing.simulation.accounts`.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from telephony.session.resuming.state import fitting
from testing.simulation.choices import Choices
from usage.models import Recording, Transfer
from usage.records.calls import LOST_CALL
from usage.records.recordings import SoFar
from voicex.reasons.ends import EndReason

# How long a transaction takes: as a rule, at once, and of a database that stumbles.
WRITES: Final = (0.005, 0.0, 0.3, 1.5)
OF_TRANSFERS: Final = {
    Transfer.Result.ANSWERED: EndReason.TRANSFERRED,
    Transfer.Result.ABANDONED: EndReason.TRANSFER_ABANDONED,
}
QUIET: Final = frozenset({"announce", "check_budget"})


@dataclass
class Dialed:
    """A transfer: to whom, and what became of it. results: a value of `Transfer.Result`, once."""

    target: str
    results: list[str] = field(default_factory=list)


@dataclass
class Kept:
    """The row of a recording."""

    name: str
    started_ms: int
    size_bytes: int = 0
    peaks: bytes = b""
    state: Recording.State = Recording.State.RUNNING

    @property
    def is_new(self) -> bool:
        """Whether nothing of its sound is known."""
        return self.state is Recording.State.RUNNING and not self.size_bytes


@dataclass
class Book:
    """The database, as far as it knows the call. writes: seconds that a transaction may take."""

    writes: tuple[float, ...] = WRITES
    generation: int = 0
    processes: int = 0  # that have carried the call
    ends: list[str] = field(default_factory=list)
    order: str = ""  # the end that a report noted
    state: bytes = b""
    saved_at: datetime | None = None
    used: dict[str, int] = field(default_factory=dict)
    is_left: bool = False
    takeovers: int = 0
    facts: tuple[int, bool] = (0, False)  # sequence, is it final
    finals: int = 0
    turns: dict[int, dict[str, Any]] = field(default_factory=dict)
    flight_records: list[bytes] = field(default_factory=list)
    messages: dict[str, int] = field(default_factory=dict)  # by key, how often it was stored
    unknown: list[str] = field(default_factory=list)
    transfers: list["Dialed"] = field(default_factory=list)
    is_transferring: bool = False
    recording: "Kept | None" = None

    @property
    def is_over(self) -> bool:
        """Whether the call has ended."""
        return bool(self.ends)

    def end(self, reason: str) -> None:
        """The first end counts."""
        if not self.ends:
            self.ends.append(reason)

    def write(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
        """Do what the service `name` does; why its call must not continue, "" for no reason."""
        generation = kwargs.get("generation")
        is_own = generation is None or generation == self.generation
        match name:
            case "save_turn":
                self.turns[kwargs["number"]] = kwargs
            case "save_usage":
                return self._usage(kwargs) if is_own else LOST_CALL
            case "save_state" if is_own and not self.is_over:
                self.state = fitting(kwargs["state"]())
                self.used, self.saved_at = dict(kwargs["used"]), kwargs["now"]
                self.is_left = False
            case "save_state":
                return "" if is_own else LOST_CALL
            case "finalize" if is_own:
                self.end(kwargs["reason"])
            case "save_flight_record":
                self.flight_records.append(args[1])
            case "leave" if is_own:
                self.is_left = True
            case "begin" if "consent" in kwargs:
                if self.recording is None or self.recording.is_new:
                    self.recording = Kept(kwargs["name"], kwargs["started_ms"])
            case "grow" | "finish" | "fail":
                self._record(name, kwargs)
            case "begin" if is_own and not self.is_over:
                self._put_through(args[1].target.name)
            case "finalize" | "leave" | "begin":
                pass
            case _ if name not in QUIET:
                self.unknown.append(name)
        return ""

    def _put_through(self, target: str) -> None:
        """A call that has to end is not put through."""
        if self.order:
            self.end(self.order)
            return
        self.transfers.append(Dialed(target))
        self.is_transferring = True
        self.state = b""

    def conclude(self, result: Transfer.Result) -> None:
        """The dialled line is over, and with it the call, if its caller is not to come back."""
        self.transfers[-1].results.append(result)
        self.is_transferring = False
        if reason := OF_TRANSFERS.get(result):
            self.end(reason)

    def so_far(self) -> SoFar | None:
        """What is written down of a recording that is still running."""
        kept = self.recording
        if kept is None or kept.state is not Recording.State.RUNNING:
            return None
        return SoFar(kept.name, kept.started_ms, kept.size_bytes, kept.peaks)

    def _record(self, name: str, kwargs: dict[str, Any]) -> None:
        kept, states = self.recording, Recording.State
        if kept is None:
            self.unknown.append(f"{name} of a recording that has not begun")
        elif kept.state is not states.RUNNING:
            return
        elif name == "grow":
            kept.size_bytes, kept.peaks = kwargs["size_bytes"], kwargs["peaks"]
        else:
            is_whole = name == "finish" and kept.size_bytes > 0
            kept.state = states.STORED if is_whole else states.FAILED

    def _usage(self, kwargs: dict[str, Any]) -> str:
        found = kwargs["sequence"], kwargs["is_final"]
        self.finals += kwargs["is_final"]
        if found > self.facts:
            self.facts = found
            self.used = {name: max(self.used.get(name, 0), kwargs[name]) for name in self.used}
        return self.order or (self.ends[0] if self.ends else "")


class Recorder:
    """`telephony.process.record_writer.RecordWriter`, of one process: in order, and later."""

    def __init__(
        self, book: Book, choices: Choices, *, generation: int, leave: Callable[[str], None]
    ) -> None:
        """leave: has the process leave the call for a reason."""
        self.is_dead = False
        self._book, self._choices = book, choices
        self._generation, self._leave = generation, leave
        self._jobs: OrderedDict[Any, Callable[[], None]] = OrderedDict()
        self._has_jobs = asyncio.Event()

    def submit(self, service: Any, /, *args: Any, **kwargs: Any) -> bool:
        """Write it later."""
        self.submit_newest(object(), service, *args, **kwargs)
        return True

    submit_apart = submit

    def submit_newest(self, of: Any, service: Any, /, *args: Any, **kwargs: Any) -> None:
        """Write it later, in place of what waits for the same record."""
        self._jobs.pop(of, None)
        self.submit_in_place(of, service, *args, **kwargs)

    def submit_in_place(self, of: Any, service: Any, /, *args: Any, **kwargs: Any) -> None:
        """Write it later, where that waits which it replaces."""
        is_own = self._generation == self._book.generation
        self._put(of, lambda: self._write(service, args, kwargs, is_own=is_own))

    async def written(self, *, seconds: float) -> bool:
        """Wait until all so far is written; False after `seconds`."""
        done = asyncio.Event()
        self._put(object(), done.set)
        try:
            async with asyncio.timeout(seconds):
                await done.wait()
        except TimeoutError:
            return False
        return True

    async def work(self) -> None:
        """Write, until cancelled."""
        writes = self._book.writes
        while True:
            while self._jobs:
                await asyncio.sleep(writes[self._choices.pick(len(writes), odds=0.1)])
                _, job = self._jobs.popitem(last=False)
                job()
            self._has_jobs.clear()
            await self._has_jobs.wait()

    @property
    def is_idle(self) -> bool:
        """Whether all is written."""
        return not self._jobs

    def _put(self, of: Any, job: Callable[[], None]) -> None:
        if not self.is_dead:
            self._jobs[of] = job
            self._has_jobs.set()

    def _write(
        self, service: Any, args: tuple[Any, ...], kwargs: dict[str, Any], *, is_own: bool
    ) -> None:
        """is_own: the call was this process's when it handed the record over."""
        if service.__name__ == "_begin":  # of the recordings, and nothing that is written
            service(*args)
            return
        # `OwnersRecorder` looks first, for which it wraps the service.
        is_asked = hasattr(service, "__wrapped__")
        if is_asked and self._generation != self._book.generation:
            return
        if service.__name__ == "save_turn" and not is_asked and not is_own:
            self._book.unknown.append("a turn of a stream that was replaced")
        if reason := self._book.write(service.__name__, args, kwargs):
            self._leave(reason)
