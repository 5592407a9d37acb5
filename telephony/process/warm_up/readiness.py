"""Prepares engines, clips and connections before calls need them.

Engines are loaded, fixed sentences rendered (with paid voices by
`telephony.process.warm_up.rendering`), and connections to the platform's own providers opened: for
existing agents once this process serves, then for each published version. No tenant's agent is
prepared earlier, so that none can block the start. Whatever is not prepared is done by the first
call that needs it.
"""

import asyncio
from collections.abc import Iterable
from typing import Final, Never

import structlog
from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone

from agents.engines import registry
from agents.engines.access import Credentials
from agents.engines.base import EngineSetup
from agents.engines.cascade.clips import PLATFORM, ClipCache
from agents.hours.public import holidays_of
from agents.models import AgentVersion
from agents.providers.credentials import platform_credentials
from agents.settings.config import AgentConfig
from agents.versions.publishing import (
    engines_of_versions_after,
    language_models_in_use,
    published_after,
)
from agents.versions.setting_aside import HOLDS_UP, SLOW_VOICE, set_aside
from telephony.process.step_timer import StepTimer
from telephony.process.warm_up.rendering import PaidVoices, render
from voicex.errors import VoicexError
from voicex.threads import on_database_thread

log = structlog.get_logger(__name__)

# Preparing an agent may block the event loop for a few ms at a time; above this it is set aside.
HELD_SECONDS: Final = 0.05
RENDER_SECONDS: Final = 20.0  # for the greeting and the fixed phrases of one agent
POLL_SECONDS: Final = 10.0  # polling interval; the first call of a new agent may come before
PREPARED_AGENTS: Final = 20  # a greeting and the fixed phrases take half a second
# Reconnect interval: idle connections are closed after two minutes, or earlier by providers.
RECONNECT_SECONDS: Final = 60.0
KEEP_LOADED_SECONDS: Final = 30.0  # interval of checks for models that would be unloaded


class Readiness:
    """Keeps a serving process ready for calls: `keep` runs until it is cancelled."""

    def __init__(self, clips: ClipCache) -> None:
        self._clips = clips
        self._paid = PaidVoices(clips)
        self._newest = 0  # primary key of the latest version that was handled

    async def poll(self) -> None:
        """Prepare versions published since the last call; all at the first call.

        Never raises: one organization's agent must not affect other calls.
        """
        try:
            await self._prepare_published()
        except Exception:
            log.exception("not_made_ready")

    async def _prepare_published(self) -> None:
        try:
            versions, engines = await on_database_thread(_published_after, self._newest)
        except DatabaseError as error:
            log.warning("agents_not_read", error=type(error).__name__)
            return
        for name in engines:
            await _warm(name)
        self._newest = max([self._newest, *(version.pk for version in versions)])
        for version in versions:
            await self._prepare(version)

    async def _prepare(self, version: AgentVersion) -> None:
        """Prepare one agent, or set it aside if it takes too long.

        Never raises: the broad except is the boundary of one agent.
        """
        reason = ""
        try:
            config = version.config()
            if config.opening.holidays:  # the first question for those of a country takes 0.1 s
                year = timezone.now().year
                await on_database_thread(holidays_of, config.opening.holidays, year)
            if not registry.is_free(config.tts):
                self._paid.add(version)
                return
            work = StepTimer(self._render(config, owner=version.agent.org.public_id))
            try:
                async with asyncio.timeout(RENDER_SECONDS):
                    await work
            except TimeoutError:
                reason = SLOW_VOICE
            if work.longest > HELD_SECONDS:
                reason = HOLDS_UP
        except Exception:
            log.exception("not_made_ready", agent=version.agent.public_id)
        if reason:
            await _set_aside(version, reason)

    async def keep(self) -> Never:
        """Keep connections to the platform's providers open, and prepare published versions, until
        cancelled.
        """
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._paid.run(), name="paid-voices")
            if settings.KEEP_MODELS_LOADED:
                tasks.create_task(self._keep_models_loaded(), name="keep-models-loaded")
            await self._stay_connected()

    async def _keep_models_loaded(self) -> Never:
        """Keep the models of agents loaded on servers that unload idle ones."""
        while True:
            await asyncio.sleep(KEEP_LOADED_SECONDS)
            await keep_models_loaded()

    async def _stay_connected(self) -> Never:
        loop = asyncio.get_running_loop()
        while True:
            await connect(default_engines(), platform_credentials())
            reconnect_at = loop.time() + RECONNECT_SECONDS
            while loop.time() < reconnect_at:
                await self.poll()
                await asyncio.sleep(POLL_SECONDS)

    async def _render(self, config: AgentConfig, *, owner: str) -> None:
        """Render the fixed sentences of an agent with a free voice into the cache."""
        # A free voice with default options is the same for all agents: its phrases are rendered
        # once.
        speech = config.speech
        is_own = config.voice or config.options or speech.pronunciations or speech.languages
        phrases_owner = owner if is_own else PLATFORM
        try:
            setup = EngineSetup(config)
            await render(self._clips, setup, owner=owner, phrases_owner=phrases_owner)
        except VoicexError as error:
            log.warning("clips_not_prepared", error=type(error).__name__)


def default_engines() -> frozenset[str]:
    """The engines of agents that do not choose their own."""
    return frozenset({settings.DEFAULT_STT, settings.DEFAULT_LLM, settings.DEFAULT_TTS})


async def connect(engines: Iterable[str], credentials: Credentials) -> None:
    """Load `engines` and open connections to their providers, if possible.

    Failures are only logged; calls report them when they occur again.
    """
    engines = list(engines)
    try:
        await registry.warm(engines)
        await registry.connect(engines, credentials)
    except VoicexError as error:
        log.warning("provider_not_connected", error=type(error).__name__)


async def keep_models_loaded() -> None:
    """Send a request to language models that would soon be unloaded. Never raises."""
    try:
        used = await on_database_thread(_language_models)
        await registry.keep(used, platform_credentials())
    except Exception:  # calls meet and report the error themselves
        log.exception("models_not_kept_loaded")


def _language_models() -> frozenset[str]:
    """The engines that write for agents. On a database thread."""
    return frozenset(name or settings.DEFAULT_LLM for name in language_models_in_use())


async def _warm(engine: str) -> None:
    """Load `engine`, if it is installed here."""
    try:
        await registry.warm([engine])
    except VoicexError as error:
        log.warning("engine_not_loaded", engine=engine, error=type(error).__name__)


def _published_after(number: int) -> tuple[list[AgentVersion], frozenset[str]]:
    """Some of the versions above `number`, and the engines of all of them. On a database thread."""
    versions = published_after(number, limit=PREPARED_AGENTS)
    return versions, engines_of_versions_after(number) if versions else frozenset()


async def _set_aside(version: AgentVersion, reason: str) -> None:
    """Record that `version` is set aside."""
    try:
        await on_database_thread(set_aside, version, reason=reason)
    except DatabaseError as error:  # otherwise it is detected again at the next start
        log.warning("agent_not_set_aside", error=type(error).__name__)
