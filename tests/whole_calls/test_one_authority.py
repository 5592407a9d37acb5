"""One client with one slot and its own callback URLs: it never carries a second call.

The real service, over real sockets. The client keeps every socket open for as long as it can, and
says of each call, in all the ways that its TwiML gives it, that it is over.
"""

import asyncio
import json
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode
from xml.etree import ElementTree

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from testing.calls.media_stream import start
from testing.guard import GUARD_SECONDS
from testing.phone_number import ACCOUNT_SID
from testing.services.service import Service, running

SILENCE = b64encode(b"\xff" * 160).decode()  # 20 ms


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    directory: Path = tmp_path_factory.mktemp("authority")
    with running(directory, engines="scripted", TEST_ENGINES="1") as found:
        yield found


@dataclass
class Client:
    """A client of the platform with one slot, who makes the most of it."""

    webhook: str
    status_url: str
    origin: str
    rung: int = 0

    @classmethod
    def of(cls, service: Service, org: str) -> "Client":
        made = service.bootstrap("scripted", org=org)
        status_url = service.shell(
            "from accounts.models import Organization; from usage.models import Quota;"
            "from telephony.webhooks.callback_urls import status_callback_url;"
            f"org = Organization.objects.get(public_id='{made['org_id']}');"
            "Quota.objects.create(org=org, concurrent_calls=1); print(status_callback_url(org))"
        )
        return cls(made["webhook_url"], status_url.strip(), service.origin)

    def form(self, call_sid: str, **more: str) -> dict[str, str]:
        return {
            "AccountSid": ACCOUNT_SID,
            "CallSid": call_sid,
            "From": "+4930123456",
            "To": "+4930654321",
        } | more

    async def rings(self, http: httpx.AsyncClient) -> "Placed | None":
        """A call whose stream is open, with its first sound; None when it was declined."""
        self.rung += 1
        call_sid = f"CA{self.rung:032x}"
        answer = await http.post(self.webhook, data=self.form(call_sid, CallStatus="ringing"))
        connection = ElementTree.fromstring(answer.content).find("Connect")
        if connection is None:
            return None
        stream = connection[0]
        socket = await connect(stream.attrib["url"])
        sids = {"callSid": call_sid, "streamSid": f"MZ{self.rung:032x}"}
        await socket.send(json.dumps(start(stream[0].attrib["value"], **sids)))
        async with asyncio.timeout(GUARD_SECONDS):
            await socket.recv()
        return Placed(
            call_sid, socket, connection.attrib["action"], stream.attrib["statusCallback"]
        )

    async def says_it_is_over(self, http: httpx.AsyncClient, call: "Placed", how: str) -> None:
        urls = {"after": call.action, "status": self.status_url}
        fields = {
            "after": {"CallStatus": "in-progress"},
            "status": {"CallStatus": "completed", "CallDuration": "1"},
        }
        url = urls.get(how, call.stream_status)
        body = urlencode(self.form(call.call_sid, **fields.get(how, {"StreamEvent": how})))
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = await http.post(url, content=body, headers=kind)
        assert answer.status_code in (200, 204)

    async def carried(self, http: httpx.AsyncClient) -> float:
        """What the process says that it carries."""
        text = (await http.get(f"{self.origin}/metrics")).text
        [line] = [line for line in text.splitlines() if line.startswith("voicex_live_calls ")]
        return float(line.split()[1])


@dataclass
class Placed:
    call_sid: str
    socket: ClientConnection
    action: str
    stream_status: str

    def frame(self) -> str:
        """Twenty milliseconds of the caller."""
        sid = f"MZ{self.call_sid[2:]}"
        media = {"track": "inbound", "payload": SILENCE}
        return json.dumps({"event": "media", "streamSid": sid, "media": media})

    async def holds_on(self) -> None:
        """Keep the socket open for as long as the service lets us."""
        try:
            while True:
                await self.socket.send(self.frame())
                await asyncio.sleep(0.02)
        except ConnectionClosed:
            return


WAYS = ("stream-stopped", "after", "status", "stream-error")


@pytest.mark.models
async def test_a_client_that_reports_calls_as_over_gets_no_more_of_them(service):
    client = await asyncio.to_thread(Client.of, service, "Acorn Dental")
    held = []
    async with httpx.AsyncClient(timeout=GUARD_SECONDS) as http, asyncio.TaskGroup() as holding:
        for way in WAYS:
            call = None
            async with asyncio.timeout(GUARD_SECONDS):
                while call is None:  # declined for as long as the call before is carried
                    call = await client.rings(http)
                    assert await client.carried(http) <= 1
            await call.socket.send(call.frame())
            held.append(holding.create_task(call.holds_on()))
            await client.says_it_is_over(http, call, way)
            assert await client.carried(http) <= 1
        async with asyncio.timeout(GUARD_SECONDS):
            await asyncio.gather(*held)  # each was ended without the client's help
            while await client.carried(http):  # noqa: ASYNC110  of another process, a second old
                await asyncio.sleep(0.1)
    assert await asyncio.to_thread(settled_minutes, service) == [1] * len(WAYS)


def settled_minutes(service: Service) -> list[int]:
    """The minutes of every call that was charged, once all are settled."""
    code = (
        "from time import sleep; from usage.models import Call, LedgerEntry\n"
        "while Call.objects.exclude(ended_at=None).filter(settled_at=None).exists(): sleep(0.1)\n"
        "lines = LedgerEntry.objects.filter(component='telephony')\n"
        "print(list(lines.values_list('quantity', flat=True)))"
    )
    minutes: list[int] = json.loads(service.shell(code))
    return minutes
