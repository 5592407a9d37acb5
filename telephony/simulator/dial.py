"""Executes a `<Dial>` like Twilio: ringing, the person's reaction, the following requests."""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from telephony.simulator.report import document
from telephony.simulator.webhooks import CallDetails, Webhooks

ACCEPTS: Final = "1"
DECLINES: Final = "2"
MAX_DOCUMENTS: Final = 10  # that a person hears before they are connected


class DialResult(StrEnum):
    """What a `<Dial>` meets. All but the last two are Twilio's DialCallStatus."""

    ANSWERED = "answered"
    NO_ANSWER = "no-answer"
    BUSY = "busy"
    FAILED = "failed"
    DECLINED = "declined"  # a key that is not 1; the line is busy where nothing is announced
    ABANDONED = "abandoned"  # the caller hangs up while it rings


@dataclass(frozen=True, slots=True)
class DialedPerson:
    """Who is dialled. ring_seconds: before anything happens; seconds: connected to the caller."""

    result: DialResult = DialResult.ANSWERED
    seconds: float = 3.0
    ring_seconds: float = 1.0


ANSWERS: Final = DialedPerson()


@dataclass(frozen=True, slots=True)
class Dialed:
    """What became of it. fields: those of the action; is_caller_gone: nothing follows."""

    fields: dict[str, str]
    is_caller_gone: bool


class DialedLine:
    """Dials for one call. sleep: how its seconds pass; tell: gets what a bystander notices."""

    def __init__(
        self,
        person: DialedPerson,
        *,
        line: CallDetails,
        webhooks: Webhooks,
        tell: Callable[[str, str], None],
        in_real_time: bool,
    ) -> None:
        self._person = person
        self._line = line
        self._webhooks = webhooks
        self._tell = tell
        self._in_real_time = in_real_time

    async def dial(self, verb: document.Dial) -> Dialed:
        """Carry `verb` out. Raises CarrierError."""
        child = f"CA{secrets.token_hex(16)}"
        self._tell("dial", f"the carrier dials {verb.address}")
        person = self._person
        await self._take(min(person.ring_seconds, verb.timeout))
        if person.result is DialResult.ABANDONED:
            self._tell("dialed", "the caller hangs up while it rings")
            return Dialed(_fields(child, "no-answer"), is_caller_gone=True)
        if person.result in (DialResult.NO_ANSWER, DialResult.BUSY, DialResult.FAILED):
            self._tell("dialed", f"nobody takes the call ({person.result})")
            return Dialed(_fields(child, person.result), is_caller_gone=False)
        if not verb.url and person.result is DialResult.DECLINED:
            self._tell("dialed", "the person declines the call")
            return Dialed(_fields(child, "busy"), is_caller_gone=False)
        if verb.digits:
            self._tell("keys", f"the carrier sends the keys {verb.digits}")
        is_connected = not verb.url or await self._asks(verb.url, child, verb)
        if is_connected:
            self._tell("connected", "the caller and the person are connected")
            await self._take(person.seconds)
        self._tell("dialed", "the person hangs up" if is_connected else "the person declines")
        return Dialed(
            _fields(child, "completed", seconds=person.seconds, is_connected=is_connected),
            is_caller_gone=False,
        )

    async def _asks(self, url: str, child: str, verb: document.Dial) -> bool:
        """Whether the person is connected, after what they hear at `url`."""
        fields = self._line.fields("in-progress") | {
            "CallSid": child,
            "ParentCallSid": self._line.call_sid,
            "Direction": "outbound-dial",
            "From": verb.caller_id or self._line.from_number,
            "Caller": verb.caller_id or self._line.from_number,
            "To": verb.address,
            "Called": verb.address,
        }
        for _ in range(MAX_DOCUMENTS):
            body = await self._webhooks.fetch_twiml(url, fields)
            verbs = document.read(body, base_url=url)
            gather = next((each for each in verbs if isinstance(each, document.Gather)), None)
            if gather is None:
                return not any(isinstance(each, document.Hangup) for each in verbs)
            self._tell("announced", f'the person hears: "{gather.text}"')
            await self._take(gather.ms / 1000)
            is_wanted = self._person.result is DialResult.ANSWERED
            url, fields = gather.action, fields | {"Digits": ACCEPTS if is_wanted else DECLINES}
        return False

    async def _take(self, seconds: float) -> None:
        await asyncio.sleep(seconds if self._in_real_time else 0)


def _fields(
    child: str, status: str, *, seconds: float = 0.0, is_connected: bool = False
) -> dict[str, str]:
    """The fields of the action, beside those of every request of the call."""
    fields = {
        "DialCallSid": child,
        "DialCallStatus": status,
        "DialBridged": "true" if is_connected else "false",
    }
    if status == "completed":
        fields["DialCallDuration"] = str(round(seconds) if is_connected else 1)
    return fields
