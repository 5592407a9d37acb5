"""A call run by a real `CallDriver`, with engines and a recorder of the test."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

from agents.engines.base import Engine, EngineSetup
from agents.engines.cascade.cascade import Cascade
from agents.engines.cascade.clips import ClipCache
from agents.settings.config import Recording, Transfers, TurnTaking
from telephony.calls import flight_recorder
from telephony.calls.driver import CallDriver
from telephony.calls.live_hub import LiveHub
from telephony.calls.socket import AsgiCallSocket, CallSocket
from telephony.calls.streams.earlier import FIRST, Earlier
from telephony.calls.streams.live_call import LiveCall
from telephony.calls.transport import Transport
from telephony.process.recordings.audio_upload import RecordingUploader
from telephony.twilio.transport import TwilioTransport
from testing.calls.media_stream import STREAM_SID, Stream
from testing.engines import (
    SILENCE,
    SPEECH,
    PlainVoiceActivity,
    StubLanguageModel,
    StubSpeechToText,
    StubTextToSpeech,
    settle,
)
from testing.guard import GUARD_SECONDS
from testing.phone_number import CALL_SID
from testing.setups import setup


class Records:
    """A recorder that collects the jobs: (name of the service, positional, keyword arguments)."""

    def __init__(self) -> None:
        self.jobs: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []
        self.newest_of: dict[str, list[Any]] = {}  # by service: what each job replaces

    def submit(self, service: Any, /, *args: Any, **kwargs: Any) -> bool:
        """Collect a job."""
        self.jobs.append((service.__name__, args, kwargs))
        return True

    submit_apart = submit

    def submit_newest(self, of: Any, service: Any, /, *args: Any, **kwargs: Any) -> None:
        """Collect a job that replaces earlier ones of the same `of`."""
        self.newest_of.setdefault(service.__name__, []).append(of)
        self.submit(service, *args, **kwargs)

    submit_in_place = submit_newest

    async def written(self, *, seconds: float) -> bool:
        """Does nothing: jobs are collected at once."""
        return True

    def of(self, name: str) -> list[dict[str, Any]]:
        """The keyword arguments of every job of the service `name`."""
        return [kwargs for job, _, kwargs in self.jobs if job == name]

    def check_complete(self, reason: str) -> None:
        """Check that the last records of a call are complete, each once, in the required order."""
        names = [name for name, _, _ in self.jobs if name != "announce"]
        assert names[-3:] == ["save_usage", "finalize", "save_flight_record"]
        assert set(names[:-3]) <= {"save_turn", "save_usage", "check_budget"}
        assert [usage["is_final"] for usage in self.of("save_usage")][-1:] == [True]
        assert sum(usage["is_final"] for usage in self.of("save_usage")) == 1
        assert names.count("finalize") == names.count("save_flight_record") == 1
        assert self.of("finalize")[0]["reason"] == reason
        assert {args[0] for name, args, _ in self.jobs if name != "announce"} == {81}

    def turns(self) -> list[dict[str, Any]]:
        """The turns as last written."""
        return list({turn["number"]: turn for turn in self.of("save_turn")}.values())

    def events(self) -> list[Any]:
        """The events of the flight record."""
        [record] = [args[1] for name, args, _ in self.jobs if name == "save_flight_record"]
        return [event for _, event in flight_recorder.unpack(record)[1]]


@dataclass
class CallHarness:
    """The parts of a call under test; `task` runs it."""

    stt: StubSpeechToText = field(default_factory=StubSpeechToText)
    llm: StubLanguageModel = field(default_factory=StubLanguageModel)
    tts: StubTextToSpeech = field(default_factory=StubTextToSpeech)
    turn_taking: TurnTaking = field(default_factory=TurnTaking)
    greeting: str = "Hello, how can I help you today?"
    recording: Recording = field(default_factory=Recording)
    transfers: Transfers = field(default_factory=Transfers)
    earlier: Earlier = FIRST  # of a call that comes back from a transfer
    recordings_room: int = 1_000_000  # bytes
    transport: Transport = field(default_factory=lambda: TwilioTransport(STREAM_SID))
    engine: Engine | None = None  # in place of a Cascade of the three parts
    languages: str = ""  # of the agent beside its main one

    def __post_init__(self) -> None:
        self.stream = Stream()
        self.socket: CallSocket = AsgiCallSocket(self.stream.receive, self.stream.send)
        self.records = Records()
        # What a Runtime holds for a driver.
        self.voice_activity = PlainVoiceActivity()
        self.clips = ClipCache()
        self.live = LiveHub()
        self.recordings = RecordingUploader(
            cast(Any, self.records), room_of=lambda org_id: self.recordings_room
        )

    @property
    def recorder(self) -> Records:
        """The recorder, which a Runtime calls `records`."""
        return self.records

    async def finish(self, work: Coroutine[Any, Any, Any], /) -> Any:
        """Await `work`; returns its result."""
        return await work

    async def write(self, service: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """Does nothing: this harness stores nothing of tools."""
        raise NotImplementedError(service.__name__)

    def driver(self) -> CallDriver:
        """A driver with these parts; needs a running loop."""
        call = LiveCall(
            call_id=81,
            call_sid=CALL_SID,
            org_id="0rg",
            setup=self._setup(),
            has_transfers=True,
            earlier=self.earlier,
        )
        engine = self.engine or self.cascade()
        runtime = cast(Any, self)  # it has what a driver asks a Runtime for
        return CallDriver(
            call, transport=self.transport, socket=self.socket, engine=engine, runtime=runtime
        )

    def cascade(self) -> Cascade:
        """An engine of the three parts, not started."""
        return Cascade(
            self._setup(),
            stt=self.stt,
            llm=self.llm,
            tts=self.tts,
            voice_activity=cast(Any, self.voice_activity),
            clips=self.clips,
        )

    def _setup(self) -> EngineSetup:
        return setup(
            greeting=self.greeting,
            turn_taking=self.turn_taking,
            recording=self.recording,
            transfers=self.transfers,
        )

    async def greeted(self) -> None:
        """Let the greeting be sent, and return all its marks."""
        await self.stream.until(lambda: len(self.stream.audio) >= 80 * len(self.greeting))
        await settle()
        self.stream.returns_marks()
        await settle()

    async def caller_speaks(self, windows: int = 10) -> None:
        """Send 32 ms of speech, `windows` times."""
        await self._hears(SPEECH, windows)

    async def caller_is_silent(self, windows: int = 10) -> None:
        """Send 32 ms of silence, `windows` times; the default is longer than any endpointing."""
        await self._hears(SILENCE, windows)

    async def _hears(self, window: bytes, windows: int) -> None:
        for _ in range(windows):
            self.stream.speaks(window)
            await settle()


@asynccontextmanager
async def running_call(**parts: Any) -> AsyncIterator[tuple[CallHarness, "asyncio.Task[None]"]]:
    """A running call; checks after the block that nothing of it is left."""
    before = asyncio.all_tasks()
    call = CallHarness(**parts)
    task = asyncio.create_task(call.driver().run(), name="call")
    await settle()
    try:
        yield call, task
        async with asyncio.timeout(GUARD_SECONDS):
            await asyncio.wait([task])
    finally:
        task.cancel()
        await asyncio.wait([task])
    await settle()
    assert asyncio.all_tasks() == before
    assert call.voice_activity.open == set()
