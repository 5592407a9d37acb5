"""A caller who wants a person: put through by the tool, or asked to whom."""

import json
import re
from typing import Final

from agents.engines.conversation import Role, ToolCall, ToolUse, Utterance
from agents.engines.local.dialogue import floor
from agents.engines.local.dialogue.hearing import LONGEST_TURN, clauses, is_question, plain, stems
from agents.engines.local.dialogue.notes.reading import MESSAGE_MAY_FOLLOW, TO_PASS_ON
from agents.engines.local.dialogue.phrases import QUESTIONS, Asked, question_heard
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
_THROUGH: Final = re.compile(r"(?<!\bdid you )\b(?:put|connect|transfer|pass|forward) me\b")
_SPEAK: Final = re.compile(r"\b(?:speak|talk|chat|speaking|talking)(?: \w+)? (?:to|with)\b")
# "I was speaking to someone in sales yesterday" wishes for nothing.
_SPOKE: Final = re.compile(
    r"\b(?:was|were|been|remember|after) (?:just )?(?:speaking|talking|chatting)(?: \w+)? "
    r"(?:to|with)\b"
)
_TITLES: Final = {"doctor": "dr", "mister": "mr", "missus": "mrs", "professor": "prof"}
_TITLE: Final = re.compile(rf"\b(?:{'|'.join(_TITLES)})\b")
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
    if _is_message(conversation):
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


def _is_message(conversation: tuple[Utterance, ...]) -> bool:
    """Whether the last turn is what shall be passed on, so that a wish in it is none to be put
    through now: "I'd like to talk to sales about my order", asked for a message."""
    turns = floor.joined(conversation)
    before = turns[-2] if len(turns) > 1 else None
    if before is None or before.role is not Role.AGENT:
        return False
    asked = question_heard(before.text, interrupted=before.interrupted)
    words = plain(turns[-1].text)
    if asked is Asked.MESSAGE:
        return not _THROUGH.search(words)
    return asked in MESSAGE_MAY_FOLLOW and bool(TO_PASS_ON.search(words))


def _after(use: ToolUse) -> str:
    """What is said after a run: nothing of one that succeeded, which the session tells."""
    if use.result is None or not use.result.is_error:
        return ""
    return TEST if use.result.text.startswith(transfer_call.NO_LINE) else CANNOT


def _is_wish(words: str, targets: tuple[Target, ...]) -> bool:
    if _NOT.search(words):
        return False
    is_wish = _THROUGH.search(words) or _SPEAK.search(_SPOKE.sub(" ", words))
    return bool(is_wish or _is_only_name(words, targets))


def _is_only_name(words: str, targets: tuple[Target, ...]) -> bool:
    """ "Sales, please": a name with nothing beside it."""
    if not words or is_question(words):
        return False
    return any(_name(words) == _name(target.name) for target in targets)


def _named(words: str, targets: tuple[Target, ...]) -> Target | None:
    """The target whose whole name is said; of two, the longer name."""
    said = _name(words)
    found = [target for target in targets if _name(target.name) and _name(target.name) <= said]
    return max(found, key=lambda target: len(_name(target.name)), default=None)


def _name(words: str) -> frozenset[str]:
    """The words of a name; "Doctor" is what "Dr." is read as."""
    return stems(_TITLE.sub(lambda found: _TITLES[found[0]], plain(words)))


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
