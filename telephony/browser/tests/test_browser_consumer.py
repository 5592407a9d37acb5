"""The browser's socket: who may open it, what a test leaves behind, how it is closed."""

import asyncio
import json
import threading
from collections.abc import AsyncGenerator
from dataclasses import replace
from itertools import accumulate

import numpy as np
import pytest

from accounts.models import Membership
from agents.engines import registry
from agents.engines.access import Access, Credentials
from agents.engines.base import EngineSetup, HeardWords, TextToSpeech
from agents.engines.openai import tts as openai_tts
from agents.engines.scripted.engines import (
    DEFAULT_REPLY,
    ScriptedSpeechToText,
    ScriptedTextToSpeech,
)
from agents.speech.audio.both_bands import BothBands
from agents.speech.audio.wideband import ToWideband
from agents.versions.publishing import publish
from telephony.browser import access, consumer
from telephony.browser.consumer import BrowserConsumer
from telephony.process.capacity import capacity
from telephony.process.runtime import Runtime
from testing.calls.media_stream import Stream
from testing.calls.served import all_written, state
from testing.engines import SILENCE, SPEECH, settle
from testing.guard import GUARD_SECONDS
from testing.office import browser_of
from testing.phone_number import PhoneNumber
from testing.providers.behaviour import Behaviour
from testing.providers.openai_server import OpenAIServer
from testing.sound import audio
from usage.models import Call, FlightRecord, Turn, UsageFact
from voicex.sockets import PerUserLimit
from voicex.web.lifecycle import lifecycle

pytestmark = pytest.mark.django_db(transaction=True)

AT_ONCE = {"scripted.stt_ms": 0, "scripted.llm_ms": 0, "scripted.token_ms": 0, "scripted.tts_ms": 0}


class Browser(Stream):
    """A member's browser at the page "Try it"."""

    def __init__(self, line: PhoneNumber, user) -> None:
        super().__init__()
        self.line, self.user = line, user
        self.client = browser_of(user)
        self.session_key = self.client.session.session_key
        self.headers = {"host": "localhost:8000", "origin": "http://localhost:8000"}
        self.spoken = b""
        self._wideband = ToWideband()

    def asks_for_a_ticket(self, channel: str = "browser") -> str:
        org, agent = self.line.org.public_id, self.line.agent.public_id
        answer = self.client.post(f"/o/{org}/agents/{agent}/try/", {"door": channel})
        assert answer.status_code == 200, answer.content
        return answer.json()["ticket"]

    def serving(self) -> "asyncio.Task[None]":
        cookie = f"theme=dark; sessionid={self.session_key}"
        headers = [(b"cookie", cookie.encode())]
        headers += [(name.encode(), value.encode()) for name, value in self.headers.items()]
        scope = {
            "type": "websocket",
            "path": "/api/browser/stream",
            "headers": headers,
            "state": state(),
        }
        self.inbox.put_nowait({"type": "websocket.connect"})
        served = BrowserConsumer.as_asgi()(scope, self.receive, self.send)
        return asyncio.create_task(served)

    def speaks(self, audio: bytes) -> None:
        pcm = self._wideband.push(audio)
        self.spoken += pcm
        self.sends_bytes(pcm)

    @property
    def messages(self):
        return [json.loads(sent["text"]) for sent in self.sent if sent.get("text")]

    @property
    def audio(self) -> bytes:
        return b"".join(sent["bytes"] for sent in self.sent if sent.get("bytes"))

    def plays_everything(self) -> None:
        for message in self.heard("mark"):
            self.sends(message)

    async def greeted(self) -> None:
        await self.until(lambda: self.heard("mark"))
        await settle()
        self.plays_everything()
        await settle()

    @property
    def closing(self) -> tuple[int, str]:
        [closed] = [sent for sent in self.sent if sent["type"] == "websocket.close"]
        return closed["code"], closed.get("reason", "")


@pytest.fixture
def bob(cast, line: PhoneNumber) -> Browser:
    publish(line.agent, settings={"engines": AT_ONCE})
    return Browser(line, cast.bob)


