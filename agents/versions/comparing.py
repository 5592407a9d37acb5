"""Compares two versions in the compiler's process, because the time grows faster than the texts."""

from collections.abc import Mapping

from agents.compiler.process import compiler
from agents.models import AgentVersion
from agents.settings.version_texts import texts_of
from agents.versions.differences import Change, Difference, Piece, replaced
from voicex.errors import TaskFailed


def compared(before: AgentVersion | None, after: AgentVersion) -> list[Difference]:
    """The differences between `before` and `after`.

    Word by word, or the complete old and new text if that would take too long. Blocks until the
    compiler answers.
    """
    texts = texts_of(before), texts_of(after)
    try:
        answer = compiler.ask("compare", {"before": texts[0], "after": texts[1]})
    except TaskFailed:
        return _one_after_the_other(*texts)
    return [
        Difference(
            field,
            tuple(tuple(Piece(Change(change), text) for change, text in line) for line in lines),
        )
        for field, lines in answer
    ]


def _one_after_the_other(before: Mapping[str, str], after: Mapping[str, str]) -> list[Difference]:
    names = dict.fromkeys((*after, *before))
    return [
        Difference(name, tuple(replaced(before.get(name, ""), after.get(name, ""))))
        for name in names
        if before.get(name, "") != after.get(name, "")
    ]
