"""Chat completions as servers really send them, through the real SDK: words, or an EngineError."""

import asyncio

import pytest
from structlog.testing import capture_logs

from agents.engines.access import Access, Credentials
from agents.engines.chat import stream
from agents.engines.chat.request import ROOM_FOR_THOUGHTS
from agents.engines.conversation import Role, Utterance
from agents.engines.model_events import Finished, FinishReason, StillThinking, TextDelta, TokensUsed
from agents.engines.openai import llm
from agents.engines.openai.server_habits import server_habits
from testing.guard import GUARD_SECONDS
from testing.odd_answers import chat, chat_newer, chat_others
from testing.odd_answers.chat_bodies import chunk, halves
from testing.odd_answers.chat_bodies import stream as stream_of
from testing.providers.openai_at_once import openai_at_once
from testing.setups import QUESTION, setup
from voicex.errors import EngineBusy, EngineError, EngineReason, EngineSilent

REPLY = "We open at nine, on 12 Harbour Street. Is that all?"


@pytest.fixture
async def server():
    async with openai_at_once(replies=[REPLY] * 20) as fake:
        yield fake


async def ask(server, name, **options):
    """The events of one answer that is odd in the way of that name, and what went wrong."""
    server.behaviour.odd = {"llm": name}
    credentials = Credentials({"openai": Access(endpoint=server.url)})
    chosen = {f"openai.{option}": value for option, value in options.items()}
    model = llm.make_llm(setup(credentials, options=chosen))
    events = []
    try:
        async for event in model.reply(QUESTION):
            events.append(event)  # noqa: PERF401  # kept when it fails
    except EngineError as error:
        return events, error
    return events, None


def said(events):
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def finish(events):
    return [event.reason for event in events if isinstance(event, Finished)]


def used(events):
    (counted,) = [event for event in events if isinstance(event, TokensUsed)]
    return counted


@pytest.mark.parametrize("name", [*chat.WHOLE, *chat_newer.WHOLE, *chat_others.WHOLE])
async def test_whatever_form_the_words_come_in_all_of_them_are_given_once(server, name):
    events, error = await ask(server, name)
    assert error is None
    assert said(events).replace("😊", "").rstrip() == REPLY
    assert finish(events) == [FinishReason.WHOLE]
    counted = used(events)
    assert isinstance(counted.tokens_in, int)
    assert isinstance(counted.tokens_out, int)
    assert counted.tokens_in > 0
    assert counted.tokens_out > 0


async def test_tokens_that_are_counted_in_a_choice_are_counted(server):
    events, _ = await ask(server, "counted_in_a_choice")
    assert (used(events).tokens_in, used(events).tokens_out) == (300, 9)


@pytest.mark.parametrize("name", chat.CUT)
async def test_an_answer_that_was_cut_says_so_and_why(server, name):
    events, error = await ask(server, name)
    assert error is None
    assert said(events) == halves(REPLY)[0]
    reasons = {"length": FinishReason.LENGTH, "content": FinishReason.FILTERED}
    assert finish(events) == [reasons.get(name.partition("_")[0], FinishReason.BROKEN_OFF)]


@pytest.mark.parametrize("name", chat.BROKEN)
async def test_words_before_a_broken_stream_are_emitted_before_the_error(server, name):
    events, error = await ask(server, name)
    assert said(events) == halves(REPLY)[0]
    assert isinstance(error, EngineError)
    assert finish(events) == []


@pytest.mark.parametrize("name", chat.NOTHING)
async def test_an_answer_of_nothing_is_an_error_and_never_words(server, name):
    events, error = await ask(server, name)
    assert isinstance(error, EngineError)
    assert said(events) == ""


@pytest.mark.parametrize(
    ("name", "kind", "reason", "detail"),
    [
        ("html", EngineError, EngineReason.UNREADABLE, "502 Bad Gateway"),
        ("error_detail", EngineError, EngineReason.UNREADABLE, "Not authenticated"),
        ("error_text", EngineError, EngineReason.FAILED, "queue full"),
        ("only_reasoning", EngineSilent, EngineReason.EMPTY, "without words"),
        ("damaged_gzip", EngineError, EngineReason.UNREADABLE, ""),
    ],
)
async def test_the_log_has_the_servers_response_without_words(server, name, kind, reason, detail):
    _, error = await ask(server, name)
    assert type(error) is kind
    assert error.reason == reason
    assert detail in error.detail