async def nothing() -> None:
    """A browser that connects and says nothing."""


def run(browser: Browser, shared: Runtime, scenario) -> None:
    async def whole() -> None:
        task = browser.serving()
        await scenario()
        async with asyncio.timeout(GUARD_SECONDS):
            await task
        await all_written(shared)

    asyncio.run(whole())


def test_words_are_recognised_from_what_the_browser_sent_and_not_from_the_telephones(
    bob, shared, monkeypatch
):
    heard: list[bytes] = []

    class WideEars(ScriptedSpeechToText):
        async def transcribe_wide(self, pcm: bytes) -> HeardWords:
            heard.append(pcm)
            return HeardWords("When do you open?")

    monkeypatch.setattr(registry, "speech_to_text", lambda _name, setup: WideEars(setup.config))
    ticket = bob.asks_for_a_ticket()

    async def scenario() -> None:
        bob.sends({"event": "start", "ticket": ticket})
        await bob.greeted()
        for window in (SPEECH, SILENCE):
            for _ in range(12):
                bob.speaks(window)
                await settle()
        await bob.until(lambda: heard)
        await settle()
        bob.sends({"event": "stop"})

    run(bob, shared, scenario)
    assert heard[0] in bob.spoken
    assert "When do you open?" in Turn.objects.values_list("text", flat=True)


@pytest.fixture
def bright(monkeypatch) -> OpenAIServer:
    """A server whose voice has 6 kHz, too, which speaks for every agent."""
    server = OpenAIServer(Behaviour.at_once())

    def voice(_name: str, setup: EngineSetup) -> TextToSpeech:
        credentials = Credentials({"openai": Access(endpoint=server.url)})
        return openai_tts.make_tts(replace(setup, credentials=credentials))

    monkeypatch.setattr(registry, "text_to_speech", voice)
    return server


def tones_in(pcm: bytes) -> list[float]:
    samples = np.frombuffer(pcm, dtype="<i2")
    return [audio.loudness_at(hz, samples, 16_000) for hz in audio.BRIGHT_HZ]


def test_the_page_plays_all_that_the_voice_has_in_greeting_answer_and_clip(bob, shared, bright):
    tickets = [bob.asks_for_a_ticket(), bob.asks_for_a_ticket()]
    again = Browser(bob.line, bob.user)
    reply_bytes = len(DEFAULT_REPLY) * bright.behaviour.ms_per_character * 32
    greetings, answer = [], b""

    async def scenario() -> None:
        nonlocal answer
        with audio.bright_voice():
            async with bright:
                bob.sends({"event": "start", "ticket": tickets[0]})
                await bob.greeted()
                greetings.append(bob.audio)
                for window in (SPEECH, SILENCE):
                    for _ in range(12):
                        bob.speaks(window)
                        await settle()
                await bob.until(lambda: len(bob.audio) > len(greetings[0]) + 0.95 * reply_bytes)
                answer = bob.audio[len(greetings[0]) :]
                bob.sends({"event": "stop"})
                await bob.until(lambda: bob.close_codes)
                await all_written(shared)
                task = again.serving()
                again.sends({"event": "start", "ticket": tickets[1]})
                await again.greeted()
                greetings.append(again.audio)
                again.sends({"event": "stop"})
                async with asyncio.timeout(GUARD_SECONDS):
                    await task
                await openai_tts.aclose()

    run(bob, shared, scenario)
    for pcm in (*greetings, answer):
        assert min(tones_in(pcm)) > 3000
    asked = [request.json["input"] for request in bright.asked("tts")]
    assert asked.count("Hello.") == 1  # the second greeting was a clip
    assert greetings[0] == greetings[1]


