"""Compares the recognition of a sentence in both forms: charged, but not stored."""

from contextlib import AbstractContextManager, nullcontext

import structlog
from asgiref.sync import async_to_sync
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.members.asking import place_to_ask
from accounts.members.trust import may_compare_hearing
from accounts.models import Organization, User
from accounts.secrets.vault import SealedSecrets
from agents.engines import registry
from agents.engines.base import EngineSetup, Usage
from agents.models import AgentVersion
from agents.providers import credentials, engine_problems
from agents.settings.engine_fit import check_engine
from usage.billing.charged_tests import post_test
from usage.hearing.asking import Heard, ask
from usage.hearing.sound import (
    MAX_SECONDS,
    NoSentence,
    Sentence,
    TooLong,
    TooNarrow,
    sentence_in,
)
from usage.models import Call
from usage.quota.budgets import ensure_budget
from voicex.errors import ConfigurationError, Declined, EngineError, SecretUnreadable
from voicex.reasons.attempts import AttemptReason
from voicex.reasons.ends import EndReason

log = structlog.get_logger(__name__)


def compare(version: AgentVersion, content: bytes, *, actor: User) -> Heard:
    """What `version`, which is stored, hears of the sentence in `content`, a WAV file.

    Blocks for some seconds at most. Raises ValidationError in words, and Declined (`suspended`,
    `budget_spent`).
    """
    org, began = version.agent.org, timezone.now()
    if org.is_suspended:
        raise Declined(AttemptReason.SUSPENDED, why=org.suspended_reason)
    if not may_compare_hearing(org):
        raise ValidationError(_("Too many tries. Try again in a minute."))
    ensure_budget(org, version.agent.published or version, now=began)
    sentence = _sentence(content)
    setup = _setup(version)
    used = Usage()
    try:
        with _place_for(setup, org):
            return async_to_sync(ask)(setup, sentence, used)
    except ConfigurationError as error:
        raise ValidationError(str(error)) from error
    except EngineError as error:
        log.warning("hearing_not_compared", engine=setup.config.stt, **error.for_the_log())
        raise ValidationError(engine_problems.in_words(error.reason)) from error
    finally:
        if used.stt_ms:
            post_test(
                version,
                used,
                channel=Call.Channel.UPLOAD,
                reason=EndReason.HEARING_COMPARED,
                actor=actor,
                began=began,
                now=timezone.now(),
            )


def _place_for(setup: EngineSetup, org: Organization) -> AbstractContextManager[None]:
    """A place to wait in where the organization's own server is asked."""
    is_own = setup.credentials.of(setup.config.stt).is_fenced
    return place_to_ask(org) if is_own else nullcontext()


def _sentence(content: bytes) -> Sentence:
    try:
        return sentence_in(content)
    except TooLong as error:
        said = _("The recording is longer than %(seconds)d seconds.") % {"seconds": MAX_SECONDS}
        raise ValidationError(said) from error
    except TooNarrow as error:
        raise ValidationError(
            _("The recording has less than 16 kHz: there is nothing to compare.")
        ) from error
    except NoSentence as error:
        raise ValidationError(_("This isn’t a WAV file that can be read.")) from error


def _setup(version: AgentVersion) -> EngineSetup:
    version.prepare()
    config, secrets_of_org = version.config(), SealedSecrets(version.agent.org)
    try:
        check_engine("stt", config.stt, language=config.language)
        if credentials.without_access(secrets_of_org, {config.stt}):
            title = registry.engines()[config.stt].title
            raise ConfigurationError(
                _("This agent uses %(name)s, but no API key is set.") % {"name": title}
            )
        return credentials.setup_of(version.agent.org, config, secrets_of_org)
    except (ConfigurationError, SecretUnreadable) as error:
        raise ValidationError(str(error)) from error
