"""Calls in which something is done outside: servers are asked, callers put through, sound is kept.

As `scenario`, with its faults, and with what must hold beyond: nothing is booked twice, a transfer
comes to one end, and of the sound that is kept nothing is twice, and no more is lost than is said.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final
from unittest import mock

from django.db import transaction

from agents.settings.groups import RecordingMode
from telephony.calls.resuming.resumed import ResumedCall
from telephony.calls.streams.earlier import FIRST, Earlier, config_of, earlier_from, earlier_in
from telephony.spoken.languages import phrases_for
from testing.simulation.calls import outside
from testing.simulation.calls.book import WRITES
from testing.simulation.calls.caller import CarriedStream
from testing.simulation.calls.kept_sound import check_sound
from testing.simulation.calls.outside import BusyProviders, NumberedCaller, Server
from testing.simulation.calls.process import CALL_ID, Process
from testing.simulation.calls.scenario import ASKS_AFTER, FAULTS, MOST_STEPS, World, lived
from testing.simulation.calls.storing import Storage, StoringThread, stand
from testing.simulation.choices import Choices
from usage.models import Transfer, Turn, UsageFact
from usage.records import recordings
from usage.takeover import states
from voicex.reasons.ends import EndReason

MODES: Final = (RecordingMode.ANNOUNCED, RecordingMode.OFF)
RINGS: Final = (2.0, 0.3, 8.0)  # seconds
AWAY: Final = 8.0  # seconds, a database
DIALED: Final = Transfer.Result
RESULTS: Final = (DIALED.ANSWERED, DIALED.NO_ANSWER, DIALED.DECLINED, DIALED.ABANDONED)


class Errands(World):
    """The call, and what its agent does outside."""

    providers: BusyProviders
    caller: NumberedCaller
    ends = frozenset(
        {EndReason.TRANSFERRED, EndReason.TRANSFER_ABANDONED, EndReason.TRANSFER_FAILED}
    )
    kept = frozenset({outside.NOTICE, phrases_for("en").putting_through})

    def __init__(self, choices: Choices) -> None:
        super().__init__(choices)
        mode, hours = MODES[choices.pick(2, odds=0.5)], outside.HOURS[choices.pick(2, odds=0.4)]
        self.agent = outside.agent(mode, hours)
        self.server, self.storage = Server(choices), Storage(choices)
        self.book.writes = (*WRITES, AWAY) if choices.happens(0.2) else WRITES
        # So many steps behind the fault the process that carries the call is killed.
        self.again = choices.pick(MOST_STEPS, odds=0.3) if self.fault != FAULTS[0] else 0

    def _after_step(self, process: str, number: int) -> None:
        super()._after_step(process, number)
        if self.again and self._steps == self.at + 1 + self.again:
            last = self.processes[-1]
            if last not in self.dead:
                last.dies(self.loop)
                self.dead.append(last)

    def _made(self, choices: Choices) -> tuple[BusyProviders, NumberedCaller]:
        return BusyProviders(choices), NumberedCaller(choices)

    def _process(self, stream: CarriedStream, resumed: ResumedCall | None) -> Process:
        earlier = self._earlier(resumed)
        setup = replace(self.agent, config=config_of(self.agent.config, earlier))
        return Process(
            self.book,
            self.providers,
            stream,
            self.choices,
            resumed=resumed,
            setup=setup,
            earlier=earlier,
            storing=StoringThread(self.choices, is_slow=self.storage.is_slow),
        )

    def _earlier(self, resumed: ResumedCall | None) -> Earlier:
        if resumed is not None:
            return earlier_in(resumed.state)
        book = self.book
        if not book.transfers:
            return FIRST
        turns = [Turn(call_id=CALL_ID, **turn) for turn in book.turns.values()]
        transfers = [
            Transfer(target=each.target, result=each.results[0]) for each in book.transfers
        ]
        fact = UsageFact(call_id=CALL_ID, sequence=book.facts[0], **book.used)
        return earlier_from(turns, transfers, fact)

    async def _continues(self) -> bool:
        if not self.book.is_transferring:
            return await super()._continues()
        choices, book = self.choices, self.book
        if self.caller.last_line is None:  # a recording ends there
            self.caller.last_line = len(self.caller.streams)
        await asyncio.sleep(RINGS[choices.pick(len(RINGS))])
        book.conclude(RESULTS[choices.pick(len(RESULTS))])
        if not book.is_over and choices.happens(0.1):  # for want of a line
            book.end(EndReason.TRANSFER_FAILED)
        if book.is_over:
            return False
        await asyncio.sleep(ASKS_AFTER[choices.pick(len(ASKS_AFTER))])
        await self._stream(None)
        return True

    def _sweep(self) -> None:
        if self.book.is_transferring:  # the caller hung up before the line was dialled
            self.book.conclude(DIALED.ABANDONED)
        super()._sweep()

    def _check_line(self) -> None:
        """What stops behind an announcement may have left nothing to take back."""
        if self.agent.config.recording.mode is RecordingMode.OFF:
            super()._check_line()

    # --- afterwards -----------------------------------------------------------------------------

    def check(self) -> str:
        """As of a call, and of what was done outside."""
        outcome = super().check()
        book, server = self.book, self.server
        assert set(server.booked.values()) <= {1}, "booked twice"
        assert set(server.keys.values()) <= {1}, "a request came twice"
        assert len(book.transfers) <= self.providers.transfers_wanted, "put through twice"
        results = [each.results for each in book.transfers]
        assert all(len(each) == 1 for each in results), "a transfer without one end"
        answered = results.count([DIALED.ANSWERED])
        assert answered == (book.ends == [EndReason.TRANSFERRED]), "not with whom they were put to"
        if self.agent.config.recording.mode is RecordingMode.OFF:
            assert book.recording is None, "recorded, though nobody may"
        broken = [process.storing.errors for process in self.processes if process.storing]
        assert not any(broken), broken
        if book.recording is None:
            assert not self.storage.pieces, "sound of which nobody knows"
        else:
            check_sound(
                book.recording,
                self.storage,
                self.caller,
                has_failed=self.has_failed or bool(book.takeovers),
                is_away=self.book.writes is not WRITES,
            )
        return outcome


def run_errands(choices: Choices) -> str:
    """One call. Gives what it came to; raises what is wrong with it."""
    return _run(choices).check()


def _run(choices: Choices) -> Errands:
    world = Errands(choices)
    with _outside(world):
        try:
            lived(world)
        finally:
            for process in world.processes:
                process.forget()
    return world


@contextmanager
def _outside(world: Errands) -> Iterator[None]:
    """What services ask outside is the world's."""

    def is_owner(_call_id: int, generation: int) -> bool:
        stand()
        is_own = world.book.generation == generation
        stand()
        return is_own

    def name_of(_call_id: int) -> str:
        return world.book.recording.name if world.book.recording else ""

    patches: tuple[Any, ...] = (
        mock.patch.object(states, "is_owner", is_owner),
        mock.patch.object(recordings, "name_of", name_of),
        mock.patch.object(recordings, "storage", return_value=world.storage),
        mock.patch.object(transaction, "on_commit", lambda work: work()),  # nor is there a database
        mock.patch("voicex.fence.ask", world.server.ask),
    )
    for patch in patches:
        patch.start()
    try:
        yield
    finally:
        for patch in patches:
            patch.stop()
