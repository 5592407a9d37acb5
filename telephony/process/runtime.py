"""What all calls of a process share: made once, before the first call, and kept warm."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final

import structlog
from asgiref.sync import async_to_sync
from django.conf import settings

from agents.engines import registry
from agents.engines.base import Engine, EngineSetup
from agents.engines.cascade.cascade import Cascade
from agents.engines.cascade.clips import ClipCache
from agents.engines.voice_activity.detector import VoiceActivity
from telephony.calls import live_desk
from telephony.calls.live_desk import LiveDesk
from telephony.process import metrics
from telephony.process.audio_upload import RecordingKeeper
from telephony.process.capacity import capacity, resident_megabytes
from telephony.process.readiness import Readiness, connect, default_engines
from telephony.process.record_writer import RecordWriter
from telephony.process.reports import reporter
from telephony.process.stall_watch import stall_watch
from usage.records.attempts import attempt_log
from voicex.lifecycle import lifecycle
from voicex.threads import DatabaseThreads

log = structlog.get_logger(__name__)

SETUP_THREADS: Final = 4  # tickets being redeemed at once; each uses a database connection
SETTLE_SECONDS: Final = 5.0  # how long recordings wait for records when the process ends


class Runtime:
    """Voice activity, clips, records, recordings, news, and threads for the set-up of calls."""

    def __init__(self, voice_activity: VoiceActivity) -> None:
        self.voice_activity = voice_activity
        self.clips = ClipCache(settings.VAR_DIR / "clips")
        self.readiness = Readiness(self.clips)
        self.recorder = RecordWriter()
        self.recordings = RecordingKeeper(self.recorder)
        self.live = LiveDesk()
        self.setup_threads = DatabaseThreads(SETUP_THREADS, name="call-setup")
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def watch(self) -> None:
        """Watch the running loop, keep the platform's providers connected, and let `/metrics`
        tell what this process carries."""
        self._loop = asyncio.get_running_loop()
        stall_watch.start()
        self._begin(capacity.loop_watch.run(stall_watch.beat), name="loop-watch")
        self._begin(self.readiness.keep(), name="stay-ready")
        self._begin(self.live.run(), name="live")
        lifecycle.take_leave = self.live.take_leave
        attempt_log.start(self.recorder)
        reporter.start(self.recorder)
        # Read when somebody asks, so that they cost nothing meanwhile.
        metrics.LIVE_CALLS.set_function(lambda: capacity.count)
        metrics.MOST_CALLS.set(settings.MAX_CALLS_PER_PROCESS)
        metrics.MEMORY.set_function(lambda: resident_megabytes() * 2**20)
        metrics.ATTEMPTS_WAITING.set_function(lambda: attempt_log.waiting)
        metrics.LOOP_LAG.set_function(lambda: capacity.loop_watch.lag_seconds)
        metrics.RECORDS_WAITING.set_function(lambda: self.recorder.waiting)
        metrics.WINDOWS_DROPPED.set_function(lambda: self.voice_activity.windows_dropped)

    def engine(self, setup: EngineSetup) -> Engine:
        """A new engine for a call. Raises ConfigurationError, EngineMissing."""
        return Cascade.of(setup, voice_activity=self.voice_activity, clips=self.clips)

    def expect(self, setup: EngineSetup) -> None:
        """A call on this set-up is about to come: connect to its providers. On any thread."""
        engines = {setup.config.stt, setup.config.llm, setup.config.tts}
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(
                lambda: self._begin(connect(engines, setup.credentials), name="connect")
            )

    def end_call(self, call_id: int, reason: str) -> None:
        """Have the process that carries the call leave it: this one or another. On any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._end_call, call_id, reason)

    def _end_call(self, call_id: int, reason: str) -> None:
        if not self.live.end(call_id, reason):
            self._begin(live_desk.order_end(call_id, reason), name="order-end")

    def later(self, seconds: float, work: Callable[[], None]) -> None:
        """Have short `work` done on the loop after so many seconds. On any thread."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(loop.call_later, seconds, work)

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
        await asyncio.to_thread(stall_watch.close)
        reporter.close()
        attempt_log.close()
        # The thread that writes tells the recordings what of a private call may be stored, and
        # the recordings tell that thread what was.
        await self.recorder.written(seconds=SETTLE_SECONDS)
        await asyncio.to_thread(self.recordings.close)
        await asyncio.to_thread(self.recorder.close)
        if attempt_log.waiting:
            log.error("attempts_lost", waiting=attempt_log.waiting)
        self.setup_threads.shutdown(wait=False)
        await self.voice_activity.aclose()
        await registry.aclose()


_runtime: Runtime | None = None
_starting: asyncio.Lock | None = None


async def start() -> Runtime:
    """The runtime of this process, made on the first call of this function."""
    global _runtime, _starting
    _starting = _starting or asyncio.Lock()
    async with _starting:
        if _runtime is None:
            lifecycle.is_warm = False
            voice_activity = await VoiceActivity.start()
            await registry.warm(default_engines())
            runtime = Runtime(voice_activity)
            runtime.watch()
            _runtime = runtime
            lifecycle.is_warm = True
            log.info("runtime_ready")
    return _runtime


def expect(setup: EngineSetup) -> None:
    """See `Runtime.expect`; nothing where no media is served. On any thread."""
    if _runtime is not None:
        _runtime.expect(setup)


def later(seconds: float, work: Callable[[], None]) -> None:
    """See `Runtime.later`; nothing where no media is served. On any thread."""
    if _runtime is not None:
        _runtime.later(seconds, work)


def end_call(call_id: int, reason: str) -> None:
    """Have whichever process carries the call leave it for `reason`, a value of `EndReason`.

    For what `usage.billing.settlement.note_end` has written and committed. On any thread.
    """
    if _runtime is not None:
        _runtime.end_call(call_id, reason)
    else:
        async_to_sync(live_desk.order_end)(call_id, reason)


async def stop() -> None:
    """Close the runtime, if this process has one."""
    global _runtime, _starting
    runtime, _runtime, _starting = _runtime, None, None
    if runtime is not None:
        await runtime.aclose()
