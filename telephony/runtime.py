"""What all calls of a process share: made once, before the first call, and warmed."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import structlog
from django.conf import settings

from agents.engines import registry
from agents.engines.clips import ClipCache
from agents.engines.voice_activity import VoiceActivity
from telephony.recording import CallRecorder
from voicex.lifecycle import lifecycle

log = structlog.get_logger(__name__)

SETUP_THREADS: Final = 4  # tickets being redeemed at once; each uses a database connection


class Runtime:
    """Voice activity, clips, the recorder, and threads for the set-up of calls."""

    def __init__(self, voice_activity: VoiceActivity) -> None:
        self.voice_activity = voice_activity
        self.clips = ClipCache(settings.VAR_DIR / "clips")
        self.recorder = CallRecorder()
        self.setup_threads = ThreadPoolExecutor(SETUP_THREADS, thread_name_prefix="call-setup")

    async def aclose(self) -> None:
        """Write the last records and stop the threads."""
        await asyncio.to_thread(self.recorder.close)
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
            await registry.warm({settings.DEFAULT_STT, settings.DEFAULT_LLM, settings.DEFAULT_TTS})
            _runtime = Runtime(voice_activity)
            lifecycle.is_warm = True
            log.info("runtime_ready")
    return _runtime


async def stop() -> None:
    """Close the runtime, if this process has one."""
    global _runtime, _starting
    runtime, _runtime, _starting = _runtime, None, None
    if runtime is not None:
        await runtime.aclose()
