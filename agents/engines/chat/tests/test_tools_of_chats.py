"""Tools in chat completions: how they are offered, called, refused and remembered."""

import pytest

from agents.engines.access import Access, Credentials
from agents.engines.base import ToolCall
from agents.engines.chat import prompt
from agents.engines.chat.prompt import chat_messages
from agents.engines.chat.tool_calls import LONGEST_ARGUMENTS, MOST_CALLS, ToolCalls
from agents.engines.conversation import Role, ToolResult, ToolUse, Utterance
from agents.engines.model_events import Finished, FinishReason, TextDelta, TokensUsed
from agents.engines.openai import llm
from agents.engines.openai.server_habits import server_habits
from agents.http_tools.definition import Definition, Parameter
from agents.http_tools.offering import ASKS_FIRST
from agents.speech.reply.hanging_up import MARK
from agents.tools import hang_up, take_message
from testing.odd_answers import chat_others
from testing.odd_answers.chat_bodies import chunk, stream, words
from testing.odd_answers.chat_tools import NAME, REFUSALS, TOOLS
from testing.providers.openai_at_once import openai_at_once
from testing.setups import QUESTION, setup
from voicex.errors import EngineError, EngineSilent

REPLY = "Let me look."
HOURS = ToolCall(NAME, '{"day":"Monday"}')
USE = ToolUse(ToolCall(NAME, HOURS.arguments, id="call00001"), ToolResult("call00001", "from nine"))
REMEMBERED = (
    Utterance(Role.CALLER, "When do you open?"),
    Utterance(Role.AGENT, "Let me look.", tools=(USE,)),
)


@pytest.fixture
async def server():
    async with openai_at_once(replies=[REPLY] * 20) as fake:
        yield fake


async def ask(server, name="", conversation=QUESTION, **config):
    server.behaviour.odd = {"llm": name} if name else {}
    credentials = Credentials({"openai": Access(endpoint=server.url)})
    model = llm.make_llm(setup(credentials, **config))
    return [event async for event in model.reply(conversation)]


def said(events):
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def calls(events):
    return [event for event in events if isinstance(event, ToolCall)]


# --- read ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*TOOLS, *chat_others.TOOLS])
async def test_whatever_form_a_call_comes_in_it_is_given_once_and_last(server, name):
    events = await ask(server, name)
    assert said(events) == REPLY
    assert [type(event) for event in events][-3:] == [Finished, ToolCall, TokensUsed]
    assert calls(events) == [HOURS]


def read(*deltas):
    found = ToolCalls()
    for delta in deltas:
        found.take({"delta": delta})
    return found


def function(name, arguments="{}"):
    return {"function": {"name": name, "arguments": arguments}}


MONDAY, TUESDAY = '{"day":"Monday"}', '{"day":"Tuesday"}'


@pytest.mark.parametrize("between", ["", "\n", " "])
def test_arguments_of_calls_that_were_merged_are_those_of_two(between):
    found = read({"tool_calls": [{"index": 0, **function("hours", MONDAY + between + TUESDAY)}]})
    assert [call.arguments for call in found.all()] == [MONDAY, TUESDAY]


@pytest.mark.parametrize(
    "written",
    [
        '{"arguments": {"day": "Monday"}}',
        '{"parameters": {"day": "Monday"}}',
        '{"name": "hours", "arguments": {"day": "Monday"}}',
        "{“day”: “Monday”}",
    ],
)
def test_arguments_in_a_call_of_their_own_or_in_printed_quotes_are_read(written):
    found = read({"tool_calls": [{"index": 0, **function("hours", written)}]})
    assert [call.arguments for call in found.all()] == [MONDAY]


def test_a_name_in_pieces_needs_no_index():
    found = read(
        {"tool_calls": [{"id": "a", **function("opening_", "")}]},
        {"tool_calls": [function("hours", MONDAY)]},
    )
    assert [call.name for call in found.all()] == ["opening_hours"]


def test_several_calls_are_told_apart_by_index_by_id_and_by_name():
    for keys in ([{"index": 0}, {"index": 1}], [{"id": "a"}, {"id": "b"}], [{}, {}]):
        found = read(
            {"tool_calls": [{**keys[0], **function("one")}]},
            {"tool_calls": [{**keys[1], **function("two")}]},
        )
        assert [call.name for call in found.all()] == ["one", "two"]


def test_the_same_tool_may_be_called_twice():
    found = read(
        {"tool_calls": [function("one", '{"a":1}')]}, {"tool_calls": [function("one", '{"a":2}')]}
    )
    assert [call.arguments for call in found.all()] == ['{"a":1}', '{"a":2}']


