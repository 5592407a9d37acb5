"""Slots in use are sockets carried, whatever is said of the calls and in whatever order.

The processes that carry calls are played here: each beats every ten seconds, obeys an order when
one reaches it, and leaves a call that its heartbeat finds over. What they cannot do is what
matters: no report from elsewhere frees the slot of a call whose socket is open.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from django.conf import settings as django_settings
from django.db import transaction
from hypothesis import example, given, settings
from hypothesis import strategies as st

from testing.scene import NOW, Scene, snapshot
from usage.billing.settlement import SETTLE, finalize, record_end, settle, sweep
from usage.models import Call, LedgerEntry, Outbox, Quota
from usage.outbox import delivery
from usage.quota.quotas import TICKET_LIFETIME, slots_in_use
from usage.records.calls import LOST_CALL
from usage.takeover import states
from usage.takeover.takeovers import NextStream, take_over
from voicex.errors import Declined

QUOTA = 2
CALLS = 3
STALE = timedelta(seconds=django_settings.CALL_STALE_SECONDS)
BEAT = timedelta(seconds=10)
WORDS = ("stream_stopped", "stream_error", "stream_lost", "carrier_completed", "hung_up_by_member")


@pytest.fixture(autouse=True, scope="module")
def _no_message_arrives():
    """Settlement is asked for by the steps; what the outbox sends besides is lost."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delivery, "send", lambda kind, subject_id: True)
        yield


@dataclass
class Carried:
    """One CallSid, and what is true of it: not what the database says."""

    call_sid: str
    call: Call | None = None
    ticket_good_until: datetime | None = None  # None: it was used, or spoilt
    has_socket: bool = False
    slot_until: datetime | None = None  # of one whose process died: its heartbeat is stale then
    beat_at: datetime = NOW
    beats: int = 0
    beats_when_told: int | None = None  # and the order was lost
    ended: tuple[datetime, str] | None = None
    generation: int = 0


