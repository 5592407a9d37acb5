"""What runs of tools are charged by."""

import pytest

from agents.tools.registry import TOOLS
from usage.billing.rating import UNITS


@pytest.mark.parametrize("tool", TOOLS.values(), ids=TOOLS)
def test_what_a_tool_costs_is_a_component_of_the_ledger(tool):
    assert tool.component in {"", *UNITS}
