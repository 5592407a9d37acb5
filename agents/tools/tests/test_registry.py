"""The tools there are."""

import re
from dataclasses import replace

import pytest

from agents.tools import hang_up
from agents.tools.registry import TOOLS, offered
from agents.transfers.settings import Transfers
from testing.setups import setup


def test_hanging_up_is_the_first_tool():
    assert offered(setup().config)[0] is hang_up.TOOL


def test_a_tool_says_itself_whose_model_is_offered_it(monkeypatch):
    picky = replace(
        hang_up.TOOL,
        name="picky",
        offered_for=lambda config: picky if config.transfers.presses_keys else None,
    )
    monkeypatch.setitem(TOOLS, picky.name, picky)
    for presses_keys in (True, False):
        config = setup(transfers=Transfers(presses_keys=presses_keys)).config
        assert (picky in offered(config)) is presses_keys


@pytest.mark.parametrize("tool", TOOLS.values(), ids=TOOLS)
def test_each_tool_has_a_name_and_a_schema_that_servers_take(tool):
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", tool.name)
    assert TOOLS[tool.name] is tool
    assert tool.schema()["type"] == "object"
    assert tool.description.endswith(".")
