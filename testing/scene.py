"""The scene of the accounting tests: an organization whose scripted agent answers calls."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import ApiKey, Organization
from agents.models import Agent, AgentVersion
from usage.models import Call, LedgerEntry
from usage.records.calls import open_call, redeem_ticket, save_usage
from usage.takeover.takeovers import redeem

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
_numbers = itertools.count(1)


def after(seconds: float) -> datetime:
    """`seconds` after the scene begins."""
    return NOW + timedelta(seconds=seconds)


class Scene:
    """One organization with a key and an agent on `engine`, and what its callers do."""

    def __init__(self, *, engine: str = "scripted") -> None:
        self.org = Organization.objects.create(name="Acorn", proven_at=NOW)
        self.key = ApiKey.objects.create(
            org=self.org, prefix=f"{next(_numbers):08x}", digest="d" * 64, ciphertext="c"
        )
        self.agent = Agent.objects.create(org=self.org, name="Reception")
        self.agent.published = AgentVersion.objects.create(
            agent=self.agent, number=1, greeting="Hello.", stt=engine, llm=engine, tts=engine
        )
        self.agent.save()

    def rings(self, call_sid: str = "", *, now: datetime = NOW, is_verified: bool = False) -> Call:
        """A call whose webhook was answered."""
        return open_call(
            key=self.key,
            agent=self.agent,
            carrier="twilio",
            call_sid=call_sid or f"CA{next(_numbers):032x}",
            account_sid="AC1",
            from_number="+12025550100",
            to_number="+12025550199",
            is_verified=is_verified,
            now=now,
        )

    def talks(self, *, now: datetime = NOW) -> Call:
        """A call whose stream has redeemed its ticket."""
        call = self.redeems(self.rings(now=now), now=now)
        assert call is not None
        return call

    def redeems(
        self, call: Call, *, now: datetime = NOW, generation: int = 0, **changed: Any
    ) -> Call | None:
        """What a stream gets that brings the call's ticket, or a `changed` one.

        generation: which of the call's streams it is.
        """
        ticket: dict[str, Any] = {
            "call_id": call.pk,
            "ticket_id": call.ticket_id,
            "carrier": call.carrier,
            "call_sid": call.call_sid,
            "account_sid": call.account_sid,
            "stream_sid": "MZ1",
        }
        if generation:
            resumed = redeem(**(ticket | changed), now=now, generation=generation)
            return resumed.call if resumed else None
        return redeem_ticket(**(ticket | changed), now=now)


def snapshot(call: Call, sequence: int = 1, *, now: datetime = NOW, **facts: Any) -> str:
    """Save a usage snapshot; what is not given is zero, and it is not final."""
    nothing = dict.fromkeys(
        ("stream_ms", "stt_ms", "llm_tokens_in", "llm_tokens_out", "tts_characters"), 0
    )
    return save_usage(
        call.pk, sequence=sequence, now=now, **(nothing | {"is_final": False} | facts)
    )


def lines(call: Call) -> list[tuple[str, int, int]]:
    """Every ledger line of the call as posted: (end of the key, quantity, amount)."""
    return [
        (entry.key.removeprefix(f"call:{call.pk}:"), entry.quantity, entry.amount_micros)
        for entry in LedgerEntry.objects.filter(call=call).order_by("pk")
    ]


class Statements(CaptureQueriesContext):
    """The SQL statements of a block, without those that open and close the transaction."""

    def __init__(self) -> None:
        super().__init__(connection)

    def __len__(self) -> int:
        frame = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")
        return sum(not query["sql"].startswith(frame) for query in self.captured_queries)
