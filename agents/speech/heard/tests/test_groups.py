"""A number is read back in its caller's groups, and a correction changes one of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.speech.heard.groups import as_said, corrected, is_whole

NUMBER = ("415", "555", "0141")


@pytest.mark.parametrize(
    ("groups", "said"),
    [
        (("415", "555", "0142"), ("415", "555", "0142")),
        (("41", "55", "55", "01", "42"), ("41", "55", "55", "01", "42")),
        (("4155550142",), ("415", "555", "0142")),
        (tuple("5550142"), ("555", "0142")),
        (("415555", "0142"), ("415", "555", "0142")),
        (("555",), ("555",)),
        ((), ()),
    ],
)
def test_the_callers_own_groups_are_kept(groups, said):
    assert as_said(groups) == said


@pytest.mark.parametrize(
    ("new", "old", "groups"),
    [
        ("42", "", ("415", "555", "0142")),
        ("0142", "", ("415", "555", "0142")),
        ("416", "", ("416", "555", "0141")),
        ("556", "", ("415", "556", "0141")),
        ("556", "415", ("556", "555", "0141")),
        ("9999", "", ("415", "555", "9999")),
        ("55555550142000", "", NUMBER),
        ("", "", NUMBER),
    ],
)
def test_a_correction_takes_the_place_of_what_it_is_like(new, old, groups):
    assert corrected(NUMBER, new, old=old) == groups


@given(
    st.lists(st.text("0123456789", min_size=1, max_size=5), max_size=6),
    st.text("0123456789", max_size=8),
)
def test_a_correction_never_adds_or_loses_a_digit(groups, new):
    result = corrected(groups, new)
    assert [len(group) for group in result] == [len(group) for group in groups]


@pytest.mark.parametrize(
    ("digits", "whole"),
    [
        ("555014", False),
        ("5550142", True),  # a local number
        ("41555501", False),
        ("415555014", False),
        ("4155550142", True),
        ("14155550142", True),
        ("02079460018", True),
        ("0301234567", True),
        ("", False),
    ],
)
def test_what_is_whole_is_known_by_the_rules_of_the_country(digits, whole):
    assert is_whole(digits) is whole


@pytest.mark.parametrize(("digits", "region"), [("5" * 30, "US"), ("4155550142", "")])
def test_what_is_no_number_of_any_country_is_never_whole(digits, region):
    assert not is_whole(digits, region)