async def test_reasoning_is_a_sign_of_life_and_never_words(server, monkeypatch):
    monkeypatch.setattr(stream, "THINKING_EVERY_SECONDS", 0.0)
    events, _ = await ask(server, "reasoning_content")
    assert isinstance(events[0], StillThinking)
    assert "Hm." not in said(events)


THINKS_NOT = {
    "vllm": {"extra_body": {"chat_template_kwargs": {"enable_thinking": False}}},
    "deepseek": {"extra_body": {"chat_template_kwargs": {"thinking": False}}},
    "qwen": {"extra_body": {"enable_thinking": False}},
    "ollama": {"extra_body": {"think": False}},
    "glm": {"extra_body": {"thinking": {"type": "disabled"}}},
    "openai": {"reasoning_effort": "none"},
}


@pytest.mark.parametrize("options", THINKS_NOT.values(), ids=THINKS_NOT)
@pytest.mark.parametrize("name", chat_newer.MISPLACED)
async def test_thoughts_of_a_model_that_was_told_not_to_think_are_its_answer(server, name, options):
    events, error = await ask(server, name, **options)
    assert error is None
    assert said(events) == REPLY
    assert finish(events) == [FinishReason.WHOLE]


async def test_thoughts_are_no_answer_before_words_or_where_nobody_said_not_to_think(server):
    for options in ({}, {"extra_body": {"enable_thinking": True}}, {"reasoning_effort": "low"}):
        events, error = await ask(server, "answer_as_reasoning", **options)
        assert (said(events), type(error)) == ("", EngineSilent)
    events, _ = await ask(server, "reasoning", **THINKS_NOT["vllm"])
    assert said(events) == REPLY


async def test_a_limit_that_thoughts_have_eaten_is_raised_once_and_for_all(server):
    events, error = await ask(server, "limit_eaten_by_thoughts", max_tokens=200)
    assert (said(events), error) == (REPLY, None)
    limits = [request.json["max_tokens"] for request in server.asked("llm")]
    assert limits == [200, 200 + ROOM_FOR_THOUGHTS]
    assert used(events).tokens_out > 200  # what was thought in vain is paid for, too
    events, _ = await ask(server, "limit_eaten_by_thoughts", max_tokens=300)
    assert said(events) == REPLY
    assert server.asked("llm")[-1].json["max_tokens"] == 300 + ROOM_FOR_THOUGHTS
    assert len(server.asked("llm")) == 3


async def test_without_a_limit_of_ours_there_is_none_to_raise(server):
    async def eaten(request, answer):
        await answer.begin("text/event-stream")
        for piece in stream_of(chunk({"reasoning": "Hm."}), chunk({}, finish="length")):
            await answer.send(piece)

    server._handler = eaten
    for options in ({}, {"max_tokens": 200}):
        _, error = await ask(server, "", **options)
        assert isinstance(error, EngineSilent)
    assert len(server.requests) == 3
    assert server_habits.known() == []


async def test_an_error_that_says_busy_is_busy(server):
    async def busy(request, answer):
        await answer.send_json({"error": {"code": "rate_limit_exceeded", "message": "slow down"}})

    server._handler = busy
    _, error = await ask(server, "")
    assert isinstance(error, EngineBusy)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        *((name, {}) for name in chat.REFUSED if name.startswith(("no_usage", "no_sy"))),
        ("roles_in_turn", {}),
        ("no_stream", {}),
        ("no_temperature", {"temperature": 0.2}),
        ("no_max_tokens", {"max_tokens": 200}),
        ("no_reasoning_effort", {"reasoning_effort": "low"}),
        ("no_top_k", {"extra_body": {"top_k": 40, "min_p": 0.1}}),
    ],
)
async def test_a_refused_parameter_is_left_out_at_once_and_remembered(server, name, options):
    events, error = await ask(server, name, **options)
    assert error is None
    assert said(events) == REPLY
    first = len(server.asked("llm"))
    assert first > 1
    events, error = await ask(server, name, **options)
    assert said(events) == REPLY
    assert len(server.asked("llm")) == first + 1
    assert server_habits.known()


