"""Calls of tools that were made before: what servers want back with them, and how they are told."""

import json

import pytest

from agents.engines.access import Access, Credentials
from agents.engines.chat.tool_calls import ToolCalls
from agents.engines.conversation import Role, ToolCall, ToolResult, ToolUse, Utterance
from agents.engines.model_events import TextDelta
from agents.engines.openai import llm, past_calls
from agents.engines.openai.past_calls import (
    LONGEST_BESIDE,
    MOST_GIVEN,
    MOST_KEPT,
    MOST_THOUGHTS,
    NOTHING,
    PastCalls,
    Thoughts,
    Written,
)
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
SIGNED = Written({"extra_content": SIGNATURE}, 100)


def written(calls):
    """What is kept of an answer whose server wrote these calls."""
    tools = ToolCalls()
    for at, call in enumerate(calls):
        function = {"name": f"tool_{at}" if len(calls) > 1 else NAME, "arguments": ARGUMENTS}
        tools.take({"delta": {"tool_calls": [{"index": at, "function": function, **call}]}})
    return tools.all(), tools.beside


def reasons(*parts):
    return {"delta": {"reasoning_details": list(parts)}}


def nested(count):
    """A list of about 3 * count characters, without a string."""
    return [[] for _ in range(count)]


def test_of_a_call_that_another_process_made_there_is_nothing_to_give_back():
    past = PastCalls()
    assert past.given(messages(), ()) == messages()
    past.keep([ToolCall("other")], {ToolCall("other"): SIGNED}, NOTHING)
    assert past.given(messages(), ()) == messages()
    assert past.given(messages(), ["reasoning_content"])[0]["reasoning_content"] == ""
    assert "reasoning_details" not in past.given(messages(), ["reasoning_details"])[0]


