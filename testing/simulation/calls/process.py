"""One process that carries the call: the real driver with a real engine, on simulated parts."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime
from types import SimpleNamespace
from typing import Any, Final, cast

from agents.engines.base import EngineSetup
from agents.engines.cascade.cascade import Cascade
from agents.engines.cascade.clips import ClipCache
from telephony.calls.driver import CallDriver
from telephony.calls.live_hub import LiveHub
from telephony.calls.resuming.resumed import ResumedCall
from telephony.calls.socket import AsgiCallSocket, FastCallSocket
from telephony.calls.streams.earlier import FIRST, Earlier
from telephony.calls.streams.live_call import LiveCall
from telephony.session.resuming.state import decoded
from telephony.twilio.transport import TwilioTransport
from testing.calls.media_stream import STREAM_SID, FastLane
from testing.engines import QUIET, WINDOW, PlainListener, PlainVoiceActivity
from testing.phone_number import CALL_SID
from testing.setups import setup
from testing.simulation.calls.book import WRITES, Book, Recorder
from testing.simulation.calls.caller import CarriedStream
from testing.simulation.calls.providers import Providers
from testing.simulation.calls.storing import StoringThread, Uploader
from testing.simulation.choices import Choices
from testing.simulation.loop import SimulatedLoop, begin
from usage.models import Message

CALL_ID: Final = 81
PLAIN: Final = setup(
    greeting="Welcome to the simulated agency.", stt="local", llm="local", tts="local"
)


class VoiceActivity(PlainVoiceActivity):
    """Tells all windows of a message at once, as the service does."""

    def listener(self, on_probability: Callable[[float], None]) -> PlainListener:
        return _Listener(self, on_probability)


class _Listener(PlainListener):
    def push(self, payload: bytes) -> None:
        self._part += payload
        size = len(self._part) // WINDOW * WINDOW
        if not size:
            return
        told = [0.0 if self._part[at : at + 1] == QUIET else 1.0 for at in range(0, size, WINDOW)]
        del self._part[:size]
        asyncio.get_running_loop().call_soon(self._tell_all, told)

    def _tell_all(self, told: list[float]) -> None:
        for probability in told:
            self._tell(probability)


class Process:
    """What a `Runtime` is to its driver, and the task that runs the call."""

    def __init__(
        self,
        book: Book,
        providers: Providers,
        stream: CarriedStream,
        choices: Choices,
        *,
        resumed: ResumedCall | None = None,
        setup: EngineSetup = PLAIN,
        earlier: Earlier = FIRST,
        storing: StoringThread | None = None,
    ) -> None:
        """Needs the running loop. earlier: as of `LiveCall`. storing: of what is recorded."""
        self.generation = book.generation
        self.name = f"process {book.processes}"
        book.processes += 1
        self.stream = stream
        self.voice_activity = VoiceActivity()
        self.clips = ClipCache()
        self.live = LiveHub()
        self.storing = storing
        self.recorder = Recorder(book, choices, generation=self.generation, leave=self.leave)
        self.recordings = Uploader(self.recorder, storing) if storing else SimpleNamespace()
        self._book, self._choices = book, choices
        self._workers = [begin(self.name, self.recorder.work(), name="writer")]
        if storing is not None:
            self._workers.append(begin(self.name, storing.work(), name="storing"))
        self._driver: CallDriver | None = None
        self._writes: list[asyncio.Task[Any]] = []
        call = LiveCall(
            call_id=CALL_ID,
            call_sid=CALL_SID,
            org_id="0rg",
            setup=setup,
            has_transfers=True,
            is_resumable=True,
            generation=self.generation,
            resumed=resumed,
            earlier=earlier,
        )
        self.task = begin(self.name, self._run(providers, call), name="call")

    async def _run(self, providers: Providers, call: LiveCall) -> None:
        engine = Cascade(
            call.setup,
            stt=providers,
            llm=providers,
            tts=providers,
            voice_activity=cast(Any, self.voice_activity),
            clips=self.clips,
        )
        stream = self.stream
        if self._choices.pick(2):
            socket: Any = AsgiCallSocket(stream.receive, stream.send)
        else:
            socket = FastCallSocket(cast(Any, FastLane(stream)), stream.send)
        self._driver = CallDriver(
            call,
            transport=TwilioTransport(STREAM_SID),
            socket=socket,
            engine=engine,
            runtime=cast(Any, self),
        )
        await self._driver.run()

    def leave(self, reason: str) -> None:
        """Have the call left, as the thread that writes tells the loop to."""
        asyncio.get_running_loop().call_soon(self.live.end, CALL_ID, reason)

    def move(self) -> None:
        """The process is to stop soon."""
        if self._driver is not None:
            self._driver.move()

    async def finish(self, work: Coroutine[Any, Any, Any], /) -> Any:
        """As of a Runtime: it is carried on, though the call ends."""
        task = asyncio.create_task(work, name="tool-write")
        self._writes.append(task)
        return await asyncio.shield(task)

    async def write(self, service: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """As of a Runtime. The one service that is asked for takes a message."""
        return await self.finish(self._take(kwargs["key"], args[1].text))

    async def _take(self, key: str, text: str) -> Message:
        await asyncio.sleep(WRITES[self._choices.pick(len(WRITES))])
        self._book.messages[key] = self._book.messages.get(key, 0) + 1
        await asyncio.sleep(WRITES[self._choices.pick(len(WRITES))])
        return Message(text=text)

    async def close(self) -> None:
        """The call has ended: write what waits, then end the process."""
        # It may die meanwhile, and nothing says so.
        while not self.recorder.is_dead and not self._has_written:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
        for worker in self._workers:
            worker.cancel()
        while not self.recorder.is_dead and not self._are_done(self._workers):  # noqa: ASYNC110
            await asyncio.sleep(0.1)

    @property
    def _has_written(self) -> bool:
        is_stored = self.storing is None or self.storing.is_idle
        return is_stored and self.recorder.is_idle and self._are_done(self._writes)

    @staticmethod
    def _are_done(tasks: list[asyncio.Task[Any]]) -> bool:
        return all(task.done() for task in tasks)

    def dies(self, loop: SimulatedLoop) -> None:
        """Now, without another step."""
        self.recorder.is_dead = True
        loop.kill(self.name)
        self.stream.loses_line()

    def forget(self) -> None:
        """The run is over."""
        if self.storing is not None:
            self.storing.end()


def resumed_of(book: Book, lost_at: datetime) -> ResumedCall:
    """Where the call stood, for the next process."""
    assert book.saved_at is not None  # nosec B101  it has a state
    return ResumedCall(
        decoded(book.state),
        book.saved_at,
        book.saved_at if book.is_left else lost_at,
        dict(book.used),
        book.facts[0],
        book.so_far(),
    )
