"""Slots, the ownership of a call and leases of the outbox, asked by two processes at once.

Whatever they are told could have been told by one that does one thing after the other, also while
one of them stands still, and when one is killed in the middle of a statement. Needs PostgreSQL, as
`test_two_at_once`.
"""

from datetime import datetime
from random import Random
from typing import Any, NamedTuple

import pytest
from django.db import connection, connections

from accounts.models import ApiKey
from agents.models import Agent
from testing.linear.histories import as_text, is_linear
from testing.linear.processes import Pair
from testing.scene import NOW, Scene, after
from usage.billing.settlement import SETTLE, finalize
from usage.models import Call, Outbox, Quota
from usage.outbox import claims, delivery, rows
from usage.quota.quotas import slots_in_use
from usage.records.calls import open_call, redeem_ticket
from usage.takeover import states
from usage.takeover.takeovers import MOST_TAKEOVERS, NextStream, redeem, take_over
from voicex.errors import Declined

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor != "postgresql",
        reason="needs PostgreSQL: set TEST_DATABASE_URL=postgres://...",
    ),
]
ROUNDS = 25
STEPS = 6  # of each process in a round
_of_the_parent: list[Any] = []  # to be closed by nobody else


@pytest.fixture(autouse=True)
def _no_message_arrives(monkeypatch):
    monkeypatch.setattr(delivery, "send", lambda kind, subject_id: True)


def begins() -> None:
    """In a forked process: a connection of its own, and none of the parent's pool."""
    mine = connections["default"]
    _of_the_parent.append(mine.connection)
    mine.connection = None
    mine.settings_dict["OPTIONS"] = mine.settings_dict["OPTIONS"] | {"pool": False}


def check(acts, new, drawn, step) -> None:
    """Rounds of both processes.

    new: what a round is about, and the state of the model then; drawn: an order to a process.
    """
    random = Random("linear")
    with Pair(acts, begins, seed="linear") as pair:
        for number in range(ROUNDS):
            about, state = new(number)
            scripts = [[drawn(random, about, each) for _ in range(STEPS)] for each in range(2)]
            history = pair.round(scripts)
            assert is_linear(history, state, step), f"round {number}:\n{as_text(history)}"
        assert min(pair.faults.values()) > 2


# --- slots ----------------------------------------------------------------------------------------

LINES = 2
SIDS = ("A", "B", "C", "D")


class Lines(NamedTuple):
    """Calls of an organization: those that ring, those that talk, and all that there ever were."""

    ring: frozenset[str] = frozenset()
    talk: frozenset[str] = frozenset()
    known: frozenset[str] = frozenset()


def rings(key_id: int, sid: str) -> bool:
    key = ApiKey.objects.get(pk=key_id)
    try:
        open_call(
            key=key,
            agent=Agent.objects.select_related("published").get(org=key.org_id),
            carrier="twilio",
            call_sid=f"{sid}{key_id}",
            account_sid="AC1",
            from_number="+12025550100",
            to_number="+12025550199",
            is_verified=False,
            now=NOW,
        )
    except Declined:
        return False
    return True


def talks(key_id: int, sid: str) -> bool:
    call = Call.objects.filter(carrier_call_id=f"{sid}{key_id}").first()
    return call is not None and bool(
        redeem_ticket(
            call_id=call.pk,
            ticket_id=call.ticket_id,
            carrier=call.carrier,
            stream_sid="MZ1",
            call_sid=call.call_sid,
            account_sid=call.account_sid,
            now=NOW,
        )
    )


def ends(key_id: int, sid: str) -> None:
    call = Call.objects.filter(carrier_call_id=f"{sid}{key_id}").first()
    if call is not None:
        finalize(call.pk, reason="stop", now=NOW)


def counts(key_id: int, _sid: str) -> int:
    return slots_in_use(ApiKey.objects.select_related("org").get(pk=key_id).org, now=NOW)


def lines_step(lines: Lines, operation) -> tuple[Any, Lines]:
    sid = operation.about[1]
    has_slot = lines.ring | lines.talk
    match operation.name:
        case "counts":
            return len(has_slot), lines
        case "rings" if sid not in lines.known:
            if len(has_slot) >= LINES:
                return False, lines
            return True, lines._replace(ring=lines.ring | {sid}, known=lines.known | {sid})
        case "rings":
            return True, lines  # the same webhook again
        case "talks":
            now_talk = lines.talk | (lines.ring & {sid})
            return sid in lines.ring, lines._replace(ring=lines.ring - {sid}, talk=now_talk)
    return None, lines._replace(ring=lines.ring - {sid}, talk=lines.talk - {sid})


