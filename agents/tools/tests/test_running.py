"""Running a tool: what it gives, and what the model gets when it cannot."""

import asyncio
from dataclasses import replace

import msgspec
import pytest

from agents.engines.conversation import ToolCall, ToolResult
from agents.tools import hang_up
from agents.tools.base import Effect, Tool, ToolContext, ToolFailed
from agents.tools.registry import TOOLS
from agents.tools.running import LONGEST_RESULT, run

CONTEXT = ToolContext(org_id="0rg", agent_id="a9ent", call_sid="CA1")


class Day(msgspec.Struct):
    day: str


async def hours(arguments: Day, context: ToolContext) -> str:
    return f"{context.org_id} opens at nine on {arguments.day}"


HOURS = Tool(
    name="opening_hours",
    description="When we open.",
    effect=Effect.READ,
    arguments=Day,
    run=hours,
)


@pytest.fixture
def tool(monkeypatch):
    """Registers a tool for the test."""
    return lambda tool: monkeypatch.setitem(TOOLS, tool.name, tool)


def called(arguments='{"day":"Monday"}', name="opening_hours") -> ToolCall:
    return ToolCall(name, arguments, id="call00001")


async def test_a_tool_gets_its_arguments_and_the_call(tool):
    tool(HOURS)
    assert await run(called(), CONTEXT) == ToolResult("call00001", "0rg opens at nine on Monday")


@pytest.mark.parametrize(
    ("written", "meant"),
    [("4930123456", "4930123456"), ("4930123456.0", "4930123456"), ("15.3", "15.3"), ("0", "0")],
)
async def test_digits_that_a_model_wrote_bare_are_a_text(tool, written, meant):
    tool(HOURS)
    result = await run(called(f'{{"day": {written}}}'), CONTEXT)
    assert result.text == f"0rg opens at nine on {meant}"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("{}", "missing required field `day`"),
        ('{"day": null}', "missing required field `day`"),
        ('{"day": [1]}', "Expected `str`, got `array`"),
        ('{"day": true}', "Expected `str`, got `bool`"),
        ('{"day": 1e300}', "a number is too large"),
        ("[]", "Expected `object`, got `array`"),
        ("Monday", "JSON is malformed"),
        ("[" * 5_000, "do not fit opening_hours"),
        ('"\ud83d"', "do not fit opening_hours"),
    ],
)
async def test_arguments_that_do_not_fit_are_explained_to_the_model(tool, arguments, said):
    tool(HOURS)
    result = await run(called(arguments), CONTEXT)
    assert result.is_error
    assert said in result.text


async def test_a_tool_that_does_not_exist_is_named_with_those_that_do(tool):
    tool(HOURS)
    result = await run(called(name="weather"), CONTEXT)
    assert result.is_error
    assert result.text == (
        "There is no tool weather. There are: "
        "take_message, call_back_later, transfer_call, send_dtmf, search_documents, "
        "opening_hours."
    )


async def test_a_tool_that_was_not_offered_is_not_run(tool):
    tool(HOURS)
    context = replace(CONTEXT, offered=frozenset({"take_message"}))
    result = await run(called(), context)
    assert result.is_error
    assert result.text == "There is no tool opening_hours. There are: take_message."
    both = replace(CONTEXT, offered=frozenset({"take_message", "opening_hours"}))
    assert not (await run(called(), both)).is_error


async def test_a_tool_says_itself_why_it_failed(tool):
    async def fails(arguments, context):
        raise ToolFailed("The calendar is full.")

    tool(replace(HOURS, run=fails))
    result = await run(called(), CONTEXT)
    assert result == ToolResult("call00001", "The calendar is full.", is_error=True)


async def raises(arguments, context):
    raise KeyError("secret")


async def gives_no_text(arguments, context):
    return None


async def waits_for_what_was_cancelled(arguments, context):
    future = asyncio.get_running_loop().create_future()
    future.cancel()
    await future


@pytest.mark.parametrize("breaks", [raises, gives_no_text, waits_for_what_was_cancelled])
async def test_a_fault_of_a_tool_is_logged_and_hidden_from_the_model(tool, logged, breaks):
    tool(replace(HOURS, run=breaks))
    result = await run(called(), CONTEXT)
    assert result.text == "opening_hours does not work at the moment."
    assert [line["event"] for line in logged] == ["tool_broke"]


async def test_a_tool_that_takes_too_long_is_given_up(tool):
    async def waits(arguments, context):
        await asyncio.Event().wait()

    tool(replace(HOURS, run=waits, seconds=0.0))
    result = await run(called(), CONTEXT)
    assert result.is_error
    assert "took too long" in result.text


async def test_a_result_is_bounded(tool):
    async def talks(arguments, context):
        return "x" * 100_000

    tool(replace(HOURS, run=talks))
    assert len((await run(called(), CONTEXT)).text) == LONGEST_RESULT


def test_the_schema_is_an_object_without_references():
    assert HOURS.schema() == {
        "type": "object",
        "properties": {"day": {"type": "string"}},
        "required": ["day"],
    }
    assert hang_up.TOOL.schema() == {"type": "object", "properties": {}, "required": []}
