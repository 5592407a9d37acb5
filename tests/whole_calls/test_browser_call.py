"""A test call from a browser's socket, on the local engines: heard, answered, interrupted."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect

from agents.speech.audio.wideband import ToWideband
from telephony.simulator.sound.voices import spoken
from testing.guard import GUARD_SECONDS
from testing.services.service import Service, running

pytestmark = pytest.mark.models

QUESTION = "Hello, when are you open tomorrow?"
PACKET = 640  # bytes: 20 ms


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The service, with the local engines loaded."""
    with running(tmp_path_factory.mktemp("service")) as running_service:
        yield running_service


class Page:
    """What the page's scripts do: speak in real time, play in real time, echo the marks."""

    def __init__(self, socket: ClientConnection) -> None:
        self.messages: list[dict[str, Any]] = []
        self.speech = b""
        self._socket = socket
        self._changed = asyncio.Event()
        self._playing_until = 0.0
        self._echoes: set[asyncio.TimerHandle] = set()

    def of(self, event: str) -> list[dict[str, Any]]:
        return [message for message in self.messages if message["event"] == event]

    @property
    def state(self) -> str:
        return self.of("state")[-1]["state"] if self.of("state") else ""

    @property
    def turns(self) -> list[dict[str, Any]]:
        return list({turn["number"]: turn for turn in self.of("turn")}.values())

    async def listens(self) -> None:
        loop = asyncio.get_running_loop()
        async for message in self._socket:
            now = loop.time()
            if isinstance(message, bytes):
                self._playing_until = max(now, self._playing_until) + len(message) / 32_000
                continue
            told = json.loads(message)
            self.messages.append(told)
            self._changed.set()
            if told["event"] == "mark":
                self._echoes.add(loop.call_at(self._playing_until, self._echo, message))
            elif told["event"] == "clear":
                self._playing_until = now
                for echo in self._echoes:
                    echo.cancel()

    def _echo(self, mark: str) -> None:
        self._sending = asyncio.ensure_future(self._socket.send(mark))

    async def speaks(self) -> None:
        """A packet each 20 ms for ever: `speech` while there is some, then silence."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            packet, self.speech = self.speech[:PACKET], self.speech[PACKET:]
            await self._socket.send(packet.ljust(PACKET, b"\0"))
            due += 0.02
            await asyncio.sleep(max(0.0, due - loop.time()))

    async def until(self, has_come) -> None:
        async with asyncio.timeout(GUARD_SECONDS):
            while not has_come():
                self._changed.clear()
                await self._changed.wait()


def logged_in(service: Service, made: dict[str, str]) -> httpx.Client:
    browser = httpx.Client(base_url=service.origin, follow_redirects=True)
    page = browser.get("/accounts/login/")
    fields = {"login": made["login"], "password": made["password"]}
    token = {"csrfmiddlewaretoken": browser.cookies["csrftoken"]}
    assert browser.post(page.url.path, data=fields | token).status_code == 200
    return browser


def ticket(browser: httpx.Client, made: dict[str, str]) -> dict[str, str]:
    answer = browser.post(
        f"/o/{made['org_id']}/agents/{made['agent_id']}/try/",
        data={"door": "browser", "csrfmiddlewaretoken": browser.cookies["csrftoken"]},
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


async def voice(directory: Path) -> bytes:
    """The question as a microphone at 16 kHz gives it."""
    utterance = await spoken(QUESTION, cache_dir=directory)
    return ToWideband().push(b"".join(utterance.frames))


def test_the_agent_answers_what_was_said_and_stops_when_interrupted(service, tmp_path):
    made = service.bootstrap("local")
    with closing(logged_in(service, made)) as browser:
        right = ticket(browser, made)
        cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())

    async def scenario() -> Page:
        question = await voice(tmp_path)
        address = service.origin.replace("http", "ws") + "/api/browser/stream"
        headers = {"Cookie": cookies}
        async with connect(address, origin=service.origin, additional_headers=headers) as socket:
            page = Page(socket)
            await socket.send(json.dumps({"event": "start", "ticket": right["ticket"]}))
            tasks = [asyncio.create_task(page.listens()), asyncio.create_task(page.speaks())]
            await page.until(lambda: page.state == "listening" and page.turns)
            page.speech = question
            await page.until(lambda: page.state == "speaking" and len(page.turns) == 3)
            await asyncio.sleep(1.0)  # an answer of which nothing was heard is forgotten
            page.speech = question
            await page.until(lambda: page.of("clear"))
            await page.until(lambda: page.state == "listening" and len(page.turns) >= 5)
            await socket.send(json.dumps({"event": "stop"}))
            await page.until(lambda: page.of("ended"))
            for task in tasks:
                task.cancel()
            return page

    page = asyncio.run(scenario())
    assert "open" in page.turns[1]["text"].lower()
    answer = page.turns[2]
    assert answer["interrupted"]
    assert len(answer["heard_text"]) < len(answer["text"])
    assert any(word in page.turns[4]["text"].lower() for word in ("open", "nine", "9", "hours"))
    assert {"endpoint", "stt", "llm", "tts", "sent", "mark"} <= set(page.turns[4]["latency_ms"])
    kept = service.report(right["call_sid"])
    assert [turn["role"] for turn in kept["turns"][:3]] == ["agent", "caller", "agent"]
    assert {line["component"] for line in kept["ledger"]} == {"stt", "llm_in", "llm_out", "tts"}
