"""Scripted conversations: one file each, read with `testing.conversations.script`."""

from pathlib import Path

import pytest

from testing.conversations.expectations import failures
from testing.conversations.line import carried
from testing.conversations.script import read
from testing.conversations.virtual_loop import run

FILES = sorted(Path(__file__).parent.glob("*.txt"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_conversation(path: Path) -> None:
    script = read(path)
    assert script.claim, "its first line says what it shows"
    assert script.expectations, "it expects something"
    assert failures(run(carried(script))) == []
