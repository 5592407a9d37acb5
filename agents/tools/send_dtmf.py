"""Pressing keys: the tones go to whoever is on the line, such as a menu of another system. Pure."""

from typing import Annotated, Final

import msgspec

from agents.settings.config import AgentConfig
from agents.speech.audio.dtmf import KEYS, PAUSE
from agents.tools.base import Effect, Tool, ToolContext, ToolFailed

NAME: Final = "send_dtmf"
MOST_KEYS: Final = 32
NOT_HERE: Final = "There is no telephone line here. No key was pressed."
NO_KEYS: Final = f"Give 1 to {MOST_KEYS} of these keys: 0 to 9, *, #, and w to wait half a second."


class Arguments(msgspec.Struct):
    """What the model fills in."""

    keys: Annotated[
        str, msgspec.Meta(description="0 to 9, * and #, as 12#; w waits half a second.")
    ]


async def _run(arguments: Arguments, context: ToolContext) -> str:
    keys = "".join(arguments.keys.lower().split())
    if not 1 <= len(keys) <= MOST_KEYS or not set(keys) <= {*KEYS, PAUSE}:
        raise ToolFailed(NO_KEYS)
    if context.services is None:
        raise ToolFailed(NOT_HERE)
    await context.services.send_keys(keys, response_id=context.response_id)
    return f"The keys {keys} were pressed."


def _offered_for(config: AgentConfig) -> Tool | None:
    return TOOL if config.transfers.presses_keys else None


TOOL: Final = Tool(
    name=NAME,
    description=(
        "Press keys of the telephone. Only for an automatic system on the other end that asks for "
        "keys, never for a person."
    ),
    effect=Effect.WRITE,
    arguments=Arguments,
    run=_run,
    offered_for=_offered_for,
)
