"""Validates and limits a model's analysis of a call. Pure.

What does not fit is left out, and said so that the model can be asked once more.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from agents.analysis import unknown
from agents.analysis.fields import CallField, Value, fitted
from agents.analysis.lines import Outcome, Record, one_line
from agents.analysis.rules import LONGEST_REASON, LONGEST_SUMMARY, Analysis, by_rules

LONGEST: Final = 8_000  # characters of an answer that are read
SENTENCES: Final = 3
LONGEST_LANGUAGE: Final = 12

# Behind a word of four letters or more, so that no abbreviation ends a sentence.
_END: Final = re.compile(r"(?<=\w{4}[.!?])\s+(?=\S)")
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})?")
# What cannot be seen, or turns the direction of what follows.
_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)


@dataclass(frozen=True, slots=True)
class Checked:
    """An answer as far as it fits. problems: what does not, in words for the model."""

    analysis: Analysis
    problems: tuple[str, ...] = ()


def checked(text: str, record: Record, fields: Sequence[CallField]) -> Checked | None:
    """What of a model's answer fits; None when there is no object in it at all.

    An outcome that the call itself shows goes before the model's.
    """
    said = _object_in(text)
    if said is None:
        return None
    usual = by_rules(record)
    problems: list[str] = []
    summary = summary_of(said.get("summary"))
    if not summary:
        problems.append('"summary" must be a text')
    outcome = _outcome(said.get("outcome"), record)
    if outcome is None:
        problems.append(f'"outcome" must be one of: {", ".join(Outcome)}')
    filled = _fields(said.get("fields"), fields, problems)
    analysis = Analysis(
        outcome=outcome or usual.outcome,
        summary=summary,
        reason=one_line(plain(said.get("reason")), longest=LONGEST_REASON).rstrip("."),
        language=_language(said.get("language")) or usual.language,
        fields=filled,
        unanswered=_questions(said.get("unanswered")),
    )
    return Checked(analysis, tuple(problems))


def plain(said: object) -> str:
    """A model's text on one line without what cannot be seen; "" for anything else."""
    if not isinstance(said, str):
        return ""
    return " ".join(_UNSEEN.sub("", said[:LONGEST]).split())


def summary_of(said: object) -> str:
    """A model's summary, SENTENCES at most."""
    sentences = _END.split(plain(said))
    return one_line(" ".join(sentences[:SENTENCES]), longest=LONGEST_SUMMARY)


def _object_in(text: str) -> dict[str, Any] | None:
    """The first object in an answer that may have words or a fence around it."""
    text = text[:LONGEST]
    begin = text.find("{")
    if begin < 0:
        return None
    try:
        found, _end = json.JSONDecoder().raw_decode(text, begin)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _outcome(said: object, record: Record) -> Outcome | None:
    if record.evident is not None:
        return record.evident
    word = said.strip().lower().replace(" ", "_") if isinstance(said, str) else ""
    found = next((each for each in Outcome if each == word), None)
    # Neither was done: a message is in the inbox, and a transfer is known.
    return None if found in (Outcome.MESSAGE, Outcome.TRANSFERRED) else found


def _language(said: object) -> str:
    tag = said.strip() if isinstance(said, str) else ""
    is_tag = len(tag) <= LONGEST_LANGUAGE and _LANGUAGE.fullmatch(tag)
    return tag.partition("-")[0].lower() if is_tag else ""


def _questions(said: object) -> tuple[str, ...]:
    listed = said if isinstance(said, list) else []
    written = (one_line(plain(each), longest=unknown.LONGEST) for each in listed[: unknown.MOST])
    return tuple(dict.fromkeys(filter(None, written)))


def _fields(
    said: object, fields: Sequence[CallField], problems: list[str]
) -> tuple[tuple[str, Value], ...]:
    """The values that fit; the others are told in `problems`."""
    given = said if isinstance(said, dict) else {}
    if fields and not isinstance(said, dict):
        problems.append('"fields" must be an object')
    found: list[tuple[str, Value]] = []
    for field in fields:
        value = given.get(field.name)
        try:
            fitting = fitted(field, plain(value) if isinstance(value, str) else value)
        except ValueError as error:
            problems.append(f'the field "{field.name}" {error}')
            continue
        if fitting is not None:
            found.append((field.name, fitting))
    return tuple(found)
