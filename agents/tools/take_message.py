"""Taking a message: what a caller wants passed on to the people of the organization. Pure.

It is stored by `usage.messages`, which bounds every text, and mailed at once. An interruption does
not cancel it, and a run that is repeated stores nothing more.
"""

from typing import Annotated, Final, Literal

import msgspec

from agents.tools.base import Effect, MessageDraft, Tool, ToolContext, ToolFailed

NAME: Final = "take_message"
NOT_TAKEN: Final = "Messages cannot be taken here. Nothing was passed on, and nobody was told."
NO_TEXT: Final = "The message is empty. Ask the caller what it is about, then call this again."


class Arguments(msgspec.Struct):
    """What the model fills in."""

    message: Annotated[
        str, msgspec.Meta(description="What it is about, with all that the caller wants passed on.")
    ]
    caller_name: Annotated[str, msgspec.Meta(description="The caller's name, as they gave it.")] = (
        ""
    )
    callback_number: Annotated[
        str,
        msgspec.Meta(description="Where to call back. Leave it out for the number they call from."),
    ] = ""
    urgency: Annotated[
        Literal["normal", "urgent"],
        msgspec.Meta(description="urgent only if the caller says that it cannot wait."),
    ] = "normal"


async def _run(arguments: Arguments, context: ToolContext) -> str:
    if not arguments.message.strip():
        raise ToolFailed(NO_TEXT)
    if context.services is None:
        raise ToolFailed(NOT_TAKEN)
    draft = MessageDraft(
        text=arguments.message,
        name=arguments.caller_name,
        number=arguments.callback_number,
        is_urgent=arguments.urgency == "urgent",
    )
    return await context.services.take_message(draft, key=context.key)


TOOL: Final = Tool(
    name=NAME,
    description=(
        "Pass a message from the caller on to the people you work for. Ask for the caller's name, "
        "the number to call back and what it is about, then call this once. Say that the message "
        "is taken only after this has confirmed it."
    ),
    effect=Effect.WRITE,
    once_by_key=True,
    arguments=Arguments,
    run=_run,
)
