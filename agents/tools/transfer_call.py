"""Putting a caller through to a person whom the agent's settings name. Pure.

A model chooses one of the names, never a number; whether the name is one of the agent's, and
whether it is a time for it, the call decides (`agents.tools.base.CallServices.transfer`). The
caller then hears a sentence of the session's, and the carrier dials when that was heard.
"""

from dataclasses import replace
from functools import lru_cache
from typing import Annotated, Final, Literal

import msgspec

from agents.settings.config import AgentConfig
from agents.tools.base import Effect, Tool, ToolContext, ToolFailed
from agents.transfers.settings import Transfers
from agents.transfers.targets import Target

NAME: Final = "transfer_call"
NO_LINE: Final = "This is a test without a telephone line."  # how such a result begins
NOT_HERE: Final = "Calls cannot be put through here. Offer to take a message instead."


class Arguments(msgspec.Struct):
    """What the model fills in."""

    target: Annotated[str, msgspec.Meta(description="To whom: one of the names.")]
    briefing: Annotated[
        str,
        msgspec.Meta(
            description="For the person who answers, in a sentence or two: who calls, and why."
        ),
    ] = ""


async def _run(arguments: Arguments, context: ToolContext) -> str:
    if context.services is None:
        raise ToolFailed(NOT_HERE)
    return await context.services.transfer(arguments.target, briefing=arguments.briefing)


def _offered_for(config: AgentConfig) -> Tool | None:
    return for_targets_of(config.transfers)


TOOL: Final = Tool(
    name=NAME,
    description=(
        "Put the caller through to one of these people or departments. Call it when the caller "
        "asks for them, or needs what they are for, and say nothing yourself: the caller is told. "
        "Your part of the call is then over, unless they do not answer."
    ),
    effect=Effect.WRITE,
    arguments=Arguments,
    run=_run,
    once_by_key=True,  # the call leaves for one line, however often that is asked for
    offered_for=_offered_for,
)


@lru_cache(256)
def for_targets_of(transfers: Transfers) -> Tool | None:
    """The tool with the names of these targets; None where nobody can be reached."""
    targets = transfers.all
    if not targets:
        return None
    named = Literal[tuple(each.name for each in targets)]  # type: ignore[valid-type]  # of values
    told = "\n".join(map(_described, targets))
    return replace(
        TOOL,
        description=f"{TOOL.description}\n{told}",
        arguments=msgspec.defstruct(
            Arguments.__name__,
            [
                ("target", Annotated[named, msgspec.Meta(description="To whom.")]),
                ("briefing", Arguments.__annotations__["briefing"], ""),
            ],
        ),
    )


def _described(target: Target) -> str:
    return f"- {target.name}: {target.when}" if target.when else f"- {target.name}"