def test_calls_that_share_an_index_are_told_apart_by_name_and_by_id():
    found = read(
        {"tool_calls": [{"index": 0, "id": "a", **function("one", '{"a":1}')}]},
        {"tool_calls": [{"index": 0, "id": "b", **function("one", '{"a":2}')}]},
        {"tool_calls": [{"index": 0, "id": "c", **function("two", '{"a":')}]},
        {"tool_calls": [{"index": 0, "function": {"arguments": "3}"}}]},
    )
    assert found.all() == (
        ToolCall("one", '{"a":1}'),
        ToolCall("one", '{"a":2}'),
        ToolCall("two", '{"a":3}'),
    )


@pytest.mark.parametrize(
    "keys", [{"index": 0, "id": ""}, {"index": None, "id": None}, {"id": "a"}, {"index": 0}]
)
def test_two_whole_calls_of_one_tool_are_two_whatever_names_them(keys):
    monday, sunday = ({**keys, **function("one", f'{{"day":"{day}"}}')} for day in ("Mo", "Su"))
    for deltas in (
        [{"tool_calls": [monday, sunday]}],
        [{"tool_calls": [each]} for each in (monday, sunday)],
    ):
        assert [call.arguments for call in read(*deltas).all()] == ['{"day":"Mo"}', '{"day":"Su"}']


@pytest.mark.parametrize("written", ["None", "null", "[]", '""', "undefined", "{}", ""])
def test_nothing_is_written_in_many_ways_and_is_no_argument(written):
    assert read({"tool_calls": [function("one", written)]}).all() == (ToolCall("one", "{}"),)


def test_pieces_of_one_call_may_each_have_another_id():
    found = read(
        {"tool_calls": [{"index": 0, "id": "a", **function("one", '{"a":')}]},
        {"tool_calls": [{"index": 0, "id": "b", "function": {"arguments": "1}"}}]},
        {"tool_calls": [{"index": 0, "id": "c", "function": {"arguments": ""}}]},
    )
    assert found.all() == (ToolCall("one", '{"a":1}'),)


def test_arguments_that_are_no_object_are_left_for_the_tool_to_explain():
    found = read({"tool_calls": [function("one", "Monday")]})
    assert found.all() == (ToolCall("one", "Monday"),)


@pytest.mark.parametrize(
    "delta",
    [
        {"tool_calls": [function(" . ")]},
        {"tool_calls": [function("one", "x" * (LONGEST_ARGUMENTS + 1))]},
        {"tool_calls": [{"index": 0}]},
    ],
)
def test_a_call_that_can_be_none_is_counted_and_left_out(delta):
    found = read(delta)
    assert found.all() == ()
    assert found.unreadable == 1


def test_a_name_that_no_tool_can_have_is_called_so_that_the_model_is_told():
    assert read({"tool_calls": [function("two words")]}).all() == (ToolCall("two_words"),)


@pytest.mark.parametrize(
    "delta",
    [
        {"tool_calls": [None, 7, "x", []]},
        {"tool_calls": "x"},
        {"function_call": True},
        {"content": [{"type": "tool_use", "name": 7}]},
        {"tool_calls": [{"index": -1, "function": {"name": None, "arguments": None}}]},
        {"tool_calls": [{"index": True, "function": []}]},
    ],
)
def test_what_is_no_call_at_all_raises_nothing(delta):
    assert read(delta).all() == ()


def test_only_so_many_calls_are_taken():
    found = read(*({"tool_calls": [{"index": at, **function("one")}]} for at in range(1_000)))
    assert len(found.all()) == MOST_CALLS


async def test_an_answer_of_nothing_but_a_call_is_no_error(server):
    async def call(request, answer):
        await answer.begin("text/event-stream")
        delta = {"tool_calls": [{"index": 0, **function(NAME, HOURS.arguments)}]}
        for piece in stream(chunk(delta), chunk({}, finish="tool_calls")):
            await answer.send(piece)

    server._handler = call
    events = await ask(server)
    assert [event for event in events if not isinstance(event, TokensUsed)] == [
        Finished(FinishReason.WHOLE),
        HOURS,
    ]


async def test_calls_of_an_answer_that_was_cut_are_not_made(server):
    async def call(request, answer):
        await answer.begin("text/event-stream")
        delta = {"tool_calls": [{"index": 0, **function(NAME, HOURS.arguments)}]}
        for piece in stream(*words(REPLY), chunk(delta), chunk({}, finish="length")):
            await answer.send(piece)

    server._handler = call
    assert calls(await ask(server)) == []


async def test_an_answer_of_a_nameless_call_is_one_without_words(server):
    with pytest.raises(EngineSilent):
        await ask(server, "only_tools")


# --- offered and refused ------------------------------------------------------------------


