"""What all calls of a process share: made once, before the first call, and warmed."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import structlog
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import DatabaseError

from agents.engines import registry
from agents.engines.base import EngineSetup
from agents.engines.clips import ClipCache
from agents.engines.voice_activity import VoiceActivity
from agents.publishing import recently_published
from telephony import metrics
from telephony.capacity import capacity
from telephony.recording import CallRecorder
from telephony.session.phrases import phrases_for
from voicex.errors import VoicexError
from voicex.lifecycle import lifecycle

log = structlog.get_logger(__name__)

PREPARED_AGENTS: Final = 20  # a greeting and the fixed phrases take half a second
FREE_VOICES: Final = frozenset({"local", "scripted"})
SETUP_THREADS: Final = 4  # tickets being redeemed at once; each uses a database connection


class Runtime:
    """Voice activity, clips, the recorder, and threads for the set-up of calls."""

    def __init__(self, voice_activity: VoiceActivity) -> None:
        self.voice_activity = voice_activity
        self.clips = ClipCache(settings.VAR_DIR / "clips")
        self.recorder = CallRecorder()
        self.setup_threads = ThreadPoolExecutor(SETUP_THREADS, thread_name_prefix="call-setup")
        self._loop_watch: asyncio.Task[None] | None = None

    def watch(self) -> None:
        """Watch the running loop, and let `/metrics` tell what this process carries."""
        self._loop_watch = asyncio.create_task(capacity.loop_watch.run(), name="loop-watch")
        # Read when somebody asks, so that they cost nothing meanwhile.
        metrics.LIVE_CALLS.set_function(lambda: capacity.count)
        metrics.LOOP_LAG.set_function(lambda: capacity.loop_watch.lag_seconds)
        metrics.RECORDS_WAITING.set_function(lambda: self.recorder.waiting)
        metrics.WINDOWS_DROPPED.set_function(lambda: self.voice_activity.windows_dropped)

    async def aclose(self) -> None:
        """Write the last records and stop the threads."""
        if self._loop_watch is not None:
            self._loop_watch.cancel()
        await asyncio.to_thread(self.recorder.close)
        self.setup_threads.shutdown(wait=False)
        await self.voice_activity.aclose()
        await registry.aclose()


async def _prepare_clips(clips: ClipCache) -> None:
    """Render the greetings of the newest agents, where a voice costs nothing."""
    try:
        versions = await sync_to_async(recently_published, thread_sensitive=False)(
            limit=PREPARED_AGENTS
        )
        for config in [version.config() for version in versions]:
            if config.tts in FREE_VOICES:
                voice = registry.text_to_speech(config.tts, EngineSetup(config))
                for text in (config.greeting, *phrases_for(config.language).all()):
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
            await registry.warm({settings.DEFAULT_STT, settings.DEFAULT_LLM, settings.DEFAULT_TTS})
            runtime = Runtime(voice_activity)
            await _prepare_clips(runtime.clips)
            runtime.watch()
            _runtime = runtime
            lifecycle.is_warm = True
            log.info("runtime_ready")
    return _runtime


async def stop() -> None:
    """Close the runtime, if this process has one."""
    global _runtime, _starting
    runtime, _runtime, _starting = _runtime, None, None
    if runtime is not None:
        await runtime.aclose()
