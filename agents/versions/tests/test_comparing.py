"""Versions are compared in the compiler's process, and shown whole where that takes too long."""

import pytest

from agents.compiler.process import compiler
from agents.models import Agent, AgentVersion
from agents.settings.version_texts import texts_of
from agents.versions.comparing import compared
from agents.versions.differences import Change, differences
from voicex.errors import TaskFailed


def version(**fields):
    return AgentVersion(agent=Agent(name="Desk"), number=1, **fields)


BEFORE = version(greeting="Hello, how can I help you?", facts="Hours: 9 to 5\nParking: none")
AFTER = version(
    greeting="Hello, how may I help you?",
    facts="Hours: 9 to 5",
    settings={"turn_taking": {"pause_ms": 96}, "engines": {"local.speed": 1.1}},
)


def test_the_process_finds_the_same_differences():
    assert compared(BEFORE, AFTER) == differences(texts_of(BEFORE), texts_of(AFTER))
    assert compared(None, AFTER) == differences({}, texts_of(AFTER))


def test_what_takes_too_long_is_shown_one_after_the_other(monkeypatch):
    def too_long(task, given):
        raise TaskFailed("time")

    monkeypatch.setattr(compiler, "ask", too_long)
    found = {each.field: each for each in compared(BEFORE, AFTER)}
    assert found.keys() == {each.field for each in differences(texts_of(BEFORE), texts_of(AFTER))}
    pieces = [piece for line in found["greeting"].lines for piece in line]
    assert [(piece.change, piece.text) for piece in pieces] == [
        (Change.REMOVED, BEFORE.greeting),
        (Change.ADDED, AFTER.greeting),
    ]


@pytest.mark.parametrize(
    ("line", "other"),
    [(["a"] * 198, ["a"] * 199), (["a", "b"] * 99, ["b", "a"] * 99), (["a"] * 900, ["a"] * 901)],
)
def test_texts_made_to_be_hard_to_compare_are_shown_all_the_same(line, other):
    rows = 50_000 // (2 * len(line))
    before, after = ("\n".join([" ".join(words)] * rows) for words in (line, other))
    assert compared(version(facts=before), version(facts=after))
