"""The bounds of turn-taking."""

import pytest

from agents.settings.kinds import Milliseconds
from agents.settings.table import settings_of
from agents.settings.validation import problems_in, problems_of

NUMBERS = [each for each in settings_of("turn_taking") if isinstance(each.kind, Milliseconds)]


def problems(values):
    return problems_in("turn_taking", values)


@pytest.mark.parametrize("setting", NUMBERS, ids=lambda setting: setting.name)
def test_both_ends_of_every_bound_are_fine_and_nothing_beyond(setting):
    beside = {"pause_ms": 32, "endpointing_ms": 3_000}
    for value in (setting.kind.lowest, setting.kind.highest):
        assert problems(beside | {setting.name: value}) == {}
    for value in (setting.kind.lowest - 1, setting.kind.highest + 1):
        assert setting.name in problems(beside | {setting.name: value})


@pytest.mark.parametrize(
    ("values", "name", "says"),
    [
        ([], "", "an object"),
        ({"patience": 5}, "", "Unknown setting: 'patience'"),
        ({"pause_ms": "64"}, "pause_ms", "whole number (32 to 1,000 milliseconds)"),
        ({"pause_ms": 64.5}, "pause_ms", "whole number"),
        ({"barge_in_ms": True}, "barge_in_ms", "whole number"),
        ({"interruptible": "no"}, "interruptible", "true or false"),
        ({"pause_ms": 500, "endpointing_ms": 400}, "pause_ms", "Must not be longer"),
        ({"pause_ms": 300}, "pause_ms", "(128 ms)"),  # the default
    ],
)
def test_what_is_wrong_is_said_in_words_by_the_name_of_the_setting(values, name, says):
    found = problems(values)
    assert list(found) == [name]
    assert says in found[name]


@pytest.mark.parametrize(
    ("listed", "says"),
    [
        ("Voicex = voice ex\nNguyen", "Line 2: write it as"),
        ("a = b\n" * 2, "Line 2: this word is already"),
        ("a" * 61 + "=b", "Line 1: at most 60 characters before"),
        ("a=" + "b" * 121, "Line 1: at most 120 characters after"),
        ("\n".join(f"a{n} = b" for n in range(101)), "At most 100 lines"),
        ("a" * 20_001, "At most 20,000 characters"),
        (["a = b"], "must be a text"),
    ],
)
def test_a_list_of_pronunciations_is_refused_by_its_line(listed, says):
    assert says in problems_in("speech", {"pronunciations": listed})["pronunciations"]
    assert problems_in("speech", {"pronunciations": "Voicex = voice ex\n\n"}) == {}


def test_nothing_is_compared_with_a_value_that_is_wrong_itself():
    assert list(problems({"pause_ms": 500, "endpointing_ms": "soon"})) == ["endpointing_ms"]


def test_each_problem_of_a_version_names_the_path_of_its_setting():
    settings = {"turn_taking": {"pause_ms": 1}, "privacy": {"names": 1}, "recording": []}
    assert [problem.partition(":")[0] for problem in problems_of(settings)] == [
        "turn_taking.pause_ms",
        "recording",
        "privacy.names",
    ]
