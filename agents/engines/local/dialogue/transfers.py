"""A caller who wants a person: put through by the tool, or asked to whom."""

import json
import re
from typing import Final

from agents.engines.conversation import Role, ToolCall, ToolUse, Utterance
from agents.engines.local.dialogue.hearing import LONGEST_TURN, clauses, is_question, plain, stems
from agents.engines.local.dialogue.phrases import QUESTIONS, Asked
from agents.engines.local.dialogue.small_talk import PERSON
from agents.settings.config import Transfers
from agents.tools import transfer_call
from agents.transfers.targets import Target

CANNOT: Final = f"I'm sorry, nobody can take your call now. {QUESTIONS[Asked.OFFER_MESSAGE]}"
TEST: Final = (
    "This is a test without a phone line. On a real call I would put you through now. "
    f"{QUESTIONS[Asked.ANYTHING_ELSE]}"
)
WHICH: Final = "Who would you like to speak to?"
_THROUGH: Final = re.compile(r"\b(?:put|connect|transfer|pass|forward) me\b")
_SPEAK: Final = re.compile(r"\b(?:speak|talk|chat|speaking|talking)(?: \w+)? (?:to|with)\b")
_SOMEONE: Final = re.compile(rf"\b{PERSON}\b")
_NOT: Final = re.compile(r"\b(?:don't|do not|didn't|did not|not|never)\b")


def answer_of(
    transfers: Transfers, conversation: tuple[Utterance, ...]
) -> tuple[str, ToolCall | None] | None:
    """What to say to a caller who wants a person, and the tool to run; None for any other turn."""
    targets = transfers.all
    if not targets or not conversation:
        return None
    last = conversation[-1]
    if use := _newest_run(last.tools):
        return _after(use), None
    if last.role is not Role.CALLER:
        return None
    asked = _agent_before(conversation).rstrip().endswith(WHICH)
    for clause in reversed(clauses(last.text[:LONGEST_TURN])):
        words = plain(clause)
        named = _named(words, targets)
        is_wish = _is_wish(words, targets)
        if named and (is_wish or asked):
            return "", _call(named, words)
        if is_wish and (_THROUGH.search(words) or _SOMEONE.search(words)):
            if len(targets) == 1:
                return "", _call(targets[0], words)
            return f"I can put you through to {_listed(targets)}. {WHICH}", None
    return None


def _after(use: ToolUse) -> str:
    """What is said after a run: nothing of one that succeeded, which the session tells."""
    if use.result is None or not use.result.is_error:
        return ""
    return TEST if use.result.text.startswith(transfer_call.NO_LINE) else CANNOT


def _is_wish(words: str, targets: tuple[Target, ...]) -> bool:
    if _NOT.search(words):
        return False
    return bool(_THROUGH.search(words) or _SPEAK.search(words) or _is_only_name(words, targets))


def _is_only_name(words: str, targets: tuple[Target, ...]) -> bool:
    """ "Sales, please": a name with nothing beside it."""
    if not words or is_question(words):
        return False
    return any(stems(words) == stems(target.name) for target in targets)


def _named(words: str, targets: tuple[Target, ...]) -> Target | None:
    """The target whose whole name is said; of two, the longer name."""
    said = stems(words)
    found = [target for target in targets if stems(target.name) and stems(target.name) <= said]
    return max(found, key=lambda target: len(stems(target.name)), default=None)


def _call(target: Target, words: str) -> ToolCall:
    arguments = {"target": target.name, "briefing": f"The caller said: {words}."}
    return ToolCall(transfer_call.NAME, json.dumps(arguments, separators=(",", ":")))


def _listed(targets: tuple[Target, ...]) -> str:
    *others, last = (target.name for target in targets)
    return f"{', '.join(others)} or {last}" if others else last


def _agent_before(conversation: tuple[Utterance, ...]) -> str:
    said = [each.text for each in conversation[:-1] if each.role is Role.AGENT]
    return said[-1] if said else ""


def _newest_run(uses: tuple[ToolUse, ...]) -> ToolUse | None:
    runs = [use for use in uses if use.call.name == transfer_call.NAME]
    return runs[-1] if runs else None
