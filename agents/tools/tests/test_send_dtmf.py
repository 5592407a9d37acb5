"""The tool that presses keys."""

import json

import pytest

from agents.engines.conversation import ToolCall, ToolResult
from agents.settings.config import Transfers
from agents.tools import registry, send_dtmf
from agents.tools.base import ToolContext
from agents.tools.running import run
from testing.setups import setup


class Line:
    """The services of a call."""

    def __init__(self) -> None:
        self.pressed: list[tuple[str, str]] = []

    async def take_message(self, draft, *, key):
        raise AssertionError

    async def transfer(self, name, *, briefing):
        raise AssertionError

    async def send_keys(self, keys, *, response_id):
        self.pressed.append((keys, response_id))


async def pressed(keys: str, line: Line | None = None) -> ToolResult:
    context = ToolContext("0rg", "a1", "CA1", services=line, response_id="r7")
    return await run(ToolCall("send_dtmf", json.dumps({"keys": keys}), id="c"), context)


def test_it_is_offered_where_the_agent_may():
    for may in (True, False):
        config = setup(transfers=Transfers(presses_keys=may)).config
        assert (send_dtmf.TOOL in registry.offered(config)) is may


async def test_keys_are_pressed_as_part_of_the_answer_that_wants_them():
    line = Line()
    assert await pressed("W 12 #", line) == ToolResult("c", "The keys w12# were pressed.")
    assert line.pressed == [("w12#", "r7")]


@pytest.mark.parametrize("keys", ["", " ", "12a", "+49 30", "1" * 33, "\u0663"])
async def test_what_is_no_key_is_not(keys):
    line = Line()
    assert await pressed(keys, line) == ToolResult("c", send_dtmf.NO_KEYS, is_error=True)
    assert line.pressed == []


async def test_without_a_call_none_is():
    assert (await pressed("1")).text == send_dtmf.NOT_HERE
