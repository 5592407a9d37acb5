"""The documentation shows the table that runs."""

from pathlib import Path

from telephony.session.tests.diagram import diagram
from telephony.session.turns import OPEN, TRANSITIONS


def test_the_documented_diagram_is_the_table():
    text = (Path(__file__).parents[3] / "docs" / "architecture.md").read_text()
    assert f"```mermaid\n{diagram()}\n```" in text


def test_merged_arrows_apply_to_all_states_of_the_conversation():
    leaving = {(event, target) for (turn, event), target in TRANSITIONS.items() if turn in OPEN}
    for event, target in leaving:
        if target not in OPEN:
            assert all(TRANSITIONS[turn, event] is target for turn in OPEN)
