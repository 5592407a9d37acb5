"""What the dashboard's tests share: logging in, and an organization with something to see."""

import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Self

from django.test import Client
from django.utils import timezone

from accounts.keys.api_keys import issue_key, usable_keys
from accounts.models import ApiKey, Organization, User
from agents.models import Agent
from agents.versions.publishing import create_agent, free_name
from usage.billing.settlement import finalize, settle
from usage.models import Call
from usage.records.calls import open_call, redeem_ticket, save_usage
from usage.records.turns import save_turn

LATENCY = {"endpoint": 210, "stt": 150, "llm": 400, "tts": 520, "sent": 530, "mark": 640}
# What a call uses that says nothing else.
USED: Final = {
    "stt_ms": 9_000,
    "llm_tokens_in": 400,
    "llm_tokens_out": 90,
    "tts_characters": 300,
}


def browser_of(user: User, *, logged_in_ago: float = 0) -> Client:
    """A browser in which `user` logged in with their password `logged_in_ago` seconds ago."""
    client = Client()
    client.force_login(user)
    session = client.session
    session["account_authentication_methods"] = [
        {"method": "password", "at": time.time() - logged_in_ago}
    ]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()
    return client


@dataclass
class Office:
    """An organization with an agent and a key; `url` makes the paths of its pages."""

    org: Organization
    agent: Agent = field(init=False)
    key: ApiKey = field(init=False)
    key_text: str = field(init=False)

    def __post_init__(self) -> None:
        self.agent = create_agent(
            self.org,
            name=free_name(self.org, f"{self.org} desk"),
            greeting="Hello, how can I help you?",
        )
        self.key, self.key_text = issue_key(self.org, label="Main number")

    @classmethod
    def existing(cls, org: Organization) -> Self:
        """An organization as it is, with its first agent and a usable key."""
        office = cls.__new__(cls)
        office.org = org
        office.agent = org.agents.all()[0]
        office.key = usable_keys(org, now=timezone.now())[0]
        office.key_text = ""
        return office

    def url(self, path: str = "") -> str:
        """The path of a page of this organization."""
        return f"/o/{self.org.public_id}/{path}"

    def rings(
        self, call_sid: str, *, now: datetime | None = None, caller: str = "+12025550143"
    ) -> Call:
        """A call that has been connected and is live."""
        now = now or timezone.now()
        call = open_call(
            key=self.key,
            agent=self.agent,
            carrier="twilio",
            call_sid=call_sid,
            account_sid="AC1",
            from_number=caller,
            to_number="+12025550100",
            is_verified=True,
            now=now,
        )
        live = redeem_ticket(
            call_id=call.pk,
            ticket_id=call.ticket_id,
            stream_sid="MZ1",
            carrier="twilio",
            call_sid=call_sid,
            account_sid="AC1",
            now=now,
        )
        assert live is not None
        return live

    def says(
        self,
        call: Call,
        number: int,
        text: str,
        *,
        heard: str | None = None,
        interrupted: bool = False,
        began_ms: int | None = None,
        lasted_ms: int = 900,
        slowness: float = 1.0,
    ) -> None:
        """Turn `number`: odd ones are the agent's; the caller heard all unless `heard` is given.

        began_ms: a second after the turn before, unless given; slowness: how long the answer took,
        1.0 for LATENCY.
        """
        is_agent = number % 2 == 1
        began_ms = number * 1000 if began_ms is None else began_ms
        is_answer = is_agent and number > 1
        save_turn(
            call.pk,
            number=number,
            role="agent" if is_agent else "caller",
            text=text,
            heard_text=text if heard is None else heard,
            interrupted=interrupted,
            started_ms=began_ms,
            ended_ms=began_ms + lasted_ms,
            latency_ms={stage: round(ms * slowness) for stage, ms in LATENCY.items() if is_answer},
        )

    def runs(self, call: Call, number: int, asked: str, *, gave: str) -> None:
        """Turn `number` is a tool's: its name and arguments, and what the model was given."""
        save_turn(
            call.pk,
            number=number,
            role="tool",
            text=asked,
            heard_text=gave,
            interrupted=False,
            started_ms=number * 1000,
            ended_ms=number * 1000 + 900,
            latency_ms={},
        )

    def hangs_up(self, call: Call, *, after: float = 61, reason: str = "stop", **used: int) -> None:
        """The call ends `after` seconds, and is settled. used: counts of `save_usage`."""
        ended = call.opened_at + timedelta(seconds=after)
        save_usage(
            call.pk,
            **USED | {"stream_ms": round(after * 1000)} | used,
            sequence=1,
            is_final=True,
            now=ended,
        )
        finalize(call.pk, reason=reason, now=ended)
        assert settle(call.pk, now=ended)
