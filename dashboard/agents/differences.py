"""Differences of versions as a page shows them: fields by the names that people know."""

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from agents.models import AgentVersion
from agents.versions.comparing import compared
from agents.versions.differences import Change, Line, Piece

# Of one field. Each is some markup; a text of line breaks alone would be a page of megabytes.
MAX_PIECES: Final = 2_000
LABELS: Final[dict[str, Promise]] = {
    "greeting": _("Greeting"),
    "prompt": _("Prompt"),
    "facts": _("Facts"),
    "language": _("Language"),
    "voice": _("Voice"),
    "stt": _("Speech to text"),
    "llm": _("Language model"),
    "tts": _("Text to speech"),
    "turn_taking.endpointing_ms": _("End of turn, in milliseconds"),
    "turn_taking.pause_ms": _("Short pause, in milliseconds"),
    "turn_taking.barge_in_ms": _("Speech that interrupts, in milliseconds"),
    "turn_taking.interruptible": _("The caller may interrupt"),
    "turn_taking.speculate": _("Answers are prepared at short pauses"),
    "turn_taking.max_call_ms": _("Longest call, in milliseconds"),
    "turn_taking.sign_of_life_ms": _("Silence before a sign of life, in milliseconds"),
    "turn_taking.longest_answer_ms": _("Longest answer, in milliseconds"),
    "recording.mode": _("Recording"),
    "recording.sentence": _("What callers hear about recording"),
    "recording.key": _("Key that consents to recording"),
    "recording.word": _("Word that consents to recording"),
    "privacy.card_numbers": _("Card numbers are taken out"),
    "privacy.numbers": _("Other numbers are taken out"),
    "privacy.names": _("Names of callers are taken out"),
}


@dataclass(frozen=True, slots=True)
class ShownDifference:
    """One field that differs: its name in words, and its lines."""

    label: str | Promise
    lines: tuple[Line, ...]


def shown_differences(before: AgentVersion | None, after: AgentVersion) -> list[ShownDifference]:
    """What one must change in `before` to get `after`."""
    return [
        ShownDifference(LABELS.get(each.field, each.field), _shown(each.lines))
        for each in compared(before, after)
    ]


def _shown(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    """Those that a page shows, and how many it leaves out."""
    room = MAX_PIECES
    for shown, line in enumerate(lines):
        room -= len(line)
        if room < 0:
            more = ngettext("… and %d more line", "… and %d more lines", len(lines) - shown)
            return (*lines[:shown], (Piece(Change.SAME, more % (len(lines) - shown)),))
    return lines
