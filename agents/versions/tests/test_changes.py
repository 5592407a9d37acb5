"""A change names what it changes, and the rest stays: for any settings that there can be."""

import copy

from hypothesis import given
from hypothesis import strategies as st

from agents.settings.tests.any_version import versions
from agents.versions.changes import changed, changes_between


@given(versions(), versions())
def test_a_change_makes_one_version_of_another(before, after):
    change = changes_between(before, after)
    assert changes_between(changed(before, change), after) == {}


@given(versions())
def test_what_says_the_same_is_no_change(version):
    assert changes_between(version, copy.deepcopy(version)) == {}


@given(versions(), st.integers(96, 3_000))
def test_a_change_of_one_setting_leaves_all_others(version, endpointing_ms):
    change = {"settings": {"turn_taking": {"endpointing_ms": endpointing_ms}}}
    after = changed(version, change)
    assert after["settings"]["turn_taking"].pop("endpointing_ms") == endpointing_ms
    before = copy.deepcopy(version["settings"])
    before.get("turn_taking", {}).pop("endpointing_ms", None)
    assert {n: v for n, v in after["settings"].items() if v} == {
        n: v for n, v in before.items() if v
    }


def test_a_default_that_is_only_named_is_no_change():
    named = {"turn_taking": {"pause_ms": 64, "speculate": True}, "recording": {"mode": "off"}}
    assert changes_between({"settings": {}}, {"settings": named}) == {}
    assert changes_between({"settings": named}, {"settings": {}}) == {}


def test_a_setting_that_is_taken_away_is_named_so_and_goes():
    before = {"settings": {"engines": {"local.speed": 1.1, "a.b": True}}}
    after = {"settings": {"engines": {"a.b": True}}}
    change = changes_between(before, after)
    assert change == {"settings": {"engines": {"local.speed": None}}}
    assert changed(before, change) == after


def test_true_is_not_one():
    one, true = ({"settings": {"engines": {"a.b": value}}} for value in (1, True))
    assert changes_between(one, true) == {"settings": {"engines": {"a.b": True}}}


def test_true_is_not_one_within_a_setting_either():
    one, true = (
        {"settings": {"engines": {"openai.extra_body": {"top": [{"think": value}]}}}}
        for value in (1, True)
    )
    assert changes_between(one, true) == true


def test_the_versions_that_changes_are_made_of_stay_as_they_are():
    before = {"settings": {"turn_taking": {"pause_ms": 96}}}
    changed(before, {"settings": {"turn_taking": {"pause_ms": None, "endpointing_ms": 400}}})
    assert before == {"settings": {"turn_taking": {"pause_ms": 96}}}
