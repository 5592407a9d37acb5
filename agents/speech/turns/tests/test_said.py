"""Many turns as callers say them: is the agent patient in their pauses, and quick at their ends?

A line of `said/` is a turn; at each "/" its caller pauses, and at its end the turn is over. What is
counted is counted over whole kinds: no single sentence is to be got right for its own sake.
"""

from pathlib import Path
from statistics import fmean, median
from typing import NamedTuple

import pytest

from agents.speech.turns.end_of_turn import Bounds, Evidence, predict, words_of
from agents.speech.turns.question import question_of

SHORTEST_MS = 224
BOUNDS = Bounds(SHORTEST_MS, 2_500)
PAUSE_MS = 1_200  # as long as people pause within numbers and names
SAID = Path(__file__).parent / "said"
DICTATED = (
    "Telephone numbers", "Other numbers", "Postal codes", "Names", "Spelled names", "E-mail",
    "Addresses", "Births", "Telefonnummern", "Nummern", "Postleitzahlen", "Namen", "Buchstabieren",
    "Adressen", "Geburtsdaten",
)  # fmt: skip
# Each stretch of these is a whole sentence: no word tells that another one comes.
ONLY_HEARD = ("Long stories", "Self-corrections", "Lange Geschichten", "Korrekturen")
SHORT = (
    "Yes or no", "Anything else", "Choices", "Times", "Amounts", "Ja oder nein", "Noch etwas",
    "Zeiten", "Mengen", "Wahl", "Refusals", "Absagen",
)  # fmt: skip


class Pause(NamedTuple):
    """Where the caller pauses or has finished, and how long the agent waits there."""

    kind: str
    said: str
    is_end: bool
    wait_ms: int


def pauses(language: str, name: str) -> list[Pause]:
    """Those of a file."""
    found: list[Pause] = []
    for line in (SAID / name).read_text().splitlines():
        if line.startswith("# "):
            kind, asked = line[2:].split(": ", 1)
            question = question_of(asked, words_of(language))
            continue
        parts = [part.strip() for part in line.split("/")]
        for count in range(1, len(parts) + 1):
            said = " ".join(parts[:count]) + "."  # as most recognisers end what they hear
            wait_ms = predict(Evidence(said, language, question), BOUNDS).wait_ms
            found.append(Pause(kind, said, count == len(parts), wait_ms))
    return found


ALL = [*pauses("en", "english.txt"), *pauses("de", "german.txt")]
HOLDS = [pause for pause in ALL if not pause.is_end]
ENDS = [pause for pause in ALL if pause.is_end]


def cut(holds: list[Pause]) -> list[str]:
    """What was said before those in which the agent would begin to speak."""
    return [hold.said for hold in holds if hold.wait_ms < PAUSE_MS]


def test_there_are_many_of_both():
    assert len(HOLDS) >= 400
    assert len(ENDS) >= 450


def test_hardly_a_pause_in_what_is_dictated_is_taken_for_its_end():
    holds = [hold for hold in HOLDS if hold.kind in DICTATED]
    assert len(cut(holds)) <= 0.03 * len(holds), cut(holds)


def test_few_pauses_in_sentences_are_taken_for_their_end():
    holds = [hold for hold in HOLDS if hold.kind not in (*DICTATED, *ONLY_HEARD)]
    assert len(cut(holds)) <= 0.07 * len(holds), cut(holds)


@pytest.mark.parametrize("kind", SHORT)
def test_short_answers_are_answered_at_once(kind):
    assert median(end.wait_ms for end in ENDS if end.kind == kind) == SHORTEST_MS


def test_real_ends_are_not_kept_waiting():
    assert fmean(end.wait_ms for end in ENDS) <= 350
