"""Differences of versions as a page shows them, with the labels of fields."""

from dataclasses import dataclass
from typing import Final

from django.utils.translation import ngettext

from agents.models import AgentVersion
from agents.settings.labels import name_of
from agents.settings.table import all_settings
from agents.versions.comparing import compared
from agents.versions.differences import Change, DiffLine, Piece

# Of one field. Each is some markup; a text of line breaks alone would be a page of megabytes.
MAX_PIECES: Final = 2_000


@dataclass(frozen=True, slots=True)
class ShownDifference:
    """One field that differs: its label and its lines."""

    label: str
    lines: tuple[DiffLine, ...]


def shown_differences(before: AgentVersion | None, after: AgentVersion) -> list[ShownDifference]:
    """The changes from `before` to `after`."""
    labels = {setting.path: name_of(setting) for setting in all_settings()}
    return [
        ShownDifference(labels.get(each.field, each.field), _shown(each.lines))
        for each in compared(before, after)
    ]


def _shown(lines: tuple[DiffLine, ...]) -> tuple[DiffLine, ...]:
    """The differences that a page shows, and how many more there are."""
    room = MAX_PIECES
    for shown, line in enumerate(lines):
        room -= len(line)
        if room < 0:
            more = ngettext("… and %d more line", "… and %d more lines", len(lines) - shown)
            return (*lines[:shown], (Piece(Change.SAME, more % (len(lines) - shown)),))
    return lines
