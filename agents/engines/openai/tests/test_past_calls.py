"""Calls of tools that were made before: what servers want back with them, and how they are told."""

import pytest

from agents.engines.access import Access, Credentials
from agents.engines.conversation import Role, ToolCall, ToolResult, ToolUse, Utterance
from agents.engines.model_events import TextDelta
from agents.engines.openai import llm
from agents.engines.openai.past_calls import MOST_KEPT, MOST_THOUGHTS, PastCalls, Thoughts
from agents.engines.openai.server_habits import server_habits
from testing.odd_answers import chat_refusals
from testing.odd_answers.chat_refusals import ARGUMENTS, NAME, SIGNATURE
from testing.providers.openai_at_once import openai_at_once
from testing.setups import QUESTION, setup

REPLY = "From nine to five."
USE = ToolUse(ToolCall(NAME, ARGUMENTS, id="call00001"), ToolResult("call00001", "nine to five"))
CALLED = (*QUESTION, Utterance(Role.AGENT, "", tools=(USE,)))
ASKED_ON = (*CALLED, Utterance(Role.CALLER, "Hello?"))


@pytest.fixture
async def server():
    async with openai_at_once(replies=[REPLY] * 20) as fake:
        yield fake


def refuses(server, parameter, said):
    """Have the server refuse each request with that parameter."""
    usual = server._handler

    async def refuse(request, answer):
        if parameter in request.json:
            await answer.send_json({"error": {"message": said}}, 400)
        else:
            await usual(request, answer)

    server._handler = refuse


def model_of(server, name):
    server.behaviour.odd = {"llm": name}
    return llm.make_llm(setup(Credentials({"openai": Access(endpoint=server.url)})))


async def ask(model, conversation):
    return [event async for event in model.reply(conversation)]


def said(events):
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def last(server):
    return server.asked("llm")[-1].json


@pytest.mark.parametrize("name", chat_refusals.KEEPING)
async def test_what_came_with_a_call_is_given_back_with_it(server, name):
    model = model_of(server, name)
    assert [each for each in await ask(model, QUESTION) if isinstance(each, ToolCall)] == [
        ToolCall(NAME, ARGUMENTS)
    ]
    assert said(await ask(model, CALLED)) == REPLY
    _system, _question, called, gave = last(server)["messages"]
    assert called["tool_calls"][0]["function"] == {"name": NAME, "arguments": ARGUMENTS}
    assert gave["tool_call_id"] == called["tool_calls"][0]["id"]
    asked = len(server.asked("llm"))
    assert said(await ask(model, ASKED_ON)) == REPLY
    assert len(server.asked("llm")) == asked + 1  # what it wants is known


@pytest.mark.parametrize("name", chat_refusals.KEEPING)
async def test_what_another_process_was_given_with_a_call_is_missed_once(server, name):
    model = model_of(server, name)
    assert said(await ask(model, CALLED)) == REPLY
    asked = len(server.asked("llm"))
    assert said(await ask(model, ASKED_ON)) == REPLY
    assert len(server.asked("llm")) == asked + 1
    assert "tools" in last(server)


@pytest.mark.parametrize("name", chat_refusals.TOLD)
async def test_a_refusal_of_an_earlier_call_costs_no_answer_and_no_tools(server, name):
    model = model_of(server, name)
    assert said(await ask(model, ASKED_ON)) == REPLY
    assert "tools" in last(server)
    assert "The tool opening_hours gave: nine to five" in last(server)["messages"][-1]["content"]
    assert server_habits.known() == []
    asked = len(server.asked("llm"))
    assert said(await ask(model, (*ASKED_ON, Utterance(Role.CALLER, "Are you there?")))) == REPLY
    assert len(server.asked("llm")) == asked + 1  # later in the call, too


async def test_a_server_that_takes_no_tools_at_all_is_found_out_in_the_middle_of_a_call(server):
    refuses(server, "tools", "tools are not supported")
    model = model_of(server, "")
    assert said(await ask(model, CALLED)) == REPLY
    assert [habit.parameter for habit in server_habits.known()] == ["tools"]


async def test_a_refused_parameter_is_not_mistaken_for_a_refused_call(server):
    refuses(server, "stream_options", "unknown: stream_options")
    model = model_of(server, "")
    assert said(await ask(model, CALLED)) == REPLY
    assert [each["role"] for each in last(server)["messages"]][-2:] == ["assistant", "tool"]


def messages():
    call = {"id": "call00001", "function": {"name": NAME, "arguments": ARGUMENTS}}
    return [
        {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call00001", "content": "nine"},
    ]


CALL = ToolCall(NAME, ARGUMENTS)


def test_of_a_call_that_another_process_made_there_is_nothing_to_give_back():
    past = PastCalls()
    assert past.given(messages(), ()) == messages()
    past.keep([ToolCall("other")], {ToolCall("other"): {"extra_content": SIGNATURE}}, {})
    assert past.given(messages(), ()) == messages()
    assert past.given(messages(), ["reasoning_content"])[0]["reasoning_content"] == ""
    assert "reasoning_details" not in past.given(messages(), ["reasoning_details"])[0]


@pytest.mark.parametrize(
    "odd",
    [
        {"extra_content": "\ud83d"},
        {"extra_content": float("nan")},
        {"extra_content": "x" * 100_000},
    ],
    ids=["half an emoji", "no number", "too much"],
)
def test_what_no_request_can_hold_is_not_kept(odd):
    past = PastCalls()
    past.keep([CALL], {CALL: odd}, {})
    assert past.given(messages(), ()) == messages()


def test_thoughts_are_given_back_whole_or_not_at_all():
    thoughts = Thoughts()
    thoughts.take({"delta": {"reasoning_content": "They ask "}})
    thoughts.take({"delta": {"reasoning_content": "for Monday.", "reasoning_details": [{"a": 1}]}})
    assert thoughts.all() == {
        "reasoning_content": "They ask for Monday.",
        "reasoning_details": [{"a": 1}],
    }
    thoughts.take({"delta": {"reasoning_content": "x" * MOST_THOUGHTS}})
    assert thoughts.all() == {}


def test_only_the_latest_calls_are_kept():
    past = PastCalls()
    for at in range(MOST_KEPT + 1):
        call = ToolCall(NAME, f'{{"day":{at}}}')
        past.keep([call], {call: {"extra_content": SIGNATURE}}, {"reasoning_content": "x"})
    assert len(past._beside) == len(past._thoughts) == MOST_KEPT
