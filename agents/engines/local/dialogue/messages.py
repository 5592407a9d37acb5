"""Takes a complete message by the tool, before the caller is told so."""

import json
import re
from typing import Final

from agents.engines.conversation import Role, ToolCall, ToolUse, Utterance
from agents.engines.local.dialogue.digits import SHORTEST
from agents.engines.local.dialogue.hearing import LONGEST_TURN, plain
from agents.engines.local.dialogue.notes.notes import Notes
from agents.engines.local.dialogue.phrases import Asked
from agents.tools import take_message

NOT_TAKEN: Final = (
    "I'm sorry, I can't take your message at the moment. Please call again a little later."
)
_URGENT: Final = re.compile(
    r"\b(?:urgent(?:ly)?|emergency|asap|as soon as possible|immediately|can't wait|cannot wait)\b"
)
_NOT_URGENT: Final = re.compile(
    r"\b(?:not|isn't|wasn't|no|nothing) (?:\w+ )?(?:urgent|emergency)\b"
)


def without_runs(conversation: tuple[Utterance, ...]) -> tuple[Utterance, ...]:
    """What was said: without the turns in which the agent said nothing and had a tool run."""
    return tuple(each for each in conversation if not (each.tools and not each.text.strip()))


def taken(
    notes: Notes, said: str, conversation: tuple[Utterance, ...]
) -> tuple[str, ToolCall | None]:
    """What to say now, and the tool to run; `said` says that the message of `notes` is taken.

    The tool comes first and alone, so that nothing is promised before it was kept.
    """
    call = call_of(notes, is_urgent=_is_urgent(conversation))
    last = _run_of(call, conversation[-1].tools) if conversation else None
    if last is not None and last.result is not None:
        return (NOT_TAKEN if last.result.is_error else said), None
    for each in conversation:
        use = _run_of(call, each.tools)
        if use and use.result is not None and not use.result.is_error:
            return said, None  # the caller has not heard it to its end
    return "", call


def call_of(notes: Notes, *, is_urgent: bool) -> ToolCall:
    """The tool that takes the message of `notes`."""
    is_withheld = Asked.NUMBER in notes.withheld or len(notes.number) < SHORTEST
    # Without its plus, a number with the code of a country is another one.
    number = f"+{notes.number}" if notes.is_international else notes.number
    arguments = {
        "message": notes.message,
        "caller_name": notes.name,
        "callback_number": "" if is_withheld else number,
        "urgency": "urgent" if is_urgent else "normal",
    }
    return ToolCall(take_message.NAME, json.dumps(arguments, separators=(",", ":")))


def _is_urgent(conversation: tuple[Utterance, ...]) -> bool:
    """Whether the caller said so in any turn."""
    turns = [plain(each.text[:LONGEST_TURN]) for each in conversation if each.role is Role.CALLER]
    return any(_URGENT.search(turn) and not _NOT_URGENT.search(turn) for turn in turns)


def _run_of(call: ToolCall, uses: tuple[ToolUse, ...]) -> ToolUse | None:
    """The newest run of the same call among `uses`."""
    same = [
        use for use in uses if (use.call.name, use.call.arguments) == (call.name, call.arguments)
    ]
    return same[-1] if same else None
