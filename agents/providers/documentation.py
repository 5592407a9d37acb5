"""The tables of `docs/engines.md`, made from the cards; a test compares."""

from collections.abc import Iterable, Sequence
from typing import Final

from agents.engines import registry
from agents.engines.spec import EngineSpec, Kind

KINDS: Final[tuple[Kind, ...]] = ("stt", "llm", "tts")


def engines_table() -> str:
    """Each engine, with what its parts are and what it takes to use it, in Markdown."""
    rows = [
        (f"`{name}`", *(_part(card, kind) for kind in KINDS), card.needs)
        for name, card in registry.ENGINES.items()
    ]
    return _table(("name", "hears", "writes", "speaks", "needs"), rows)


def options_table() -> str:
    """Each engine setting that an agent may have, in Markdown."""
    rows = [
        (f"`{name}.{option.name}`", option.default, option.help)
        for name, card in registry.ENGINES.items()
        for option in card.options
    ]
    return _table(("name", "default", "what it does"), rows)


def _part(card: EngineSpec, kind: Kind) -> str:
    return card.notes.get(kind, "yes") if card.path(kind) else ""


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [_row(head), "|" + "---|" * len(head), *map(_row, rows)]
    return "\n".join(lines)


def _row(cells: Sequence[str]) -> str:
    return "|" + "|".join(f" {cell} " if cell else " " for cell in cells) + "|"
