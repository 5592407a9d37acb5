"""The composition root of a process: what all of its calls share, made at the server's start.

Everything that has a thread, a task or a connection of its own is made here, before the first
call, and closed here. The server's start puts it into the state of the ASGI lifespan, from
where each connection is handed it: sockets and webhooks ask `runtime_of`.
"""

import asyncio
import signal
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from typing import Any, Final, Self

import structlog
from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest

from agents.engines import registry
from agents.engines.base import Engine, EngineSetup
from agents.engines.cascade.cascade import Cascade
from agents.engines.cascade.clips import ClipCache
from agents.engines.end_of_turn.service import EndOfTurn
from agents.engines.voice_activity.detector import VoiceActivity
from telephony.calls import live_hub
from telephony.calls.live_hub import LiveHub
from telephony.process import metrics
from telephony.process.capacity import capacity, resident_megabytes
from telephony.process.database_watch import DatabaseWatch
from telephony.process.record_writer import RecordWriter
from telephony.process.recordings.audio_upload import RecordingUploader
from telephony.process.reports import Reporter
from telephony.process.stall_watch import StallWatch
from telephony.process.warm_up.readiness import Readiness, connect, default_engines
from usage.records.attempts import attempt_log
from usage.records.journal import UsageJournal
from voicex.errors import ConfigurationError
from voicex.threads import DatabaseThreads
from voicex.web.lifecycle import How, lifecycle

log = structlog.get_logger(__name__)

SETUP_THREADS: Final = 4  # threads that redeem tickets; each uses a database connection
STATE: Final = "voicex.runtime"  # its name in the state of a connection
SETTLE_SECONDS: Final = 5.0  # how long recordings wait for records when the process ends


