"""The models that agents may use with the platform's OpenAI key. With its own key an organization
may use any.

Models are engine settings of an agent, which a member can also import from a file. Without a limit
the platform would pay for the most expensive model.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.models import Organization, OrganizationSecret
from agents.settings.config import AgentConfig

KEY: Final = "openai_api_key"  # with one of its own an organization may name any model
OPTIONS: Final = ("openai.stt_model", "openai.llm_model", "openai.tts_model")


def allowed() -> frozenset[str]:
    """The models allowed with the platform's key; empty for any.

    The platform's default models are always allowed.
    """
    if not settings.OPENAI_MODELS:
        return frozenset()
    own = (settings.OPENAI_STT_MODEL, settings.OPENAI_LLM_MODEL, settings.OPENAI_TTS_MODEL)
    return frozenset((*settings.OPENAI_MODELS, *own))


def beyond(options: Mapping[str, object]) -> list[str]:
    """The engine settings (of OPTIONS) with a model that is not allowed."""
    models = allowed()
    return [name for name in OPTIONS if models and options.get(name, "") not in ("", *models)]


def problems(org: Organization, options: Mapping[str, object]) -> list[str]:
    """What is wrong with the models that an agent of `org` is to use, in words for a form."""
    found = beyond(options)
    if not found or _has_own_key(org):
        return []
    return [
        _(
            "%(name)s: %(model)s isn’t available with the platform’s key. Choose one of: "
            "%(allowed)s. With your own OpenAI key you can use any model."
        )
        % {
            "name": name,
            "model": str(options[name])[:60],
            "allowed": ", ".join(sorted(allowed())),
        }
        for name in found
    ]


def within(config: AgentConfig) -> AgentConfig:
    """`config` with disallowed models replaced by the platform's own.

    For agents that were published before a limit, or whose organization has removed its key, so
    that calls still work.
    """
    found = beyond(config.options)
    if not found:
        return config
    kept = {name: value for name, value in config.options.items() if name not in found}
    return replace(config, options=kept)


def _has_own_key(org: Organization) -> bool:
    return OrganizationSecret.objects.filter(org=org, name=KEY).exists()
