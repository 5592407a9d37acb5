"""The part of an answer that a path names."""

import pytest

from agents.http_tools.picking import NotThere, pick, steps_of

ANSWER = {"data": {"items": [{"name": "Ann", "a b": 1}, 2]}, "0": "zero", "none": None}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("", ANSWER),
        ("data.items[0].name", "Ann"),
        ("data.items[1]", 2),
        ("0", "zero"),
        ("none", None),
    ],
)
def test_names_and_numbers_lead_to_a_value(path, found):
    assert pick(ANSWER, path) == found


@pytest.mark.parametrize(
    "path", ["missing", "data.items[2]", "data[0]", "data.items.name", "none.x", "0.x"]
)
def test_what_is_not_there_is_said(path):
    with pytest.raises(NotThere):
        pick(ANSWER, path)


@pytest.mark.parametrize("path", [".a", "a..b", "a[", "a[x]", "a[-1]", "a b", "[0]]", "a." * 21])
def test_what_is_no_path_is_refused(path):
    assert steps_of(path) is None


def test_a_list_may_come_first():
    assert pick([{"name": "Ann"}], "[0].name") == "Ann"
