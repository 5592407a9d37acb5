"""Which of OpenAI's models the platform pays for. On a key of its own an organization may name any.

An agent names its models among its engine settings, and a member can bring those in a file.
Without a limit they could have the platform pay for the most expensive.
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
    """The models that agents may name on the platform's key; empty for any.

    Those that the platform itself uses are always among them.
    """
    if not settings.OPENAI_MODELS:
        return frozenset()
    own = (settings.OPENAI_STT_MODEL, settings.OPENAI_LLM_MODEL, settings.OPENAI_TTS_MODEL)
    return frozenset((*settings.OPENAI_MODELS, *own))


def beyond(options: Mapping[str, object]) -> list[str]:
    """The names in OPTIONS under which engine settings name a model that is not allowed."""
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
    """`config` without the models that are not allowed: the platform's own take their place.

    For agents that were published before a limit, or whose organization took its key away:
    their callers are answered all the same.
    """
    found = beyond(config.options)
    if not found:
        return config
    kept = {name: value for name, value in config.options.items() if name not in found}
    return replace(config, options=kept)


def _has_own_key(org: Organization) -> bool:
    return OrganizationSecret.objects.filter(org=org, name=KEY).exists()
