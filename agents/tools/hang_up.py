"""Ending the call. Pure.

The session carries it out: it lets the words of goodbye be heard before the line is cut. A model
that knows no tools writes a mark in its place (`agents.speech.reply.hanging_up`).
"""

from typing import Final

import msgspec

from agents.engines.conversation import ToolCall
from agents.tools.base import Effect, Tool

NAME: Final = "hang_up"
CALL: Final = ToolCall(NAME)


class Arguments(msgspec.Struct):
    """No arguments."""


TOOL: Final = Tool(
    name=NAME,
    description=(
        "End the telephone call. Call it only when the conversation is over, in the same answer "
        "as your words of goodbye, which the caller hears first."
    ),
    effect=Effect.WRITE,
    arguments=Arguments,
)
