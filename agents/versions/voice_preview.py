"""Renders a sentence in an agent's voice for a preview."""

import asyncio
import io
import wave
from functools import cache
from typing import Final

import structlog
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.members.access import record
from accounts.models import Organization, User
from accounts.secrets.vault import SealedSecrets
from agents.engines import pool, registry
from agents.engines.base import EngineSetup
from agents.engines.cascade.clips import ClipCache
from agents.engines.cascade.speaking import said_by
from agents.engines.loop_cache import LoopCache
from agents.models import Agent, AgentVersion
from agents.providers import credentials, engine_problems
from agents.settings.engine_fit import check_fit
from agents.speech.audio import mulaw
from agents.speech.text.sentences import sentences
from agents.variables.filling import fill
from agents.variables.values import Known, values_of
from voicex.errors import ConfigurationError, EngineError, SecretUnreadable

log = structlog.get_logger(__name__)

MAX_CHARACTERS: Final = 300  # about twenty seconds of speech
SECONDS: Final = 20.0  # for all of it; the first sentence of a cold local voice takes three
# One at a time of each organization: its own server may take as long as it likes.
_turns: Final[LoopCache[str, asyncio.Semaphore]] = LoopCache(
    lambda _: asyncio.Semaphore(1), limit=1_000
)


def setup_of(org: Organization, version: AgentVersion) -> EngineSetup:
    """What the voice of `version` (which may be unsaved) is made from. Reads the database.

    Raises ValidationError in words when the voice cannot work.
    """
    version.prepare()
    config = version.config()
    secrets = SealedSecrets(org)
    try:
        check_fit("tts", config.tts, language=config.language, voice=config.voice)
        if config.tts in credentials.engines_without_access(secrets, config):
            title = registry.engines()[config.tts].title
            raise ConfigurationError(
                _("This agent uses %(name)s, but no API key is set.") % {"name": title}
            )
        return credentials.setup_of(org, config, secrets)
    except (ConfigurationError, SecretUnreadable) as error:
        raise ValidationError(str(error)) from error


async def spoken(setup: EngineSetup, text: str) -> bytes:
    """`text` (cut at MAX_CHARACTERS) as a WAV file: 16-bit mono at 8 kHz, as on the phone.

    Sentences that were rendered before come from the clip cache, which calls share; those
    that are new stay in it. Raises ValidationError in words.
    """
    filled = fill(text[:MAX_CHARACTERS], values_of(setup.config, Known(timezone.now())))
    cut = sentences(filled, setup.config.language)
    said_as = said_by(setup.config)
    try:
        tts = registry.text_to_speech(setup.config.tts, setup)
        async with asyncio.timeout(SECONDS), _turns.get(setup.org_id):
            with pool.in_background():
                await _clips().prepare(tts, text, owner=setup.org_id, cut=cut, said=said_as)
    except TimeoutError as error:
        raise ValidationError(_("The voice took too long to respond. Try again.")) from error
    except ConfigurationError as error:
        raise ValidationError(str(error)) from error
    except EngineError as error:
        log.warning("preview_failed", engine=setup.config.tts, **error.for_the_log())
        raise ValidationError(engine_problems.in_words(error.reason)) from error
    said = [
        clip
        for each in cut
        if (clip := _clips().find(tts.cache_key, said_as(each), owner=setup.org_id))
    ]
    if not said:
        raise ValidationError(_("This text has no words to speak."))
    return _wav(b"".join(said))


def forget(agent: Agent, *, actor: User) -> None:
    """Forget every sentence that was rendered for the organization, in all processes.

    The next call or preview that says one has it rendered anew: for a server that spoke wrongly and
    was repaired. Raises ValidationError in words when the disk refuses.
    """
    try:
        _clips().forget(agent.org.public_id)
    except OSError as error:
        log.warning("clips_not_forgotten", error=type(error).__name__)
        raise ValidationError(_("The generated audio couldn’t be deleted.")) from error
    record(agent.org, actor=actor, action="agent.voice_forgotten", target=str(agent))


@cache
def _clips() -> ClipCache:
    return ClipCache(settings.VAR_DIR / "clips")


def _wav(audio: bytes) -> bytes:
    """Mu-law as a WAV file that every browser plays; not all of them know mu-law."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(mulaw.RATE)
        writer.writeframes(mulaw.decode(audio).astype("<i2").tobytes())
    return file.getvalue()
