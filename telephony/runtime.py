"""What all calls of a process share: made once, before the first call, and kept warm."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import structlog
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import DatabaseError

from agents.credentials import platform_credentials
from agents.engines import registry
from agents.engines.base import Credentials, EngineSetup
from agents.engines.clips import ClipCache
from agents.engines.voice_activity import VoiceActivity
from agents.publishing import recently_published
from telephony import metrics
from telephony.capacity import capacity, resident_megabytes
from telephony.live import LiveDesk
from telephony.process_reports import reporter
from telephony.recording import CallRecorder
from telephony.recordings import RecordingKeeper
from telephony.session.phrases import phrases_for
from usage.attempts import attempt_log
from voicex.errors import VoicexError
from voicex.lifecycle import lifecycle

log = structlog.get_logger(__name__)

PREPARED_AGENTS: Final = 20  # a greeting and the fixed phrases take half a second
FREE_VOICES: Final = frozenset({"local", "scripted"})
# Idle connections close: ours after two minutes, a provider's own sooner or later.
RECONNECT_SECONDS: Final = 60.0
SETUP_THREADS: Final = 4  # tickets being redeemed at once; each uses a database connection


class Runtime:
    """Voice activity, clips, records, recordings, news, and threads for the set-up of calls."""

    def __init__(self, voice_activity: VoiceActivity) -> None:
        self.voice_activity = voice_activity
        self.clips = ClipCache(settings.VAR_DIR / "clips")
        self.recorder = CallRecorder()
        self.recordings = RecordingKeeper(self.recorder)
        self.live = LiveDesk()
        self.setup_threads = ThreadPoolExecutor(SETUP_THREADS, thread_name_prefix="call-setup")
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def watch(self) -> None:
        """Watch the running loop, keep the platform's providers connected, and let `/metrics`
        tell what this process carries."""
        self._loop = asyncio.get_running_loop()
        self._begin(capacity.loop_watch.run(), name="loop-watch")
        self._begin(_stay_connected(), name="stay-connected")
        self._begin(self.live.run(), name="live")
        attempt_log.start()
        reporter.start()
        # Read when somebody asks, so that they cost nothing meanwhile.
        metrics.LIVE_CALLS.set_function(lambda: capacity.count)
        metrics.MOST_CALLS.set(settings.MAX_CALLS_PER_PROCESS)
        metrics.MEMORY.set_function(lambda: resident_megabytes() * 2**20)
        metrics.ATTEMPTS_WAITING.set_function(lambda: attempt_log.waiting)
        metrics.LOOP_LAG.set_function(lambda: capacity.loop_watch.lag_seconds)
        metrics.RECORDS_WAITING.set_function(lambda: self.recorder.waiting)
        metrics.WINDOWS_DROPPED.set_function(lambda: self.voice_activity.windows_dropped)

    def expect(self, setup: EngineSetup) -> None:
        """A call on this set-up is about to come: connect to its providers. On any thread."""
        engines = {setup.config.stt, setup.config.llm, setup.config.tts}
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(
                lambda: self._begin(_connect(engines, setup.credentials), name="connect")
            )

    def later(self, seconds: float, work: Callable[[], None]) -> None:
        """Have short `work` done on the loop after so many seconds. On any thread."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(loop.call_later, seconds, work)

    def _begin(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def aclose(self) -> None:
        """Write the last records and stop the threads."""
        self._loop = None
        for task in self._tasks:
            task.cancel()
        await asyncio.to_thread(reporter.close)
        await asyncio.to_thread(attempt_log.close)
        await asyncio.to_thread(self.recordings.close)
        await asyncio.to_thread(self.recorder.close)
        self.setup_threads.shutdown(wait=False)
        await self.voice_activity.aclose()
        await registry.aclose()


async def _connect(engines: set[str], credentials: Credentials) -> None:
    """Load engines and open connections to their providers, if that can be.

    What is wrong with them, the call that meets it says.
    """
    try:
        await registry.warm(engines)
        await registry.connect(engines, credentials)
    except VoicexError as error:
        log.warning("provider_not_connected", error=type(error).__name__)


async def _stay_connected() -> None:
    """Keep connections to the platform's own providers, for the call that comes after hours."""
    while True:
        await _connect(_default_engines(), platform_credentials())
        await asyncio.sleep(RECONNECT_SECONDS)


def _default_engines() -> set[str]:
    return {settings.DEFAULT_STT, settings.DEFAULT_LLM, settings.DEFAULT_TTS}


async def _prepare_clips(clips: ClipCache) -> None:
    """Render the greetings of the newest agents, where a voice costs nothing."""
    try:
        versions = await sync_to_async(recently_published, thread_sensitive=False)(
            limit=PREPARED_AGENTS
        )
        for config in [version.config() for version in versions]:
            if config.tts in FREE_VOICES:
                voice = registry.text_to_speech(config.tts, EngineSetup(config))
                for text in (
                    config.greeting,
                    config.recording.sentence,
                    *phrases_for(config.language).all(),
                ):
                    await clips.prepare(voice, text)
    except (DatabaseError, VoicexError) as error:  # the first call renders its own
        log.warning("clips_not_prepared", error=type(error).__name__)


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
            await registry.warm(_default_engines())
            runtime = Runtime(voice_activity)
            await _prepare_clips(runtime.clips)
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


async def stop() -> None:
    """Close the runtime, if this process has one."""
    global _runtime, _starting
    runtime, _runtime, _starting = _runtime, None, None
    if runtime is not None:
        await runtime.aclose()
