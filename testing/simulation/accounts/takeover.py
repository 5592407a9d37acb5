"""A call that two processes want, after the one that carries it was lost, or only seemed to be."""

from collections import Counter
from functools import partial
from typing import Any, Final

from django.db import connection, transaction

from testing.simulation.accounts.setting import NOTHING_USED, Setting, setting
from testing.simulation.actors import take_turns
from testing.simulation.choices import Choices
from usage.billing.settlement import SETTLE, finalize, record_end
from usage.models import Call, LiveState, Outbox, Turn, UsageFact
from usage.records.calls import LOST_CALL
from usage.records.turns import save_turn
from usage.takeover import states
from usage.takeover.takeovers import NextStream, redeem, take_over

SECONDS: Final = 1_000  # ms of a stream, between two records
ENDS: Final = ("stop", "socket_closed")  # as the first owner ends it, and as a later one does
TURN: Final[dict[str, Any]] = {
    "role": "agent",
    "text": "Yes.",
    "heard_text": "Yes.",
    "interrupted": False,
}
# SQLite reads a column of a union as that of its first row is declared: moments stand apart.
_KINDS: Final = {
    "call": f"generation, end_reason, ended_at FROM {Call._meta.db_table} WHERE id = %s",
    "state": f"generation, state, NULL FROM {LiveState._meta.db_table} WHERE call_id = %s",
    "turn": f"number, NULL, NULL FROM {Turn._meta.db_table} WHERE call_id = %s",
    "fact": f"sequence, llm_tokens_in, NULL FROM {UsageFact._meta.db_table} WHERE call_id = %s",
    "settle": f"id, NULL, NULL FROM {Outbox._meta.db_table} "
    f"WHERE kind = '{SETTLE}' AND call_id = %s",
}
_ROWS: Final = " UNION ALL ".join(f"SELECT '{kind}', {rest}" for kind, rest in _KINDS.items())