@pytest.mark.parametrize(
    "odd",
    [
        {"extra_content": "\ud83d"},
        {"extra_content": float("nan")},
        {"extra_content": "x" * 100_000},
        {"extra_content": nested(LONGEST_BESIDE // 3)},
        {"extra_content": "x" * 40_000, "thought_signature": "x" * 40_000},
    ],
    ids=["half an emoji", "no number", "too much", "nested", "together"],
)
def test_what_no_request_can_hold_is_not_kept(odd):
    past = PastCalls()
    past.keep(*written([odd]), NOTHING)
    assert past.given(messages(), ()) == messages()


def test_what_is_beside_a_call_is_measured_when_it_comes_and_no_more_when_it_is_too_much(encoded):
    tools = ToolCalls()
    for _ in range(50):
        call = {"index": 0, "function": {"name": NAME}, "extra_content": nested(40_000)}
        tools.take({"delta": {"tool_calls": [call]}})
    assert len(encoded) == 1
    tools.all()
    assert tools.beside == {}


def test_thoughts_are_given_back_whole_or_not_at_all():
    thoughts = Thoughts()
    thoughts.take({"delta": {"reasoning_content": "They ask "}})
    thoughts.take({"delta": {"reasoning_content": "for Monday.", "reasoning_details": [{"a": 1}]}})
    assert thoughts.all().fields == {
        "reasoning_content": "They ask for Monday.",
        "reasoning_details": [{"a": 1}],
    }
    thoughts.take({"delta": {"reasoning_content": "x" * MOST_THOUGHTS}})
    assert thoughts.all() is NOTHING


@pytest.mark.parametrize("wrap", [lambda deep: deep, lambda deep: {"type": "x", "data": deep}])
def test_thoughts_within_thoughts_are_counted(wrap):
    thoughts = Thoughts()
    for _ in range(3):
        thoughts.take(reasons(wrap(nested(MOST_THOUGHTS // 6))))
    assert thoughts.all() is NOTHING
    assert thoughts._parts == []  # nor are they held


def test_thoughts_that_are_nested_too_deeply_are_not_given_back():
    deep = []
    for _ in range(100_000):
        deep = [deep]
    thoughts = Thoughts()
    thoughts.take(reasons(deep))
    assert thoughts.all() is NOTHING


def test_too_many_parts_leave_the_words(encoded):
    thoughts = Thoughts()
    thoughts.take({"delta": {"reasoning": "They ask."}})
    thoughts.take(reasons(*nested(MOST_THOUGHTS)))
    assert thoughts.text == "They ask."
    assert thoughts.all() is NOTHING


@pytest.fixture
def encoded(monkeypatch):
    """What was written as JSON, to be measured."""
    found, real = [], past_calls._encoded
    monkeypatch.setattr(past_calls, "_encoded", lambda value: found.append(value) or real(value))
    return found


def test_eight_calls_of_one_answer_are_measured_no_more_often_than_one(encoded):
    thoughts = Thoughts()
    for _ in range(32):
        thoughts.take(reasons(nested(MOST_THOUGHTS // 5)))
    assert len(encoded) == 2  # the second was too much
    thoughts = Thoughts()
    thoughts.take(reasons(nested(1_000)))
    found = thoughts.all()
    encoded.clear()
    calls, beside = written([{"extra_content": SIGNATURE} for _ in range(8)])
    assert len(encoded) == 8
    PastCalls().keep(calls, beside, found)
    assert len(encoded) == 8


def test_only_the_latest_calls_are_kept():
    past = PastCalls()
    for at in range(MOST_KEPT + 1):
        call = ToolCall(NAME, f'{{"day":{at}}}')
        past.keep([call], {call: SIGNED}, Written({"reasoning_content": "x"}, 3))
    assert len(past._beside) == len(past._thoughts) == MOST_KEPT


def thought(size):
    return Written({"reasoning_content": "x" * size}, size + 2)


def length_of(given):
    return len(json.dumps(given))


def asking(*calls):
    """Messages in which these were called, one after the other."""
    return [
        {"role": "assistant", "content": "", "tool_calls": [{"id": str(at), "function": function}]}
        for at, function in enumerate(
            {"name": each.name, "arguments": each.arguments} for each in calls
        )
    ]


def test_of_too_many_thoughts_of_a_call_the_oldest_are_given_up():
    past = PastCalls()
    calls = [ToolCall(NAME, f'{{"day":{at}}}') for at in range(5)]
    for call in calls:
        past.keep([call], {call: SIGNED}, thought(150_000))
    given = past.given(asking(*calls), ["reasoning_content"])
    assert [len(each["reasoning_content"]) for each in given] == [0, 0, 0, 150_000, 150_000]
    assert all("extra_content" in each["tool_calls"][0] for each in given)


def test_the_thoughts_of_one_answer_count_once_for_all_of_its_calls():
    past = PastCalls()
    calls = [ToolCall(f"tool_{at}") for at in range(8)]
    past.keep(calls, dict.fromkeys(calls, SIGNED), thought(MOST_THOUGHTS))
    assert len(past._thoughts) == len(past._beside) == 8


def test_what_is_beside_calls_is_bounded_in_all():
    past = PastCalls()
    calls = [ToolCall(NAME, f'{{"day":{at}}}') for at in range(20)]
    for call in calls:
        past.keep([call], {call: Written({"extra_content": "x" * 60_000}, 60_002)}, NOTHING)
    given = past.given(asking(*calls), ())
    assert length_of(given) < MOST_GIVEN + 10_000
    assert "extra_content" in given[-1]["tool_calls"][0]


def test_a_tool_that_is_called_in_each_turn_makes_no_request_endless():
    past = PastCalls()
    past.keep([CALL], {CALL: SIGNED}, thought(MOST_THOUGHTS - 10_000))
    given = past.given(asking(*[CALL] * 40), ["reasoning_content"])
    assert length_of(given) < MOST_GIVEN + 20_000
    assert [bool(each["reasoning_content"]) for each in given[-3:]] == [False, True, True]


def test_a_server_of_nested_lists_takes_no_time_of_other_calls(monkeypatch):
    sizes = []

    def encoded(value):
        text = encode(value)
        sizes.append(len(text))
        return text

    encode = past_calls._encoded
    monkeypatch.setattr(past_calls, "_encoded", encoded)
    frame = reasons(*[nested(60) for _ in range(700)])  # nearly 128 KB
    thoughts = Thoughts()
    for _ in range(128):
        thoughts.take(frame)
    calls, beside = written([{"extra_content": nested(42_000)} for _ in range(8)])
    PastCalls().keep(calls, beside, thoughts.all())
    # Of 128 frames two are written out, and what each of 8 calls has beside it once.
    assert len(sizes) == 10
    assert max(sizes) < MOST_THOUGHTS