def test_slots_are_linear():
    acts = {"rings": rings, "talks": talks, "ends": ends, "counts": counts}

    def new(_number):
        scene = Scene()
        Quota.objects.create(org=scene.org, concurrent_calls=LINES)
        return scene.key.pk, Lines()

    def drawn(random, key_id, _process):
        name = random.choice(("rings", "rings", "rings", "talks", "ends", "counts"))
        return name, (key_id, random.choice(SIDS))

    check(acts, new, drawn, lines_step)


# --- who owns a call ------------------------------------------------------------------------------


class Owned(NamedTuple):
    """A call: its generation, whether a stream has brought that one's ticket, and its end."""

    generation: int = 0
    is_redeemed: bool = True
    is_over: bool = False


def takes_over(call_id: int, generation: int) -> int | str:
    found = take_over(call_id, generation=generation, now=NOW)
    return found.call.generation if isinstance(found, NextStream) else str(found)


def brings(call_id: int, generation: int) -> bool:
    call = Call.objects.get(pk=call_id)
    return call.generation == generation and bool(
        redeem(
            call_id=call_id,
            ticket_id=call.ticket_id,
            generation=generation,
            carrier=call.carrier,
            stream_sid=f"MZ{generation}",
            call_sid=call.call_sid,
            account_sid=call.account_sid,
            now=NOW,
        )
    )


def saves(call_id: int, generation: int) -> bool:
    used = {"stream_ms": 0}
    return states.save(call_id, generation=generation, state=b"state", used=used, now=NOW)


def finishes(call_id: int, generation: int) -> None:
    finalize(call_id, reason="stop", now=NOW, generation=generation)


def owned_step(call: Owned, operation) -> tuple[Any, Owned]:
    generation = operation.about[1]
    is_own = generation == call.generation
    match operation.name:
        case "saves":
            return is_own and not call.is_over, call
        case "brings" if is_own and not call.is_redeemed and not call.is_over:
            return True, call._replace(is_redeemed=True)
        case "brings":
            return False, call
        case "finishes":
            return None, call._replace(is_over=call.is_over or is_own)
    if is_own and not call.is_over:
        if call.generation == MOST_TAKEOVERS:
            return "too_often", call
        return call.generation + 1, Owned(call.generation + 1, is_redeemed=False)
    is_pending = generation + 1 == call.generation and not call.is_redeemed and not call.is_over
    if is_pending:
        return call.generation, call
    return "over" if call.is_over else "replaced", call


def test_a_call_has_one_owner():
    acts = {"takes": takes_over, "brings": brings, "saves": saves, "finishes": finishes}

    def new(number):
        call = Scene().talks()
        assert saves(call.pk, 0)
        if number % 2:
            assert takes_over(call.pk, 0) == 1
            return call.pk, Owned(1, is_redeemed=False)
        return call.pk, Owned()

    def drawn(random, call_id, _process):
        name = random.choice(("takes", "takes", "brings", "brings", "saves", "saves", "finishes"))
        return name, (call_id, random.choice((0, 1, 1, 1, 2)))

    check(acts, new, drawn, owned_step)


# --- leases ---------------------------------------------------------------------------------------


class Leased(NamedTuple):
    """One row of the outbox. until: of its lease, seconds."""

    until: datetime | None = None
    is_done: bool = False


def takes(call_id: int, at: float) -> bool:
    return list(claims.lease(SETTLE, hint=call_id, now=after(at))) == [call_id]


def completes(call_id: int, at: float) -> None:
    rows.complete(SETTLE, [call_id], now=after(at), leased_until=claims.lease_end(after(at)))


def gives_back(call_id: int, at: float) -> None:
    until = claims.lease_end(after(at))
    rows.give_back(SETTLE, call_id, due_at=after(at), leased_until=until)


def sees(call_id: int, _at: float) -> tuple[datetime | None, bool]:
    row = Outbox.objects.get(kind=SETTLE, call_id=call_id)
    return row.leased_until, row.done_at is not None


def leased_step(row: Leased, operation) -> tuple[Any, Leased]:
    now = after(operation.about[1])
    is_held = not row.is_done and row.until == claims.lease_end(now)
    match operation.name:
        case "sees":
            return tuple(row), row
        case "takes" if not row.is_done and (row.until is None or row.until <= now):
            return True, Leased(claims.lease_end(now))
        case "takes":
            return False, row
        case "completes":
            return None, Leased(is_done=True) if is_held else row
    return None, Leased() if is_held else row


def test_a_lease_is_one_workers():
    acts = {"takes": takes, "completes": completes, "gives back": gives_back, "sees": sees}

    def new(_number):
        Outbox.objects.all().delete()
        call = Scene().talks()
        finalize(call.pk, reason="stop", now=NOW)
        return call.pk, Leased()

    def drawn(random, call_id, process):
        name = random.choice(("takes", "takes", "takes", "completes", "gives back", "sees"))
        # Now, or when a lease of now is over; no two processes have the same moment.
        return name, (call_id, random.choice((1, 300)) + process / 1000)

    check(acts, new, drawn, leased_step)
