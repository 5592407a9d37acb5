"""A tool that a server refuses costs an agent no other tool, and other agents none of theirs."""

import pytest

from agents.engines.access import Access, Credentials
from agents.engines.model_events import TextDelta
from agents.engines.openai import llm
from agents.engines.openai.refused_tools import is_of_a_schema, named_in, offered
from agents.engines.openai.server_habits import server_habits
from agents.http_tools.definition import Definition, Parameter
from agents.tools import hang_up, registry, take_message
from testing.odd_answers import chat_refusals
from testing.odd_answers.chat_refusals import BAD_TOOL
from testing.providers.openai_at_once import openai_at_once
from testing.setups import QUESTION, setup

REPLY = "We open at nine."


def own(name, parameter="order"):
    return Definition(name, "Find it.", "https://x.example/", parameters=(Parameter(parameter),))


TOOLS = (own("find_customer"), own(BAD_TOOL), own("find_table"))


@pytest.fixture
async def server():
    async with openai_at_once(replies=[REPLY] * 20) as fake:
        yield fake


async def ask(server, name, http_tools=TOOLS):
    """What is said, and the tools of the last request."""
    server.behaviour.odd = {"llm": name} if name else {}
    credentials = Credentials({"openai": Access(endpoint=server.url)})
    model = llm.make_llm(setup(credentials, http_tools=http_tools))
    events = [event async for event in model.reply(QUESTION)]
    said = "".join(event.text for event in events if isinstance(event, TextDelta))
    tools = server.asked("llm")[-1].json.get("tools", [])
    return said, {tool["function"]["name"]: tool["function"] for tool in tools}


@pytest.mark.parametrize("name", chat_refusals.BAD)
async def test_a_refused_tool_is_left_out_and_the_others_are_not(server, name):
    said, tools = await ask(server, name)
    assert said == REPLY
    assert BAD_TOOL not in tools
    assert {"find_customer", "find_table", take_message.NAME, hang_up.NAME} <= tools.keys()
    assert len(server.asked("llm")) == 2
    await ask(server, name)
    assert len(server.asked("llm")) == 3  # it is remembered


async def test_another_tool_of_that_name_is_offered_all_the_same(server):
    await ask(server, "tool_refused_by_openai")
    said, tools = await ask(server, "", (own(BAD_TOOL, "number"),))
    assert said == REPLY
    assert BAD_TOOL in tools


async def test_a_tool_of_no_parameters_is_offered_without_them_where_an_empty_object_is_refused(
    server,
):
    said, tools = await ask(server, "tool_of_nothing_refused")
    assert said == REPLY
    assert "parameters" not in tools[hang_up.NAME]
    assert "parameters" in tools[take_message.NAME]
    asked = len(server.asked("llm"))
    await ask(server, "tool_of_nothing_refused")
    assert len(server.asked("llm")) == asked + 1


@pytest.mark.parametrize("name", chat_refusals.ANY_TOOL)
async def test_a_server_that_refuses_one_tool_after_another_answers_without_any(server, name):
    said, tools = await ask(server, name)
    assert (said, tools) == (REPLY, {})
    assert "tools" not in [habit.parameter for habit in server_habits.known()]
    assert (await ask(server, ""))[1]  # other agents have theirs


@pytest.mark.parametrize("tool", registry.TOOLS.values(), ids=registry.TOOLS)
def test_each_argument_has_a_type_and_nothing_that_a_server_may_not_know(tool):
    for described in tool.schema()["properties"].values():
        assert described["type"] in ("string", "number", "integer", "boolean")
        assert described.keys() <= {"type", "description", "enum"}


FORM = [{"type": "function", "function": {"name": name}} for name in ("book", "cancel_booking")]


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ("Invalid schema for function 'cancel_booking'", ["cancel_booking"]),
        ("tools.0.custom.input_schema: JSON schema is invalid", ["book"]),
        ("tools[0].function_declarations[1].parameters: no", ["cancel_booking"]),
        ("body\ntools\n1\nfunction\nNot valid", ["cancel_booking"]),
        ("tools[7].function.parameters", []),
        ("The schema is not valid", []),
    ],
)
def test_tools_are_named_by_their_places_and_by_their_names(said, named):
    assert is_of_a_schema(said)
    assert [tool.name for tool in named_in(said, offered(FORM))] == named


@pytest.mark.parametrize(
    "said", ["tools is not supported", "does not support tools", "book is full", "temperature 0"]
)
def test_what_is_said_of_tools_as_such_is_of_no_schema(said):
    assert not is_of_a_schema(said)