class World:
    """An organization that may have two calls at once, and three callers."""

    def __init__(self) -> None:
        self.now = NOW
        self.scene = Scene()
        Quota.objects.create(org=self.scene.org, concurrent_calls=QUOTA)
        self.all = [Carried(f"CA{number}") for number in range(CALLS)]

    # --- what happens ---------------------------------------------------------------------

    def rings(self, one: Carried) -> None:
        """The webhook, also one that comes twice."""
        is_new = one.call is None
        try:
            one.call = self.scene.rings(one.call_sid, now=self.now)
        except Declined:
            assert self.expected_slots() >= QUOTA
        else:
            if is_new:
                one.ticket_good_until = self.now + TICKET_LIFETIME

    def redeems(self, one: Carried) -> None:
        """A stream brings the ticket; it may be the second one, or late."""
        if one.call is None:
            return
        is_good = one.ticket_good_until is not None and self.now <= one.ticket_good_until
        live = self.scene.redeems(one.call, now=self.now, generation=one.generation)
        assert (live is not None) == is_good
        if live:
            one.ticket_good_until = one.slot_until = None
            one.has_socket = True
            one.beat_at = self.now
            self.stands(one)

    def stands(self, one: Carried) -> None:
        """The process of a call writes where it stands."""
        assert one.call is not None
        states.save(
            one.call.pk, generation=one.generation, state=b"", used=NOTHING_USED, now=self.now
        )

    def continues(self, one: Carried) -> None:
        """The carrier asks what to do after the stream, and gets another one."""
        if one.call is None:
            return
        found = take_over(one.call.pk, generation=one.generation, now=self.now)
        if not isinstance(found, NextStream):
            return
        assert one.has_socket or (one.slot_until is not None and self.now <= one.slot_until)
        one.has_socket = False
        one.beats_when_told = None
        one.call, former, one.generation = found.call, one.generation, found.call.generation
        one.slot_until = one.ticket_good_until = self.now + STALE
        # The process before was only frozen.
        beats = {"sequence": one.beats + 1, "now": self.now, "generation": former}
        assert snapshot(one.call, **beats, stream_ms=10**6, is_final=True) == LOST_CALL
        finalize(one.call.pk, reason="socket_closed", now=self.now, generation=former)
        assert not states.save(
            one.call.pk, generation=former, state=b"late", used=NOTHING_USED, now=self.now
        )

    def beat(self, one: Carried, *, is_final: bool = False) -> None:
        """The process of a call writes a snapshot, and obeys what it finds."""
        assert one.call is not None
        one.beats += 1
        one.beat_at = self.now
        reason = snapshot(
            one.call,
            one.beats,
            now=self.now,
            is_final=is_final,
            stream_ms=one.beats * 1000,
            generation=one.generation,
        )
        if reason and not is_final:
            self.leaves(one, reason)

    def leaves(self, one: Carried, reason: str = "stop") -> None:
        if one.has_socket and one.call is not None:
            one.has_socket = False
            self.beat(one, is_final=True)
            finalize(one.call.pk, reason=reason, now=self.now, generation=one.generation)

    def dies(self, one: Carried) -> None:
        if one.has_socket:
            one.has_socket = False
            one.slot_until = one.beat_at + STALE

    def told(self, one: Carried, word: str, *, is_heard: bool) -> None:
        """A report says that the call is over; the order reaches its process or is lost."""
        if one.call is None:
            return
        is_order = record_end(one.call.pk, reason=word, now=self.now, evidence={word: 1})
        one.ticket_good_until = None
        assert is_order or not one.has_socket
        if is_order and is_heard:
            self.leaves(one, word)
        elif is_order and one.beats_when_told is None:
            one.beats_when_told = one.beats

    def wait(self, seconds: int, *, is_paused: bool) -> None:
        """Time passes. Paused: no process gives a sign of life until it is over."""
        until = self.now + timedelta(seconds=seconds)
        while not is_paused and self.now + BEAT < until:
            self.now += BEAT
            self.all_beat()
        self.now = until

    def all_beat(self) -> None:
        for one in self.all:
            if one.has_socket:
                self.beat(one)

    def step(self, action: str, number: int, argument: tuple[str, bool, int]) -> None:
        word, flag, seconds = argument
        one = self.all[number]
        if action == "wait":
            self.wait(seconds, is_paused=flag)
            if flag:
                if seconds % 2:  # the sweeper is there before they wake up
                    sweep(now=self.now)
                self.all_beat()
        elif action == "told":
            self.told(one, word, is_heard=flag)
        elif action == "sweep":
            sweep(now=self.now)
        elif action == "settle":
            if one.call is not None:
                settle(one.call.pk, now=self.now)
        elif action == "beats":
            if one.has_socket:
                self.beat(one)
        else:
            getattr(self, action)(one)

    # --- what must be true ----------------------------------------------------------------

    def expected_slots(self) -> int:
        tickets = sum(
            one.ticket_good_until is not None
            and one.slot_until is None
            and self.now < one.ticket_good_until
            for one in self.all
        )
        sockets = sum(one.has_socket for one in self.all)
        lost = sum(one.slot_until is not None and self.now <= one.slot_until for one in self.all)
        assert sockets <= QUOTA
        return tickets + sockets + lost

    def check(self) -> None:
        assert slots_in_use(self.scene.org, now=self.now) == self.expected_slots()
        for one in self.all:
            if one.call is None:
                continue
            call = Call.objects.get(pk=one.call.pk)
            if one.has_socket:
                assert call.ended_at is None
                assert one.beats_when_told in (None, one.beats)  # the next beat is the last
            if call.ended_at is not None:
                one.ended = one.ended or (call.ended_at, call.end_reason)
                assert one.ended == (call.ended_at, call.end_reason)
            assert Outbox.objects.filter(kind=SETTLE, call=call).count() == (
                call.ended_at is not None
            )

    def check_books(self) -> None:
        """When all is over: every call ended once and was settled once, by its last facts."""
        for one in self.all:
            self.leaves(one)
        for _ in range(3):
            self.now += timedelta(seconds=130)
            sweep(now=self.now)
            for row in Outbox.objects.filter(kind="settle_call", done_at=None):
                settle(row.call_id, now=self.now)
        self.check()
        for one in self.all:
            if one.call is None:
                continue
            call = Call.objects.get(pk=one.call.pk)
            assert call.settled_at is not None
            minutes = [
                entry.quantity
                for entry in LedgerEntry.objects.filter(call=call, component="telephony")
            ]
            assert sum(minutes) == -(-one.beats // 60)


ACTIONS = (
    "rings",
    "redeems",
    "continues",
    "beats",
    "leaves",
    "dies",
    "told",
    "told",
    "wait",
    "sweep",
    "settle",
)
steps = st.tuples(
    st.sampled_from(ACTIONS),
    st.integers(0, CALLS - 1),
    st.tuples(st.sampled_from(WORDS), st.booleans(), st.sampled_from([1, 9, 20, 46, 61, 130])),
)
SAID = ("stream_stopped", True, 1)
PAUSED = ("", True, 61)
LOST = ("stream_stopped", False, 1)
TALKS = [("rings", 0, SAID), ("redeems", 0, SAID)]
NOTHING_USED = dict.fromkeys(("stream_ms", "stt_ms"), 0)


@pytest.mark.django_db
@settings(max_examples=120)
@given(script=st.lists(steps, min_size=4, max_size=24))
@example(script=[("rings", 0, SAID), ("redeems", 0, SAID), ("told", 0, SAID), ("redeems", 0, SAID)])
@example(script=[("rings", 0, SAID), ("redeems", 0, SAID), ("told", 0, LOST), ("beats", 0, LOST)])
@example(script=[("rings", 0, SAID), ("redeems", 0, SAID), ("wait", 0, PAUSED)])
@example(script=[("rings", 0, SAID), ("told", 0, SAID), ("redeems", 0, SAID)])
@example(script=[*TALKS, ("dies", 0, SAID), ("continues", 0, SAID), ("redeems", 0, SAID)])
@example(script=[*TALKS, ("continues", 0, SAID), ("continues", 0, SAID), ("wait", 0, PAUSED)])
@example(script=[("rings", 0, SAID), ("redeems", 0, SAID), ("dies", 0, SAID), ("told", 0, SAID)])
def test_slots_in_use_are_sockets_carried(script):
    with transaction.atomic():
        world = World()
        for action, number, argument in script:
            world.step(action, number, argument)
            world.check()
        world.check_books()
        transaction.set_rollback(True)
