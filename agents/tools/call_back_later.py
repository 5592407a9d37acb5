"""Promising a call back: a message with a time, of which people are reminded. Pure.

Nothing is dialed: a person calls back. The day and time that a model writes become a moment in
`usage.messages.due`, by the clocks that the agent's settings name.
"""

from typing import Annotated, Final

import msgspec

from agents.settings.config import AgentConfig
from agents.tools.base import Effect, MessageDraft, Tool, ToolContext, ToolFailed
from agents.tools.take_message import NO_TEXT, NOT_TAKEN

NAME: Final = "call_back_later"


class Arguments(msgspec.Struct):
    """What the model fills in."""

    day: Annotated[
        str,
        msgspec.Meta(description="today, tomorrow, a weekday in English, or as in 2026-05-04."),
    ]
    time: Annotated[str, msgspec.Meta(description="Of that day, as in 15:30.")]
    about: Annotated[str, msgspec.Meta(description="What it is about.")]
    caller_name: Annotated[str, msgspec.Meta(description="The caller's name, as they gave it.")] = (
        ""
    )
    callback_number: Annotated[
        str,
        msgspec.Meta(description="Where to call. Leave it out for the number they call from."),
    ] = ""


async def _run(arguments: Arguments, context: ToolContext) -> str:
    if not arguments.about.strip():
        raise ToolFailed(NO_TEXT)
    if context.services is None:
        raise ToolFailed(NOT_TAKEN)
    draft = MessageDraft(
        text=arguments.about,
        name=arguments.caller_name,
        number=arguments.callback_number,
        day=arguments.day,
        time=arguments.time,
    )
    return await context.services.take_message(draft, key=context.key)


def _offered_for(config: AgentConfig) -> Tool | None:
    return TOOL if config.messages.calls_back else None


TOOL: Final = Tool(
    name=NAME,
    description=(
        "Note that a person calls the caller back at a time that they agreed to. Ask for the day, "
        "the time and what it is about, then call this once. Say that the call back is noted only "
        "after this has confirmed it."
    ),
    effect=Effect.WRITE,
    once_by_key=True,
    arguments=Arguments,
    run=_run,
    offered_for=_offered_for,
)
