"""The tool that puts a caller through."""

import json

import pytest

from agents.engines.conversation import ToolCall, ToolResult
from agents.settings.config import Transfers
from agents.tools import registry, transfer_call
from agents.tools.base import ToolContext, ToolFailed
from agents.tools.running import run
from testing.setups import setup

TRANSFERS = Transfers("Sales = +14155550100; new orders\nFront desk = sip:desk@example.com")


class Desk:
    """The services of a call that puts through whoever is not Sales."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    async def take_message(self, draft, *, key):
        raise AssertionError

    async def transfer(self, name, *, briefing):
        self.asked.append((name, briefing))
        if name == "Sales":
            raise ToolFailed("Nobody is in.")
        return "You are put through."

    async def send_keys(self, keys, *, response_id):
        raise AssertionError


def offered(transfers: Transfers) -> list[str]:
    return [tool.name for tool in registry.offered(setup(transfers=transfers).config)]


def test_it_is_offered_where_somebody_can_be_reached():
    assert transfer_call.NAME in offered(TRANSFERS)
    assert transfer_call.NAME not in offered(Transfers())


def test_the_model_sees_names_and_what_they_are_for_and_no_number():
    tool = transfer_call.for_targets_of(TRANSFERS)
    assert tool is not None
    schema = tool.schema()
    assert schema["properties"]["target"]["enum"] == ["Front desk", "Sales"]  # type: ignore[index]
    assert schema["required"] == ["target"]
    assert "- Sales: new orders" in tool.description
    assert "555" not in tool.description + json.dumps(schema)


@pytest.mark.parametrize(
    ("arguments", "result"),
    [
        (
            {"target": "Front desk", "briefing": "A lost key."},
            ToolResult("c", "You are put through."),
        ),
        ({"target": "Sales"}, ToolResult("c", "Nobody is in.", is_error=True)),
    ],
)
async def test_the_call_decides(arguments, result):
    desk = Desk()
    context = ToolContext("0rg", "a1", "CA1", services=desk)
    assert await run(ToolCall("transfer_call", json.dumps(arguments), id="c"), context) == result
    assert desk.asked == [(arguments["target"], arguments.get("briefing", ""))]


async def test_where_there_is_no_call_nobody_is_put_through():
    call = ToolCall("transfer_call", '{"target":"Sales"}', id="c")
    result = await run(call, ToolContext("0rg", "a1", "CA1"))
    assert result == ToolResult("c", transfer_call.NOT_HERE, is_error=True)
