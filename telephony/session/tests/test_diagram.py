"""The documentation shows the table that runs."""

from pathlib import Path

from telephony.session.diagram import diagram


def test_the_documented_diagram_is_the_table():
    text = (Path(__file__).parents[3] / "docs" / "architecture.md").read_text()
    assert f"```mermaid\n{diagram()}\n```" in text