async def test_a_server_is_offered_the_tools_and_told_to_hang_up_by_one(server):
    await ask(server)
    asked = server.asked("llm")[0].json
    assert [tool["function"]["name"] for tool in asked["tools"]] == [
        hang_up.NAME,
        take_message.NAME,
    ]
    assert asked["tools"][0]["type"] == "function"
    assert asked["tools"][0]["function"]["parameters"]["type"] == "object"
    assert f"call the tool {hang_up.NAME}" in asked["messages"][0]["content"]
    assert MARK not in asked["messages"][0]["content"]


async def test_a_server_is_offered_the_tools_of_the_agents_organization(server):
    own = Definition(
        "find_order",
        "Finds an order.",
        "https://api.example.com/{order_id}",
        parameters=(Parameter("order_id", description="As on the receipt."),),
        asks_first=True,
    )
    await ask(server, http_tools=(own,))
    asked = server.asked("llm")[0].json
    function = asked["tools"][-1]["function"]
    assert (function["name"], function["description"]) == (
        "find_order", f"Finds an order.{ASKS_FIRST}",
    )  # fmt: skip
    assert function["parameters"]["properties"] == {
        "order_id": {"type": "string", "description": "As on the receipt."}
    }
    assert "api.example.com" not in str(asked)


@pytest.mark.parametrize("name", REFUSALS)
async def test_a_server_that_takes_no_tools_is_told_to_write_the_mark(server, name):
    body, status = REFUSALS[name]
    usual = server._handler

    async def refuse(request, answer):
        if "tools" in request.json:
            await answer.send_json(body, status)
        else:
            await usual(request, answer)

    server._handler = refuse
    assert said(await ask(server)) == REPLY
    first, second = server.asked("llm")
    assert "tools" in first.json
    assert "tools" not in second.json
    assert second.json["messages"][0]["content"].count(MARK) == 1
    assert said(await ask(server)) == REPLY
    assert len(server.asked("llm")) == 3  # remembered
    assert [habit.parameter for habit in server_habits.known()] == ["tools"]


FAILED = {"message": "Failed to call a function. See 'failed_generation'.", "type": "x"}
WROTE = f"{REPLY} <function={NAME}{HOURS.arguments}</function>"


@pytest.mark.parametrize("in_stream", [False, True])
async def test_a_call_that_its_server_could_not_read_is_no_refusal_of_tools(server, in_stream):
    async def fail(request, answer):
        error = {"error": {**FAILED, "code": "tool_use_failed", "failed_generation": WROTE}}
        if in_stream:
            await answer.begin("text/event-stream")
            await answer.send(b"event: error\n" + stream(error)[0])
        else:
            await answer.send_json(error, 400)

    server._handler = fail
    assert said(await ask(server)) == WROTE  # its call is found as that of any text
    assert server_habits.known() == []


@pytest.mark.parametrize(
    ("message", "status"),
    [
        ("Failed to call a function. Please adjust your prompt.", 400),
        ("Tool call validation failed: parameters did not match schema", 400),
        ("error parsing tool call: raw='{\"day\"' err=unexpected end of JSON input", 500),
    ],
)
async def test_a_failed_call_without_the_models_text_is_requested_again(server, message, status):
    async def fail(request, answer):
        await answer.send_json({"error": {"message": message}}, status)

    server._handler = fail
    with pytest.raises(EngineError) as raised:
        await ask(server)
    assert raised.value.retryable
    assert server_habits.known() == []


async def test_an_error_about_something_else_takes_no_tools_away(server):
    async def refuse(request, answer):
        await answer.send_json({"error": {"message": "The prompt is too long."}}, 400)

    server._handler = refuse
    with pytest.raises(EngineError):
        await ask(server)
    assert len(server.requests) == 1


# --- remembered ---------------------------------------------------------------------------


def test_the_result_of_a_tool_is_a_separate_message():
    assert chat_messages(setup().config, REMEMBERED)[2:] == [
        {
            "role": "assistant",
            "content": "Let me look.",
            "tool_calls": [
                {
                    "id": "call00001",
                    "type": "function",
                    "function": {"name": NAME, "arguments": HOURS.arguments},
                }
            ],
        },
        {"role": "tool", "tool_call_id": "call00001", "content": "from nine"},
    ]


def test_where_no_tools_are_taken_it_is_told_beside_the_line():
    messages = chat_messages(setup().config, REMEMBERED, has_tools=False)
    assert [(each["role"], each["content"]) for each in messages[2:]] == [
        ("assistant", "Let me look."),
        ("user", f"[The tool {NAME} gave: from nine]"),
    ]


def test_each_call_has_a_result_and_arguments_that_templates_can_read():
    use = ToolUse(ToolCall(NAME, "Monday", id="call00002"))
    messages = chat_messages(
        setup().config, (*QUESTION, Utterance(Role.AGENT, "", tools=(use,)), *QUESTION)
    )
    assistant, tool, _ = messages[2:]
    assert assistant["tool_calls"][0]["function"]["arguments"] == "{}"
    assert tool["content"] == prompt.NO_RESULT