class Runtime:
    """The shared objects of a serving process.

    Created by `start`, closed by `aclose`. For the event loop's thread, unless a method says
    otherwise.
    """

    def __init__(self, voice_activity: VoiceActivity, end_of_turn: EndOfTurn | None = None) -> None:
        """end_of_turn: None if words alone decide, as in tests without models."""
        self.voice_activity = voice_activity
        self.end_of_turn = end_of_turn
        self.clips = ClipCache(settings.VAR_DIR / "clips")
        self.readiness = Readiness(self.clips)
        self.recorder = RecordWriter(UsageJournal(settings.VAR_DIR / "journal"))
        self.recordings = RecordingUploader(self.recorder)
        self.live = LiveHub()
        self.stall_watch = StallWatch()
        self._database_watch = DatabaseWatch()
        self._reporter = Reporter(self.stall_watch, on_order=lambda: self._on_loop(_drain))
        self.setup_threads = DatabaseThreads(SETUP_THREADS, name="call-setup")
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: set[asyncio.Task[Any]] = set()

    @classmethod
    async def start(cls) -> Self:
        """Create the runtime and all its parts for the running loop.

        Raises ConfigurationError, EngineMissing if an engine is not available in this installation.
        """
        lifecycle.is_warm = False
        voice_activity = await VoiceActivity.start()
        # Loaded in the background: calls do not wait for it.
        end_of_turn = EndOfTurn(calls=lambda: capacity.count)
        await registry.warm(default_engines())
        runtime = cls(voice_activity, end_of_turn)
        runtime.watch()
        lifecycle.is_warm = True
        log.info("runtime_ready")
        return runtime

    def watch(self) -> None:
        """Start the background tasks: watches, connections to providers, metrics."""
        self._loop = asyncio.get_running_loop()
        self.stall_watch.start()
        self._begin(capacity.loop_watch.run(self.stall_watch.beat), name="loop-watch")
        self._begin(self.readiness.keep(), name="stay-ready")
        self._begin(self.live.run(), name="live")
        lifecycle.leave_calls = self.leave_calls
        lifecycle.database_is_away = lambda: self._database_watch.is_away
        self._database_watch.start()
        self.recorder.keep_replaying()
        attempt_log.start(self.recorder)
        self._reporter.start(self.recorder)
        # Computed only when `/metrics` is requested.
        metrics.LIVE_CALLS.set_function(lambda: capacity.count)
        metrics.MOST_CALLS.set(settings.MAX_CALLS_PER_PROCESS)
        metrics.MEMORY.set_function(lambda: resident_megabytes() * 2**20)
        metrics.ATTEMPTS_WAITING.set_function(lambda: attempt_log.waiting)
        metrics.LOOP_LAG.set_function(lambda: capacity.loop_watch.lag_seconds)
        metrics.RECORDS_WAITING.set_function(lambda: self.recorder.waiting)
        metrics.WINDOWS_DROPPED.set_function(lambda: self.voice_activity.windows_dropped)

    def engine(self, setup: EngineSetup) -> Engine:
        """A new engine for a call. Raises ConfigurationError, EngineMissing."""
        return Cascade.of(
            setup,
            voice_activity=self.voice_activity,
            clips=self.clips,
            end_of_turn=self.end_of_turn,
        )

    def expect(self, setup: EngineSetup) -> None:
        """Connect to the providers of an expected call. Safe on any thread."""
        engines = {setup.config.stt, setup.config.llm, setup.config.tts}
        self._on_loop(lambda: self._begin(connect(engines, setup.credentials), name="connect"))

    async def write(self, service: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """Run `service` on a thread for calls; returns and raises as it does.

        It completes even if the waiting task is cancelled: the tasks of a call end with the call,
        but what a caller was promised must be stored.
        """
        return await self.finish(self.setup_threads.run(service, *args, **kwargs))

    async def finish(self, work: Coroutine[Any, Any, Any], /) -> Any:
        """Run `work` and return its result; it completes even if the waiting task is cancelled."""
        task: asyncio.Task[Any] = asyncio.create_task(work, name="tool-write")
        self._tasks.add(task)
        task.add_done_callback(self._written)
        return await asyncio.shield(task)

    def _written(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):  # its tool reports it
            log.warning("tool_write_failed", error=type(error).__name__)

    def end_call(self, call_id: int, reason: str, *, before: int | None = None) -> None:
        """End a call in the process that carries it, this or another one. Safe on any thread.

        before: a generation; streams of this or a later generation are not ended.
        """
        self._on_loop(partial(self._end_call, call_id, reason, before=before))

    def _end_call(self, call_id: int, reason: str, *, before: int | None) -> None:
        if not self.live.end(call_id, reason, before=before):
            self._begin(live_hub.order_end(call_id, reason, before=before), name="order-end")

    def leave_calls(self, how: How) -> None:
        """This process stops: hand its calls over to another one, or end them. On the loop."""
        if how is How.TO_WHOEVER_COMES:
            self.live.move_at_once()
        else:
            self._begin(self._leave_calls(how), name="leave-calls")

    async def _leave_calls(self, how: How) -> None:
        try:
            has_others = await self.setup_threads.run(self._reporter.has_others)
        except DatabaseError as error:  # another process could not read the state of the calls
            log.warning("processes_not_read", error=type(error).__name__)
            has_others = False
        if has_others and how is How.AT_ONCE:
            self.live.move_at_once()
        elif has_others:
            await self.live.move_in_turn(in_any_pause=how is not How.UNNOTICED)
        elif how is How.OR_IN_WORDS:
            self.live.end_gracefully()

    def later(self, seconds: float, work: Callable[[], None]) -> None:
        """Run a short `work` on the loop after `seconds`. Safe on any thread."""
        self._on_loop(lambda: asyncio.get_running_loop().call_later(seconds, work))

    def _on_loop(self, work: Callable[[], object]) -> None:
        """Run `work` on the loop; ignored once the process ends. Safe on any thread."""
        loop = self._loop  # `aclose` may reset it at any time
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(work)

    def _begin(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._end)

    def _end(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("background_task_failed", task=task.get_name(), exc_info=error)

    async def aclose(self) -> None:
        """Write the last records and stop the threads."""
        self._loop = None
        for task in self._tasks:
            task.cancel()
        lifecycle.leave_calls = None
        await asyncio.to_thread(self.stall_watch.close)
        lifecycle.database_is_away = bool
        await asyncio.to_thread(self._database_watch.close)
        self._reporter.close()
        attempt_log.close()
        # The writer reports to the recordings which audio of private calls may be stored, and they
        # submit records of what was stored.
        await self.recorder.written(seconds=SETTLE_SECONDS)
        await asyncio.to_thread(self.recordings.close)
        await asyncio.to_thread(self.recorder.close)
        if attempt_log.waiting:
            log.error("attempts_lost", waiting=attempt_log.waiting)
        self.setup_threads.shutdown(wait=False)
        await self.voice_activity.aclose()
        if self.end_of_turn is not None:
            await self.end_of_turn.aclose()
        await registry.aclose()


def _drain() -> None:
    """Stop as ordered by an operator, as after SIGTERM: `voicex.server` drains then. On the loop,
    whose thread handles signals: one that has just come is not followed by a second.
    """
    if not lifecycle.is_draining:
        log.warning("drain_ordered", calls=capacity.count)
        signal.raise_signal(signal.SIGTERM)


def runtime_of(scope: Mapping[str, Any]) -> Runtime:
    """The runtime in a connection's ASGI scope. Raises ConfigurationError."""
    runtime = scope.get("state", {}).get(STATE)
    if not isinstance(runtime, Runtime):
        raise ConfigurationError(
            "This server carries no calls, because it has not told the application of its start "
            "(ASGI's lifespan). Serve with: python -m voicex.server"
        )
    return runtime


def runtime_behind(request: HttpRequest) -> Runtime | None:
    """The runtime of the process that serves this request; None if it carries no calls."""
    runtime = getattr(request, "scope", {}).get("state", {}).get(STATE)
    return runtime if isinstance(runtime, Runtime) else None
