"""The texts and amounts of a paper, formatted in the reader's language. Pure.

`usage.papers.drawing` draws it in a process of its own, to which it goes as JSON.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

MOST_CHARACTERS: Final = 200  # of one text; what is longer ends in an ellipsis
MOST_ROWS: Final = 500  # of one table: some fifteen pages


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells below a head; the first column is a name, the others are numbers.

    total: the last row, set apart; empty for none.
    """

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    total: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """A paper from top to bottom.

    made_at: seconds since 1970, by which the same sheet gives the same file. facts: pairs of a
    name and a value, beside the recipient. sums: pairs, the last of which is what counts.
    """

    title: str
    language: str
    made_at: int
    sender: Sequence[str]
    recipient: Sequence[str]
    facts: Sequence[tuple[str, str]]
    tables: Sequence[Table]
    sums: Sequence[tuple[str, str]]
    notes: Sequence[str]
    is_void: bool = False  # drawn with its title struck through

    def as_json(self) -> dict[str, Any]:
        """Values of JSON, from which `sheet_of` makes the same sheet."""
        return asdict(self)


def sheet_of(value: dict[str, Any]) -> Sheet:
    """The sheet that became `value`; texts and tables are cut to what a paper may hold."""
    return Sheet(
        title=_cut(value["title"]),
        language=_cut(value["language"]),
        made_at=int(value["made_at"]),
        sender=_texts(value["sender"]),
        recipient=_texts(value["recipient"]),
        facts=_pairs(value["facts"]),
        tables=[_table(each) for each in value["tables"]],
        sums=_pairs(value["sums"]),
        notes=[str(each)[: 5 * MOST_CHARACTERS] for each in value["notes"][:MOST_ROWS]],
        is_void=bool(value["is_void"]),
    )


def _table(value: dict[str, Any]) -> Table:
    head = _texts(value["head"])
    rows = [_texts(row)[: len(head)] for row in value["rows"][:MOST_ROWS]]
    return Table(_cut(value["title"]), head, rows, _texts(value["total"])[: len(head)])


def _pairs(values: Sequence[Sequence[str]]) -> list[tuple[str, str]]:
    return [(_cut(name), _cut(value)) for name, value in values[:MOST_ROWS]]


def _texts(values: Sequence[str]) -> list[str]:
    return [_cut(each) for each in values[:MOST_ROWS]]


def _cut(text: str) -> str:
    return text if len(text) <= MOST_CHARACTERS else text[: MOST_CHARACTERS - 1] + "…"