async def test_the_limit_of_tokens_is_sent_under_the_name_that_the_server_knows(server):
    await ask(server, "no_max_tokens", max_tokens=200)
    assert "max_tokens" not in server.asked("llm")[-1].json
    assert server.asked("llm")[-1].json["max_completion_tokens"] == 200


async def test_without_a_role_for_it_the_prompt_begins_the_callers_first_message(server):
    await ask(server, "no_system_or_developer")
    messages = server.asked("llm")[-1].json["messages"]
    assert [each["role"] for each in messages] == ["user"]
    assert messages[0]["content"].startswith("You answer for the Corner Bakery.")
    assert messages[0]["content"].endswith("When do you close?")


async def test_a_developers_role_is_used_where_the_server_asks_for_it(server):
    await ask(server, "no_system_but_developer")
    messages = server.asked("llm")[-1].json["messages"]
    assert [each["role"] for each in messages] == ["developer", "user"]


async def test_a_refusal_that_names_nothing_of_ours_is_not_asked_again(server):
    async def refuse(request, answer):
        await answer.send_json({"error": {"message": "The prompt is too long."}}, 400)

    server._handler = refuse
    _, error = await ask(server, "")
    assert error.reason == EngineReason.REQUEST_REFUSED
    assert len(server.requests) == 1


async def test_a_server_that_repeats_our_request_in_an_error_teaches_nothing(server):
    async def refuse(request, answer):
        said = {"detail": [{"loc": ["body"], "msg": "No.", "input": request.json}]}
        await answer.send_json(said, 422)

    server._handler = refuse
    await ask(server, "", temperature=0.2)
    assert len(server.requests) == 1
    assert server_habits.known() == []


async def test_a_change_that_did_not_help_is_not_remembered(server):
    async def refuse(request, answer):
        await answer.send_json({"error": {"message": "temperature and stream are odd"}}, 400)

    server._handler = refuse
    _, error = await ask(server, "", temperature=0.2)
    assert error is not None
    assert 1 < len(server.requests) <= 4
    assert server_habits.known() == []


async def test_options_of_an_agent_are_sent(server):
    await ask(
        server,
        "",
        max_tokens=200,
        reasoning_effort="low",
        extra_body={"chat_template_kwargs": {"enable_thinking": False}},
    )
    asked = server.asked("llm")[0].json
    assert asked["max_tokens"] == 200
    assert asked["reasoning_effort"] == "low"
    assert asked["chat_template_kwargs"] == {"enable_thinking": False}
    assert asked["stream"] is True
    assert asked["messages"][0]["role"] == "system"


async def test_an_answer_is_over_when_the_server_says_so_even_if_it_never_ends_the_body(server):
    async def begun(request, answer):
        await answer.begin("text/event-stream")
        for piece in chat.plain(REPLY)[:-2]:
            await answer.send(piece)
        await request.hung_up.wait()

    server._handler = begun
    events, error = await ask(server, "")
    assert error is None
    assert said(events) == REPLY


async def test_a_body_that_ends_in_order_leaves_its_connection_for_the_next(server):
    for name in ("plain", "data_after_done", "no_done", "completion", "json_lines"):
        await ask(server, name)
    assert server.connections == 1


async def test_a_prompt_that_the_server_cut_is_reported_once_a_call_and_with_each_answer(server):
    server.behaviour.odd = {"llm": "plain"}  # which counts 300 tokens, whatever was sent
    model = llm.make_llm(
        setup(
            Credentials({"openai": Access(endpoint=server.url)}), prompt="All about bread. " * 1_000
        )
    )
    with capture_logs() as logged:
        answers = [[event async for event in model.reply(QUESTION)] for _ in range(2)]
    assert all(used(events).unread_tokens > 3_000 for events in answers)
    assert [line["counted"] for line in logged if line["event"] == "prompt_cut"] == [300]
    events, _ = await ask(server, "plain")
    assert used(events).unread_tokens == 0


CURSED = "Damn you."
FILTERED = {
    "refused": {"message": "The response was filtered", "code": "content_filter", "status": 400},
    "refused in words": {"message": "Input data may contain inappropriate content."},
}


