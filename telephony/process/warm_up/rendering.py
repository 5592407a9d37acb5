"""Renders the fixed sentences of agents with paid voices when a version is published.

So an agent can greet and apologize in its own voice even if its provider fails. It costs a few
hundred characters for each agent, which are not charged to organizations. Calls never wait for it;
clips rendered by another process are found on disk.
"""

import asyncio
from collections import deque
from dataclasses import dataclass, replace
from time import monotonic
from typing import Final, Never

import structlog
from django.db import DatabaseError

from accounts.secrets.vault import SealedSecrets
from agents.engines import registry
from agents.engines.base import EngineSetup
from agents.engines.cascade.clips import ClipCache
from agents.engines.cascade.speaking import said_by
from agents.engines.voices import in_language
from agents.models import AgentVersion
from agents.providers import credentials
from agents.speech.text.sentences import sentences
from agents.variables.filling import fixed_cuts
from telephony.spoken.languages import phrases_for
from voicex.errors import VoicexError
from voicex.threads import on_database_thread

log = structlog.get_logger(__name__)

SECONDS: Final = 120.0  # for all sentences of one agent
# Retry intervals for a provider that is unreachable.
AGAIN_SECONDS: Final = 600.0
MOST_TRIES: Final = 12
POLL_SECONDS: Final = 5.0
# The limit of renderings for each organization, as the platform pays for them.
AGENTS_AN_HOUR: Final = 20
HOUR: Final = 3600.0
MOST_WAITING: Final = 1_000


@dataclass(slots=True)
class _Waiting:
    version: AgentVersion
    due: float  # on the monotonic clock, seconds
    tries: int = 0


class PaidVoices:
    """A queue that renders one agent after the other. For the event loop's thread."""

    def __init__(self, clips: ClipCache) -> None:
        self._clips = clips
        self._waiting: deque[_Waiting] = deque(maxlen=MOST_WAITING)
        self._begun: dict[str, deque[float]] = {}  # by organization

    def add(self, version: AgentVersion) -> None:
        """Queue the sentences of this version."""
        self._waiting.append(_Waiting(version, due=monotonic()))

    async def run(self) -> Never:
        """Render queued versions until cancelled."""
        while True:
            await self.render_due()
            await asyncio.sleep(POLL_SECONDS)

    async def render_due(self) -> None:
        """Render due versions. Never raises: the broad except is the boundary of one agent."""
        for _ in range(len(self._waiting)):
            each = self._waiting.popleft()
            if each.due > monotonic():
                self._waiting.append(each)
                continue
            try:
                is_done = not self._may_begin(each) or await self._render(each.version)
            except Exception:
                log.exception("clips_not_prepared", agent=each.version.agent.public_id)
                is_done = True
            each.tries += 1
            if not is_done and each.tries < MOST_TRIES:
                each.due = monotonic() + AGAIN_SECONDS
                self._waiting.append(each)

    def _may_begin(self, each: _Waiting) -> bool:
        """Whether the organization is within its limit; retries do not count."""
        if each.tries:
            return True
        now = monotonic()
        self._begun = {org: at for org, at in self._begun.items() if at[-1] > now - HOUR}
        begun = self._begun.setdefault(
            each.version.agent.org.public_id, deque(maxlen=AGENTS_AN_HOUR)
        )
        if len(begun) == AGENTS_AN_HOUR and begun[0] > now - HOUR:
            return False
        begun.append(now)
        return True

    async def _render(self, version: AgentVersion) -> bool:
        """Render one version; True if it is complete, or a retry would be useless."""
        try:
            setup = await on_database_thread(_setup_of, version)
            if setup is None:
                return True
            config = setup.config
            await registry.warm([config.tts])
            async with asyncio.timeout(SECONDS * len(config.languages)):
                owner = setup.org_id
                await render(self._clips, setup, owner=owner, phrases_owner=owner)
        except (VoicexError, TimeoutError, DatabaseError) as error:
            log.warning("clips_not_prepared", error=type(error).__name__)
            return isinstance(error, VoicexError) and not error.retryable
        return True


async def render(clips: ClipCache, setup: EngineSetup, *, owner: str, phrases_owner: str) -> None:
    """Have an agent's own sentences among the clips of `owner`, and the phrases of its languages,
    the main one first, among those of `phrases_owner`.

    Raises ConfigurationError, EngineMissing, EngineError.
    """
    for language in setup.config.languages:
        config = in_language(setup.config, language)
        voice = registry.text_to_speech(config.tts, replace(setup, config=config))
        said = said_by(config)
        if language == setup.config.language:
            for text, cut in fixed_cuts(config).items():
                await clips.prepare(voice, text, owner=owner, cut=cut, said=said)
        phrases = phrases_for(language)
        nods = phrases.listening if config.turn_taking.nods else ()
        for text in (*phrases.all(), *nods):
            cut = tuple(sentences(text, language))
            await clips.prepare(voice, text, owner=phrases_owner, cut=cut, said=said)


def _setup_of(version: AgentVersion) -> EngineSetup | None:
    """The set-up of the voice; None if there is no key for it. On a database thread."""
    org, config = version.agent.org, version.config()
    secrets = SealedSecrets(org)
    if config.tts in credentials.engines_without_access(secrets, config):
        return None
    return credentials.setup_of(org, config, secrets)
