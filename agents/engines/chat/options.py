"""The optional parameters of chat requests, by an agent's settings."""

from collections.abc import Mapping
from typing import Final

from agents.engines import options
from agents.engines.access import Access
from agents.engines.base import Task
from agents.engines.openai.card import RESERVED
from agents.engines.openai.server_address import address_of
from agents.settings.config import AgentConfig
from agents.tools import registry
from agents.tools.base import Tool
from voicex.errors import ConfigurationError

EFFORT: Final = "reasoning_effort"


def wanted(config: AgentConfig, access: Access, *, task: Task | None = None) -> dict[str, object]:
    """The parameters by name, as OpenAI calls them. Raises ConfigurationError.

    Only what was chosen is sent: some models take no value but their own. task: what is to be done
    in place of a call, without tools.
    """
    found: dict[str, object] = {"stream": True, "stream_options": {"include_usage": True}}
    if task is not None:
        found["response_format"] = {"type": "json_object"}
    elif tools := registry.offered(config):
        found["tools"] = [_described(tool) for tool in tools]
    if "openai.temperature" in config.options:
        found["temperature"] = options.number(config, "openai.temperature", 1.0)
    chosen = int(options.number(config, "openai.max_tokens", 0))
    if most := task.most_tokens if task else chosen:
        found["max_completion_tokens" if _is_newest(access) else "max_tokens"] = most
    if effort := options.text(config, "openai.reasoning_effort", ""):
        found[EFFORT] = effort
    extra = options.mapping(config, "openai.extra_body")
    if reserved := sorted(extra.keys() & RESERVED):
        raise ConfigurationError(
            f"openai.extra_body may not hold {', '.join(reserved)}: these are the platform's"
        )
    return found | extra


def never_thinks(wanted: Mapping[str, object]) -> bool:
    """Whether a model is told by these parameters not to reason, in one of the ways there are."""
    inner = wanted.get("chat_template_kwargs")
    named = {**(inner if isinstance(inner, dict) else {}), **wanted}
    if any(named.get(name) is False for name in ("enable_thinking", "thinking", "think")):
        return True
    return wanted.get("thinking") == {"type": "disabled"} or wanted.get(EFFORT) == "none"


def _described(tool: Tool) -> dict[str, object]:
    function = {"name": tool.name, "description": tool.description, "parameters": tool.schema()}
    return {"type": "function", "function": function}


def _is_newest(access: Access) -> bool:
    """Whether the server is one that has given the older name up."""
    address = address_of(access.endpoint)
    return address.is_azure or address.url.startswith("https://api.openai.com/")