class BrightVoice(ScriptedTextToSpeech):
    """The scripted voice; what browsers play of it is another sound of the same length."""

    async def speak_wide(self, text: str) -> AsyncGenerator[bytes, None]:
        async for chunk in self.speak(text):
            wide = audio.tones(len(chunk) // 8, 6000, rate=16_000)
            yield BothBands(chunk, wide.ljust(4 * len(chunk), b"\0"))


# By the seventh mark, 2,480 ms, and by the time until the interruption, which is no more than one.
HEARD = (
    "We are open until six today. Is there",
    "We are open until six today. Is there anything",
)


@pytest.mark.parametrize("voice", [ScriptedTextToSpeech, BrightVoice])
def test_an_interruption_cuts_both_and_what_was_heard_is_told_by_the_marks(
    bob, shared, voice, monkeypatch
):
    monkeypatch.setattr(registry, "text_to_speech", lambda _name, setup: voice(setup.config))
    ticket = bob.asks_for_a_ticket()
    spoken_bytes = len(DEFAULT_REPLY) * 60 * 32
    before: list[int] = []

    async def scenario() -> None:
        bob.sends({"event": "start", "ticket": ticket})
        await bob.greeted()
        greeting = len(bob.audio)
        for window in (SPEECH, SILENCE):
            for _ in range(12):
                bob.speaks(window)
                await settle()
        await bob.until(lambda: len(bob.audio) >= greeting + 0.95 * spoken_bytes)
        await settle()
        for mark in [each for each in bob.heard("mark") if each["name"].startswith("r2:")][:7]:
            bob.sends(mark)
        await settle()
        before.append(len(bob.audio))
        for _ in range(20):
            bob.speaks(SPEECH)
            await settle()
        await bob.until(lambda: bob.heard("clear"))
        await settle()
        before.append(len(bob.audio))
        bob.sends({"event": "stop"})

    run(bob, shared, scenario)
    assert before[0] == before[1]
    kinds = [
        "bytes" if sent.get("bytes") else json.loads(sent["text"])["event"]
        for sent in bob.sent
        if sent["type"] == "websocket.send"
    ]
    assert "bytes" not in kinds[kinds.index("clear") :]
    marks = [int(each["name"].rpartition(":")[2]) for each in bob.heard("mark")][1:]
    lengths = [len(sent["bytes"]) for sent in bob.sent if sent.get("bytes")][1:]
    assert marks == [400, 800, 1200, 1600, 1680, 2080, 2480, 2880, 3280, 3680, 4080, 4380]
    assert list(accumulate(lengths)) == [32 * mark for mark in marks]
    turn = Turn.objects.get(number=3)
    assert turn.interrupted
    assert turn.text.startswith(turn.heard_text)
    assert turn.heard_text in HEARD
    is_bright = voice is BrightVoice
    assert (tones_in(bob.audio)[1] > 3000) is is_bright
    assert (tones_in(bob.audio)[1] < 50) is not is_bright


def test_a_spoken_test_is_a_call_like_any_other(bob, shared, cast):
    ticket = bob.asks_for_a_ticket()

    async def scenario() -> None:
        bob.sends({"event": "start", "ticket": ticket})
        await bob.greeted()
        before = len(bob.audio)
        for window in (SPEECH, SILENCE):
            for _ in range(12):
                bob.speaks(window)
                await settle()
        await bob.until(lambda: len(bob.audio) > before)
        await settle()
        bob.plays_everything()
        await settle()
        bob.sends({"event": "stop"})

    run(bob, shared, scenario)
    call = Call.objects.get()
    assert (call.channel, call.started_by, call.end_reason) == ("browser", cast.bob, "stop")
    turns = Turn.objects.order_by("number").values_list("role", "text")
    assert list(turns) == [
        ("agent", "Hello."),
        ("caller", "caller utterance 1"),
        ("agent", DEFAULT_REPLY),
    ]
    assert UsageFact.objects.get().is_final
    assert FlightRecord.objects.get().call == call
    assert capacity.count == BrowserConsumer.waiting.count == 0
    assert bob.messages[0]["event"] == "started"
    assert bob.messages[-1] == {"event": "ended", "reason": "stop"}
    shown = {turn["number"]: turn for turn in bob.heard("turn")}
    assert [turn["role"] for turn in shown.values()] == ["agent", "caller", "agent"]
    assert shown[3]["heard_text"] == DEFAULT_REPLY
    assert {"endpoint", "stt", "llm", "tts", "sent", "mark"} <= set(shown[3]["latency_ms"])
    states = [message["state"] for message in bob.heard("state")]
    assert states == [
        *["thinking", "speaking", "listening"],
        *["hearing", "speaking", "listening", "ended"],  # the draft was ready at once
    ]
    samples = np.frombuffer(bob.audio, dtype="<i2")
    assert len(samples) % 2 == 0
    assert np.abs(samples).max() > 1000


def test_a_page_that_is_closed_ends_the_test_and_no_carriers_connection(bob, shared):
    ticket = bob.asks_for_a_ticket()

    async def scenario() -> None:
        bob.sends({"event": "start", "ticket": ticket})
        await bob.greeted()
        bob.disconnects()

    run(bob, shared, scenario)
    assert Call.objects.get().end_reason == "page_closed"


def test_speech_over_the_agent_clears_what_it_says(bob, shared):
    ticket = bob.asks_for_a_ticket()

    async def scenario() -> None:
        bob.sends({"event": "start", "ticket": ticket})
        await bob.until(lambda: bob.heard("mark"))
        for _ in range(20):
            bob.speaks(SPEECH)
            await settle()
        await bob.until(lambda: bob.heard("clear"))
        bob.sends({"event": "stop"})

    run(bob, shared, scenario)
    assert Turn.objects.get(number=1).interrupted


def test_a_test_shows_what_is_kept_of_it(bob, shared, line):
    publish(line.agent, settings={"privacy": {"card_numbers": True}})
    ticket = bob.asks_for_a_ticket("typed")

    async def scenario() -> None:
        bob.sends({"event": "start", "ticket": ticket})
        await bob.greeted()
        bob.sends({"event": "text", "text": "It is 4111 1111 1111 1111."})
        await bob.until(lambda: DEFAULT_REPLY in [each["text"] for each in bob.heard("turn")])
        bob.sends({"event": "stop"})

    run(bob, shared, scenario)
    assert "It is [card number]." in [turn["text"] for turn in bob.heard("turn")]
    assert "4111" not in str(bob.messages)


def test_a_typed_test_needs_no_sound(bob, shared):
    ticket = bob.asks_for_a_ticket("typed")

    async def scenario() -> None:
        bob.sends({"event": "start", "ticket": ticket})
        await bob.greeted()
        bob.sends({"event": "text", "text": "When do you open?"})
        await bob.until(lambda: DEFAULT_REPLY in [each["text"] for each in bob.heard("turn")])
        bob.sends({"event": "stop"})

    run(bob, shared, scenario)
    assert Call.objects.get().channel == "typed"
    assert UsageFact.objects.get().stream_ms == 0
    texts = Turn.objects.order_by("number").values_list("text", flat=True)
    assert list(texts) == ["Hello.", "When do you open?", DEFAULT_REPLY]


def refused(browser: Browser, shared: Runtime, first: object) -> tuple[int, str]:
    async def scenario() -> None:
        browser.sends(first) if isinstance(first, dict) else browser.sends_text(str(first))

    run(browser, shared, scenario)
    return browser.closing


@pytest.mark.parametrize(
    "first",
    [
        {"event": "start", "ticket": "1.x.y"},
        {"event": "text", "text": "Hello?"},
        {"event": "start"},
        "nonsense",
    ],
    ids=["forged", "no start", "no ticket", "garbage"],
)
def test_a_socket_without_a_ticket_is_closed_and_told_why(bob, shared, first):
    code, reason = refused(bob, shared, first)
    assert code == 1008
    assert reason


def test_a_ticket_opens_one_socket(bob, shared):
    ticket = bob.asks_for_a_ticket()

    async def scenario() -> None:
        bob.sends({"event": "start", "ticket": ticket})
        await bob.greeted()
        bob.sends({"event": "stop"})

    run(bob, shared, scenario)
    again = Browser(bob.line, Call.objects.get().started_by)
    assert refused(again, shared, {"event": "start", "ticket": ticket})[0] == 1008


def test_a_colleague_cannot_use_a_members_ticket(bob, shared, cast):
    ticket = bob.asks_for_a_ticket()
    alice = Browser(bob.line, cast.alice)
    assert refused(alice, shared, {"event": "start", "ticket": ticket})[0] == 1008
    assert Call.objects.get().state == Call.State.OPENED


def test_who_logged_out_or_left_since_cannot_use_their_ticket(bob, shared, cast):
    ticket = bob.asks_for_a_ticket()
    Membership.objects.filter(user=cast.bob).delete()
    assert refused(bob, shared, {"event": "start", "ticket": ticket})[0] == 1008
    visitor = Browser(bob.line, cast.bob)
    visitor.client.logout()
    assert refused(visitor, shared, {"event": "start", "ticket": ticket})[0] == 1008


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "", "null", "localhost:8000", "https://[voicex.example"]
)
def test_a_page_of_another_site_gets_no_handshake(bob, shared, origin):
    bob.headers["origin"] = origin
    assert refused(bob, shared, {"event": "start", "ticket": bob.asks_for_a_ticket()})[0] == 1008
    assert [sent["type"] for sent in bob.sent] == ["websocket.close"]


