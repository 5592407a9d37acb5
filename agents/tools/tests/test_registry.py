"""The tools there are."""

import re

import pytest

from agents.tools import hang_up
from agents.tools.registry import TOOLS, offered
from testing.setups import setup


def test_hanging_up_is_the_first_tool():
    assert offered(setup().config)[0] is hang_up.TOOL


@pytest.mark.parametrize("tool", TOOLS.values(), ids=TOOLS)
def test_each_tool_has_a_name_and_a_schema_that_servers_take(tool):
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", tool.name)
    assert TOOLS[tool.name] is tool
    assert tool.schema()["type"] == "object"
    assert tool.description.endswith(".")