@pytest.mark.parametrize("name", [*FILTERED, "only_filtered", "only_blocked"])
async def test_a_turn_that_a_filter_refused_does_not_silence_the_rest_of_a_call(server, name):
    usual = server._handler

    async def filtering(request, answer):
        if not any(CURSED in each["content"] for each in request.json["messages"]):
            await usual(request, answer)
        elif name in chat.NOTHING:
            await answer.begin("text/event-stream")
            for piece in chat.NOTHING[name].body(""):
                await answer.send(piece)
        else:
            await answer.send_json({"error": FILTERED[name]}, 400)

    server._handler = filtering
    model = llm.make_llm(setup(Credentials({"openai": Access(endpoint=server.url)})))
    cursed = (Utterance(Role.CALLER, CURSED),)
    with pytest.raises(EngineError):
        [event async for event in model.reply(cursed)]
    asked = (*cursed, Utterance(Role.AGENT, "Sorry?"), *QUESTION)
    assert said([event async for event in model.reply(asked)]) == REPLY


async def test_an_answer_whose_chunks_each_end_it_is_over_without_an_end_of_its_body(monkeypatch):
    monkeypatch.setattr(stream, "EMPTY_SECONDS", 0.1)

    async def body():
        for piece in chat_newer.WHOLE["ended_in_each_stop"].body(REPLY)[:-1]:
            yield piece
        await asyncio.Event().wait()

    async with asyncio.timeout(GUARD_SECONDS):
        events = [event async for event in stream.ChatStream().events(body())]
    assert said(events) == REPLY
    assert finish(events) == [FinishReason.WHOLE]


@pytest.mark.parametrize("name", chat_others.TOO_LONG)
async def test_a_call_that_is_longer_than_a_model_reads_goes_on_without_its_first_turns(
    server, name
):
    server.behaviour.odd = {"llm": name}
    credentials = Credentials({"openai": Access(endpoint=server.url)})
    model = llm.make_llm(setup(credentials, options={"openai.max_tokens": 500}))
    turns = tuple(
        Utterance(Role.AGENT if at % 2 else Role.CALLER, f"Turn {at}.") for at in range(21)
    )
    assert said([event async for event in model.reply(turns)]) == REPLY
    asked = [each.json["messages"] for each in server.asked("llm")]
    assert all(500 in each.json.values() for each in server.asked("llm"))
    assert server_habits.known() == []
    assert asked[-1][-1]["content"] == "Turn 20."
    assert asked[-1][0]["role"] == "system"
    assert len(asked[-1]) <= chat_others.MOST_MESSAGES
    later = (*turns, Utterance(Role.AGENT, "Yes."), Utterance(Role.CALLER, "Fine."))
    assert said([event async for event in model.reply(later)]) == REPLY
    assert len(server.asked("llm")) == len(asked) + 1  # it is not found out again


async def test_a_single_turn_that_is_too_long_is_refused(server, monkeypatch):
    monkeypatch.setattr(chat_others, "MOST_MESSAGES", 0)
    events, error = await ask(server, "longer_than_openai")
    assert (said(events), error.reason) == ("", EngineReason.REQUEST_REFUSED)


REFUSED_AMOUNTS = {
    "max_tokens (500) exceeds the maximum of 256 output tokens": {"max_tokens": 500},
    "max_tokens is too large: 500. This model's maximum context length is 256 tokens": {
        "max_tokens": 500
    },
    "temperature exceeds the maximum value": {"temperature": 1.9},
}


@pytest.mark.parametrize("said_so", REFUSED_AMOUNTS)
async def test_a_refused_amount_costs_no_turn_of_the_conversation(server, said_so):
    usual, options = server._handler, REFUSED_AMOUNTS[said_so]
    names = {*options, *(("max_completion_tokens",) if "max_tokens" in options else ())}

    async def refuse(request, answer):
        if names & request.json.keys():
            await answer.send_json({"error": {"message": said_so}}, 400)
        else:
            await usual(request, answer)

    server._handler = refuse
    chosen = {f"openai.{name}": value for name, value in options.items()}
    credentials = Credentials({"openai": Access(endpoint=server.url)})
    model = llm.make_llm(setup(credentials, options=chosen))
    turns = tuple(
        Utterance(Role.AGENT if at % 2 else Role.CALLER, f"Turn {at}.") for at in range(21)
    )
    assert said([event async for event in model.reply(turns)]) == REPLY
    sent = [each["content"] for each in server.asked("llm")[-1].json["messages"]]
    assert all(turn.text in sent for turn in turns)
