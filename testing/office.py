"""What the dashboard's tests share: logging in, and an organization with something to see."""

import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.test import Client
from django.utils import timezone

from accounts.keys.api_keys import issue_key
from accounts.models import ApiKey, Organization, User
from agents.models import Agent
from agents.versions.publishing import create_agent
from usage.billing.settlement import finalize, settle
from usage.models import Call
from usage.records.calls import open_call, redeem_ticket, save_turn, save_usage

LATENCY = {"endpoint": 210, "stt": 150, "llm": 400, "tts": 520, "sent": 530, "mark": 640}


def browser_of(user: User, *, logged_in_ago: float = 0) -> Client:
    """A browser in which `user` logged in with their password so many seconds ago."""
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
            self.org, name=f"{self.org} desk", greeting="Hello, how can I help you?"
        )
        self.key, self.key_text = issue_key(self.org, label="Main number")

    def url(self, path: str = "") -> str:
        """The path of a page of this organization."""
        return f"/o/{self.org.public_id}/{path}"

    def rings(
        self, call_sid: str, *, now: datetime | None = None, caller: str = "+12025550143"
    ) -> Call:
        """A call that has been connected and goes on."""
        now = now or timezone.now()
        call = open_call(
            key=self.key,
            agent=self.agent,
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
    ) -> None:
        """Turn `number`: odd ones are the agent's; the caller heard all unless `heard` is given."""
        is_agent = number % 2 == 1
        save_turn(
            call.pk,
            number=number,
            role="agent" if is_agent else "caller",
            text=text,
            heard_text=text if heard is None else heard,
            interrupted=interrupted,
            started_ms=number * 1000,
            ended_ms=number * 1000 + 900,
            latency_ms=LATENCY if is_agent and number > 1 else {},
        )

    def hangs_up(self, call: Call, *, after: float = 61) -> None:
        """The caller hangs up `after` seconds; the call is settled."""
        ended = call.opened_at + timedelta(seconds=after)
        save_usage(
            call.pk,
            sequence=1,
            stream_ms=round(after * 1000),
            stt_ms=9_000,
            llm_tokens_in=400,
            llm_tokens_out=90,
            tts_characters=300,
            is_final=True,
            now=ended,
        )
        finalize(call.pk, reason="stop", now=ended)
        assert settle(call.pk, now=ended)