def test_a_process_without_room_says_try_later(bob, shared, monkeypatch):
    ticket = bob.asks_for_a_ticket()
    monkeypatch.setattr(lifecycle, "is_draining", True)
    assert refused(bob, shared, {"event": "start", "ticket": ticket}) == (1013, "draining")


def test_a_browser_that_sends_nothing_is_let_go(bob, shared, monkeypatch):
    monkeypatch.setattr(consumer, "START_SECONDS", 0.01)

    async def scenario() -> None:
        await bob.until(lambda: bob.close_codes)

    run(bob, shared, scenario)
    assert bob.closing == (1008, "no_start")


def test_who_loses_access_during_a_call_is_cut_off(bob, shared, cast, monkeypatch):
    monkeypatch.setattr(consumer, "CHECK_SECONDS", 0.01)
    ticket = bob.asks_for_a_ticket()
    is_out = threading.Event()
    may_try = access.may_try

    def asked(session_key: str, *, org_id: str) -> bool:
        # Until then without the database: SQLite in memory refuses a writer beside a reader.
        return not is_out.is_set() or may_try(session_key, org_id=org_id)

    monkeypatch.setattr(access, "may_try", asked)

    async def scenario() -> None:
        bob.sends({"event": "start", "ticket": ticket})
        await bob.greeted()
        await settle()
        await all_written(shared)
        await Membership.objects.filter(user=cast.bob).adelete()
        is_out.set()
        await bob.until(lambda: bob.heard("ended"))

    run(bob, shared, scenario)
    assert bob.heard("ended") == [{"event": "ended", "reason": "access_lost"}]
    assert bob.closing[0] == 1008
    assert Call.objects.get().end_reason == "access_lost"


@pytest.mark.parametrize("session_key", ["", "nobody", "0" * 32])
def test_a_visitor_without_a_session_waits_for_nothing(bob, shared, session_key):
    bob.session_key = session_key
    run(bob, shared, nothing)
    assert bob.sent == [{"type": "websocket.close", "code": 1008}]
    assert BrowserConsumer.waiting.count == 0


def test_one_person_leaves_room_for_others_to_begin(bob, shared, monkeypatch):
    monkeypatch.setattr(BrowserConsumer, "waiting_of_one", PerUserLimit(0))
    run(bob, shared, nothing)
    assert bob.sent == [{"type": "websocket.close", "code": consumer.CLOSE_TRY_LATER}]


def test_sound_that_comes_faster_than_speech_ends_the_call(bob, shared):
    ticket = bob.asks_for_a_ticket()

    async def scenario() -> None:
        bob.sends({"event": "start", "ticket": ticket})
        await bob.greeted()
        for _ in range(90):
            bob.sends_bytes(bytes(32_000))
        await bob.until(lambda: bob.close_codes)

    run(bob, shared, scenario)
    assert Call.objects.get().end_reason == "audio_too_fast"
