"""Facts that wait to be filled in, and the answers that fill them.

A gap is a fact with [[double brackets]] (`agents.settings.config.gap_in`). An answer that stood
beside it as a fact of its own would leave the gap on the checklist.
"""

from collections.abc import Sequence
from typing import Final

from agents.analysis.gathering import matched, words_of
from agents.facts.lines import LONGEST_TOPIC
from agents.settings.config import facts_in, gap_in

_END: Final = ": "  # of a topic


def gaps_in(text: str) -> list[str]:
    """The topics of the facts in an editor's text that wait, each once."""
    return list(dict.fromkeys(fact.topic for fact, is_filled in facts_in(text) if not is_filled))


def gap_for(question: str, gaps: Sequence[str]) -> str:
    """Which of `gaps` is probably about `question`, for a person to confirm; "" for none."""
    return next((gaps[number] for number in matched(gaps, [question])), "")


def gap_of(topic: str, gaps: Sequence[str]) -> str:
    """Which of `gaps` asks exactly what `topic` says, in other words perhaps; "" for none."""
    said = words_of(topic)
    for gap in gaps if said else ():
        if any(words_of(each) == said for each in gap.split("?") if each.strip()):
            return gap
    return ""


def with_fact(text: str, line: str, *, gap: str = "") -> str:
    """`text` with the fact `line` in place of the first that waits under the topic `gap`.

    It keeps the questions of the gap beside its own. Without such a gap it is at the end.
    """
    lines = text.rstrip().splitlines()
    for number, each in enumerate(lines):
        if gap and gap_in(each) and [fact.topic for fact, _ in facts_in(each)] == [gap]:
            lines[number] = _joined(gap, line)
            return "\n".join(lines)
    return "\n".join([*lines, line])


def _joined(gap: str, line: str) -> str:
    topic, end, answer = line.partition(_END)
    if gap_in(gap) or topic.casefold() in gap.casefold():
        both = topic if gap_in(gap) else gap
    else:
        both = f"{gap} {topic}"
    return f"{both if len(both) <= LONGEST_TOPIC else topic}{end}{answer}"
