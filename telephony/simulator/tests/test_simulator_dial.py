"""The simulated phone dials as Twilio does: what a person hears, and what the action is told."""

from collections.abc import Mapping
from typing import cast
from urllib.parse import urlsplit

import pytest

from telephony.simulator.dial import DialedLine, DialedPerson, DialResult
from telephony.simulator.report.document import Dial
from telephony.simulator.webhooks import CallDetails, Webhooks

CALLER = CallDetails("CA" + "1b" * 16, "AC" + "0a" * 16, "+14155550132", "+12065550100")
COLD = Dial("+14155550100", action="https://a.example/over", digits="ww1")
WARM = Dial("+14155550100", action="https://a.example/over", url="https://a.example/person")


class Server:
    """Announces, and connects a person who presses 1. In the place of `Webhooks`."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []

    async def fetch_twiml(self, url: str, fields: Mapping[str, str]) -> bytes:
        self.asked.append((urlsplit(url).path, dict(fields)))
        if url == WARM.url:
            body = '<Gather action="/key" numDigits="1"><Say>A call.</Say></Gather><Hangup/>'
        else:
            body = "" if fields["Digits"] == "1" else "<Hangup/>"
        return f"<Response>{body}</Response>".encode()


async def dialed(
    verb: Dial, result: DialResult, *, seconds: float = 7
) -> tuple[Server, dict[str, str], bool, list[str]]:
    server, told = Server(), []
    line = DialedLine(
        DialedPerson(result, seconds=seconds),
        line=CALLER,
        webhooks=cast(Webhooks, server),
        tell=lambda what, words: told.append(what),
        in_real_time=False,
    )
    over = await line.dial(verb)
    return server, over.fields, over.is_caller_gone, told


@pytest.mark.parametrize(
    ("verb", "result", "status", "bridged"),
    [
        (COLD, DialResult.ANSWERED, "completed", "true"),
        (WARM, DialResult.ANSWERED, "completed", "true"),
        (WARM, DialResult.DECLINED, "completed", "false"),
        (COLD, DialResult.DECLINED, "busy", "false"),
        (COLD, DialResult.BUSY, "busy", "false"),
        (WARM, DialResult.NO_ANSWER, "no-answer", "false"),
        (COLD, DialResult.FAILED, "failed", "false"),
    ],
)
async def test_what_the_action_is_told(verb, result, status, bridged):
    _, fields, is_gone, _ = await dialed(verb, result)
    assert (fields["DialCallStatus"], fields["DialBridged"]) == (status, bridged)
    assert fields.get("DialCallDuration") == {"true": "7", "false": "1"}[bridged] or (
        status != "completed"
    )
    assert not is_gone


async def test_a_person_is_asked_in_a_call_of_their_own():
    server, _, _, told = await dialed(WARM, DialResult.ANSWERED)
    assert [path for path, _ in server.asked] == ["/person", "/key"]
    for _, fields in server.asked:
        assert fields["ParentCallSid"] == CALLER.call_sid != fields["CallSid"]
        assert (fields["To"], fields["Direction"]) == ("+14155550100", "outbound-dial")
    assert server.asked[1][1]["Digits"] == "1"
    assert told == ["dial", "announced", "connected", "dialed"]


async def test_a_caller_who_hangs_up_while_it_rings_is_gone():
    server, fields, is_gone, _ = await dialed(WARM, DialResult.ABANDONED)
    assert is_gone
    assert fields["DialCallStatus"] == "no-answer"
    assert server.asked == []


async def test_an_extension_is_sent_after_the_answer():
    _, _, _, told = await dialed(COLD, DialResult.ANSWERED)
    assert told == ["dial", "keys", "connected", "dialed"]
