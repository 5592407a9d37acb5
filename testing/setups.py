"""What an engine is made from, for tests: an agent with nothing special about it."""

from typing import Any

from agents.engines.access import Credentials
from agents.engines.base import EngineSetup
from agents.engines.conversation import Role, Utterance
from agents.settings.config import AgentConfig

QUESTION = (Utterance(Role.CALLER, "When do you close?"),)


def setup(credentials: Credentials | None = None, **config: object) -> EngineSetup:
    """An EngineSetup; `config` are fields of AgentConfig."""
    fields: dict[str, Any] = {
        "agent_id": "a1",
        "version": 1,
        "name": "Ada",
        "prompt": "You answer for the Corner Bakery.",
        "facts": (),
        "greeting": "Hello.",
        **config,
    }
    return EngineSetup(AgentConfig(**fields), credentials or Credentials())