class Takeover:
    """One call, its owner, and two that are asked to continue it."""

    def __init__(self, here: Setting) -> None:
        self.here = here
        self.call = here.scene.talks(now=here.tick())
        self.redeemed: Counter[int] = Counter()  # by generation
        self.newest = 0  # generation that was seen
        self.last_end: tuple[Any, ...] = ()
        self.used_ms = 0  # that the owner was told is kept
        self.said_ms = 0  # by any stream, also too late
        self.state_of = 0
        self.turns: set[int] = set()  # that were seen
        self.sequence = 0
        assert self._stands(0, SECONDS)

    def begin(self) -> None:
        """Give every process its work."""
        here = self.here
        here.actor("owner", partial(self._carries, 0, sequence=0, from_ms=SECONDS))
        here.actor("asked first", partial(self._continues, 0))
        here.actor("asked again", partial(self._continues, 0))
        here.actor("carrier", self._reports)
        here.actor("time", here.time_passes)

    # --- what processes do ------------------------------------------------------------------------

    def _stands(self, generation: int, stream_ms: int) -> bool:
        used = NOTHING_USED | {"stream_ms": stream_ms}
        state = f"of {generation}".encode()
        return states.save(
            self.call.pk, generation=generation, state=state, used=used, now=self.here.tick()
        )

    def _carries(self, generation: int, *, sequence: int, from_ms: int) -> None:
        """Records of one stream, to its end; of a process that stood still all are under way."""
        is_deaf = bool(self.here.choices.pick(2))
        for number in range(1, 3 + self.here.choices.pick(3)):
            stream_ms = from_ms + number * SECONDS
            self._write_turn(generation, 10 * generation + number)
            if not self._stands(generation, stream_ms) and not is_deaf:
                return
            told = self._uses(generation, sequence + number, stream_ms)
            if told == LOST_CALL and not is_deaf:
                return
            if told:
                break
        self._uses(generation, sequence + 9, from_ms + 9 * SECONDS, is_final=True)
        reason = ENDS[min(generation, 1)]
        finalize(self.call.pk, reason=reason, now=self.here.tick(), generation=generation)

    def _uses(self, generation: int, sequence: int, stream_ms: int, **facts: Any) -> str:
        facts |= {"generation": generation, "llm_tokens_in": generation}
        told = self.here.use(self.call, sequence, stream_ms, **facts)
        self.said_ms = max(self.said_ms, stream_ms)
        if told != LOST_CALL:
            self.used_ms = max(self.used_ms, stream_ms)
        return told

    def _write_turn(self, generation: int, number: int) -> None:
        """As `OwnersRecorder` in doubt."""
        with transaction.atomic():
            if states.hold(self.call.pk, generation):
                text = TURN | {"started_ms": generation, "ended_ms": 0, "latency_ms": {}}
                save_turn(self.call.pk, number=number, **text)

    def _continues(self, generation: int) -> None:
        """The carrier asks, and brings the stream that it is told of."""
        found = take_over(self.call.pk, generation=generation, now=self.here.tick())
        if not isinstance(found, NextStream):
            return
        resumed = redeem(
            call_id=self.call.pk,
            ticket_id=found.call.ticket_id,
            generation=found.call.generation,
            carrier="twilio",
            stream_sid=f"MZ{found.call.generation}",
            call_sid=self.call.call_sid,
            account_sid="AC1",
            now=self.here.tick(),
        )
        if resumed is None:
            return
        own = found.call.generation
        self.redeemed[own] += 1
        assert resumed.used["stream_ms"] >= self.used_ms, "usage is lost"
        self._carries(own, sequence=resumed.sequence, from_ms=resumed.used["stream_ms"])

    def _reports(self) -> None:
        """The stream is over, and perhaps the call."""
        record_end(
            self.call.pk,
            reason="stream_stopped",
            now=self.here.tick(),
            generation=0,
            evidence={"stream": "stopped"},
        )
        if self.here.choices.pick(2):
            record_end(self.call.pk, reason="call_ended", now=self.here.tick())

    # --- what must hold ---------------------------------------------------------------------------

    def check(self) -> None:
        """After each turn."""
        rows = self._rows()
        [(generation, end_reason, ended_at)] = rows["call"]
        assert generation in (self.newest, self.newest + 1), "a generation was left out"
        self.newest = generation
        assert all(times == 1 for times in self.redeemed.values()), "two own the call"
        slots = self.here.slots()
        assert slots <= 1, "one call, two slots"
        if ended_at is not None:
            ended = ended_at, end_reason
            assert not rows["state"], "the state of a call that is over"
            assert self.last_end in ((), ended), "it ended twice"
            is_of_a_later_one = end_reason == ENDS[1]
            by_owner = end_reason not in ENDS or is_of_a_later_one == bool(generation)
            assert by_owner, "ended by one that did not own it"
            self.last_end = ended
            assert slots == 0, "a slot of a call that is over"
        turns = {number for number, _, _ in rows["turn"]}
        new = {number // 10 for number in turns - self.turns}
        assert new <= {generation}, "a turn of a stream that was replaced"
        self.turns = turns
        for sequence, of_generation, _ in rows["fact"]:
            is_new = sequence != self.sequence
            began = max(self.redeemed, default=0)
            assert not is_new or of_generation >= began, "usage of a stream that was replaced"
            self.sequence = sequence
        assert len(rows["settle"]) == (ended_at is not None), "to be settled when it ended, once"
        for of_generation, state, _ in rows["state"]:
            assert of_generation >= self.state_of, "a state of a replaced stream"
            self.state_of = of_generation
            assert bytes(state) == f"of {of_generation}".encode()
            assert of_generation <= generation

    def _rows(self) -> dict[str, list[tuple[Any, Any, Any]]]:
        """What there is of the call, by the kind of row; in one statement, for it comes often."""
        rows: dict[str, list[tuple[Any, Any, Any]]] = {kind: [] for kind in _KINDS}
        with connection.cursor() as cursor:
            cursor.execute(_ROWS, [self.call.pk] * len(_KINDS))
            for kind, *values in cursor.fetchall():
                rows[kind].append((values[0], values[1], values[2]))
        return rows

    def check_end(self) -> None:
        """When all is settled."""
        fact = UsageFact.objects.filter(call_id=self.call.pk).first()
        assert fact is not None, "nothing of its use"
        assert fact.stream_ms >= max(self.used_ms, self.said_ms), "usage is lost"


def run_takeover(choices: Choices) -> str:
    """One run. Gives how the call ended; raises what is wrong."""
    with setting(choices) as here:
        scene = Takeover(here)
        scene.begin()
        take_turns(choices, here.actors, scene.check)
        here.recover()
        scene.check_end()
        moved = "moved" if scene.newest else "stayed"
        return f"{moved}: {Call.objects.get(pk=scene.call.pk).end_reason}"
