"""Analyses a call by rules, without a model: by its end reason and turns. Pure."""

from dataclasses import dataclass
from typing import Final

from agents.analysis.fields import Value
from agents.analysis.lines import (
    Outcome,
    Record,
    TranscriptLine,
    first_request,
    is_asking,
    one_line,
)
from agents.analysis.unknown import question_in, says_unknown, unanswered_in
from agents.engines.conversation import Role

LONGEST_SUMMARY: Final = 600  # characters
LONGEST_REASON: Final = 60


@dataclass(frozen=True, slots=True)
class Analysis:
    """What a call came to.

    summary: a model's, or by rules the caller's first question; reason: a few words; language: a
    tag such as "en"; fields: by their names, as far as known; unanswered: what the agent did not
    know.
    """

    outcome: Outcome
    summary: str = ""
    reason: str = ""
    language: str = ""
    fields: tuple[tuple[str, Value], ...] = ()
    unanswered: tuple[str, ...] = ()


def by_rules(record: Record) -> Analysis:
    """What can be said of a call without a model."""
    asked = first_request(record.caller_lines)
    unanswered = unanswered_in(record.lines)
    return Analysis(
        outcome=record.evident or _outcome(record, has_unanswered=bool(unanswered)),
        summary=one_line(asked, longest=LONGEST_SUMMARY),
        reason=one_line(question_in(asked), longest=LONGEST_REASON).rstrip("?.!"),
        language=record.language,
        unanswered=unanswered,
    )


def _outcome(record: Record, *, has_unanswered: bool) -> Outcome:
    answers = _answers(record.lines)
    if not answers:
        return Outcome.NOT_HELPED if record.has_failed else Outcome.ABANDONED
    is_known = any(is_asking(asked) and not says_unknown(answer) for asked, answer in answers)
    if has_unanswered and not is_known:
        return Outcome.NOT_HELPED
    return Outcome.ANSWERED


def _answers(lines: tuple[TranscriptLine, ...]) -> list[tuple[str, str]]:
    """What the caller said, with what the agent said to it."""
    found: list[tuple[str, str]] = []
    asked = ""
    for line in lines:
        if line.role is Role.CALLER and line.text.strip():
            asked = line.text
        elif line.role is Role.AGENT and asked and line.text.strip():
            found.append((asked, line.text))
            asked = ""
    return found
