"""The table of settings is complete, and what is stored is read by it."""

import json
from dataclasses import asdict, fields
from pathlib import Path

import pytest

from agents.models import AgentVersion
from agents.settings import table
from agents.settings.config import AgentConfig, RecordingMode, TurnTaking
from agents.settings.kinds import METADATA, Milliseconds, Switch
from agents.settings.reference import reference
from agents.settings.validation import problem_of
from agents.versions import port

HANDBOOK = Path(__file__).parents[3] / "docs" / "agents.md"
STORED = {"turn_taking": {"pause_ms": 5, "speculate": False}, "recording": {"mode": "key"}}


@pytest.mark.parametrize("group", table.GROUPS)
def test_every_field_of_a_group_is_a_setting_and_a_call_has_the_group(group):
    undeclared = [
        each.name for each in fields(table.GROUPS[group]) if METADATA not in each.metadata
    ]
    assert undeclared == []
    assert group in {each.name for each in fields(AgentConfig)}


def test_every_setting_with_a_column_has_one():
    columns = {field.name for field in AgentVersion._meta.get_fields()}
    assert {each.name for each in table.columns()} <= columns


def test_every_setting_is_in_one_section_of_the_pages():
    shown = [each.path for section in table.sections() for each in section.settings]
    assert sorted(shown) == sorted(each.path for each in table.all_settings())
    assert len(shown) == len(set(shown))


@pytest.mark.parametrize("setting", table.all_settings(), ids=lambda setting: setting.path)
def test_a_setting_has_words_and_a_default_that_is_within_its_limits(setting):
    assert setting.label
    assert setting.help
    assert setting.since
    assert problem_of(setting, setting.default) == ""


def test_what_a_setting_refers_to_is_in_its_group():
    for group in table.GROUPS:
        names = {each.name for each in table.settings_of(group)}
        for each in table.settings_of(group):
            referred = [pair[0] for pair in (each.only_for, each.not_above) if pair]
            assert set(referred) <= names, each.path


def test_what_was_stored_before_a_limit_is_read_as_it_is():
    assert table.read_group("turn_taking", STORED["turn_taking"]).pause_ms == 5
    assert table.read_group("recording", STORED["recording"]).mode is RecordingMode.KEY


@pytest.mark.parametrize(
    "stored",
    [
        None,
        [],
        {"pause_ms": "soon"},
        {"pause_ms": True},
        {"speculate": 1},
        {"of_another_release": 3},
    ],
)
def test_what_no_release_can_read_has_its_default(stored):
    assert table.read_group("turn_taking", stored) == TurnTaking()


def test_the_handbook_shows_the_table():
    assert reference() in HANDBOOK.read_text(), f"docs/agents.md needs:\n{reference()}"


def test_the_file_in_the_handbook_names_every_setting():
    example = HANDBOOK.read_text().partition("```json\n")[2].partition("```")[0]
    document = json.loads(example)
    assert port.read(example.encode()).name == document["name"]
    for group, values in table.defaults().items():
        assert document[group].keys() == values.keys()
    assert {"format", "format_version", "name", *port.TEXTS} <= document.keys()
    assert document["engines"].keys() == set(port.ENGINES)


def test_a_declaration_knows_what_kinds_there_are():
    by_type = {int: Milliseconds, bool: Switch}
    for group in table.GROUPS.values():
        for each in fields(group):
            kind = by_type.get(type(each.default))
            assert kind is None or isinstance(each.metadata[METADATA].kind, kind), each.name


def test_the_groups_of_a_call_are_those_of_the_table():
    config = AgentConfig("a", 1, "Desk", greeting="", prompt="", facts=())
    assert {name: asdict(getattr(config, name)) for name in table.GROUPS} == table.defaults()
