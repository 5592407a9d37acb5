"""Answers to a chat completion in the frames of other APIs and frameworks: for engines alone.

Gateways pass on what stands behind them, and servers at home print what they should encode.
"""

import json
from typing import Any

from agents.engines.scripted.engines import split_tokens
from testing.odd_answers.answer import EVENTS, JSON, Body, OddAnswer, refusing, served
from testing.odd_answers.chat_bodies import DONE, chunk, each_as, error, frame, in_one, stop, words
from testing.odd_answers.chat_tools import NAME, WRITTEN
from testing.providers.http_server import Request

LINES = "application/x-ndjson"


def _whatever(pieces: list[bytes]) -> Body:
    """The same pieces whatever the answer would be."""
    return lambda _text: pieces


def _frames(*before: object, token: Any, after: tuple[object, ...] = ()) -> Body:
    def body(text: str) -> list[bytes]:
        return [frame(each) for each in (*before, *map(token, split_tokens(text)), *after)]

    return body


def _block(delta: dict[str, Any], index: int = 1) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": index, "delta": delta}


def _anthropic(*more: object, stop_reason: str = "end_turn") -> Body:
    return _frames(
        {"type": "message_start", "message": {"role": "assistant", "content": [],
                                              "usage": {"input_tokens": 300}}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "thinking"}},
        _block({"type": "thinking_delta", "thinking": "Hm."}, 0),
        {"type": "content_block_start", "index": 1, "content_block": {"type": "text", "text": ""}},
        token=lambda t: _block({"type": "text_delta", "text": t}),
        after=(
            *more,
            {"type": "message_delta", "delta": {"stop_reason": stop_reason},
             "usage": {"output_tokens": 9}},
            {"type": "message_stop"},
        ),
    )  # fmt: skip


_BLOCK_OF_CALL = (
    {"type": "content_block_start", "index": 2,
     "content_block": {"type": "tool_use", "id": "toolu_1", "name": NAME, "input": {}}},
    _block({"type": "input_json_delta", "partial_json": WRITTEN[:6]}, 2),
    _block({"type": "input_json_delta", "partial_json": WRITTEN[6:]}, 2),
)  # fmt: skip


def _bedrock(text: str) -> list[bytes]:
    said = [{"contentBlockDelta": {"delta": {"text": token}}} for token in split_tokens(text)]
    counts = {"usage": {"inputTokens": 300, "outputTokens": 9}}
    ends = [{"messageStop": {"stopReason": "end_turn"}}, {"metadata": counts}]
    return [frame(each) for each in ({"messageStart": {"role": "assistant"}}, *said, *ends)]


def _cohere(text: str) -> list[bytes]:
    counts = {"tokens": {"input_tokens": 300, "output_tokens": 9}}
    said = [
        {"type": "content-delta", "delta": {"message": {"content": {"text": token}}}}
        for token in split_tokens(text)
    ]
    end = {"type": "message-end", "delta": {"finish_reason": "COMPLETE", "usage": counts}}
    return [frame(each) for each in (*said, end)]


def _tgi(text: str) -> list[bytes]:
    tokens = [{"token": {"text": token, "special": False}} for token in split_tokens(text)]
    end = {"token": {"text": "</s>", "special": True}, "generated_text": text}
    return [frame(each) for each in (*tokens, end)]


def _coze(text: str) -> list[bytes]:
    def message(said: str, kind: str = "answer") -> bytes:
        return frame({"role": "assistant", "type": kind, "content": said})

    said = [message(token) for token in split_tokens(text)]
    return [*said, message(text), message("What else do you offer?", "follow_up"), DONE]


def _printed(form: str, end: str = "\n\n") -> Body:
    """Each chunk as Python prints it. form: with a place for it."""

    def body(text: str) -> list[bytes]:
        chunks = (*words(text), stop())
        return [f"data: {form.format(each, json.dumps(each))}{end}".encode() for each in chunks]

    return body


def _together(before: str) -> Body:
    """All of it on one line, `before` each event."""

    def body(text: str) -> list[bytes]:
        chunks = [f"{before}data: {json.dumps(each)}" for each in (*words(text), stop())]
        return [each.encode() for each in chunks] + [f"{before}data: [DONE]\n\n".encode()]

    return body


def _ended_on_the_line(text: str) -> list[bytes]:
    *first, last = [frame(each) for each in (*words(text), stop())]
    return [*first, last.rstrip() + b" [DONE]\n\n"]


def _counted_in_a_choice(text: str) -> list[bytes]:
    end = stop()
    end["choices"][0]["usage"] = {"prompt_tokens": 300, "completion_tokens": 9}
    return [*map(frame, words(text)), frame(end), DONE]


def _lines_of(make: Any) -> Body:
    return lambda text: [frame(make(token), name="", end="\n") for token in split_tokens(text)]


WHOLE: dict[str, OddAnswer] = {
    "anthropic_stream": served(_anthropic()),
    "bedrock": served(_bedrock),
    "cohere": served(_cohere),
    "cohere_older": served(
        _lines_of(lambda t: {"event_type": "text-generation", "text": t}), LINES
    ),
    "tgi": served(_tgi),
    "llama_cpp": served(
        _frames(
            token=lambda t: {"content": t, "stop": False},
            after=({"content": "", "stop": True, "tokens_evaluated": 300},),
        )
    ),
    "kobold": served(_frames(token=lambda t: {"token": t})),
    "web_ui": served(_frames(token=lambda t: {"event": "text_stream", "text": t})),
    "dify": served(_frames(token=lambda t: {"event": "message", "answer": t})),
    "langserve": served(_frames(token=lambda t: {"content": t, "type": "AIMessageChunk"})),
    "flowise": served(_frames(token=lambda t: {"event": "token", "data": t})),
    "n8n": served(_lines_of(lambda t: {"type": "item", "content": t}), LINES),
    "coze": served(_coze),
    "dashscope": served(
        _frames(token=lambda t: {"output": {"choices": [{"message": {"content": t}}]}})
    ),
    "ernie": served(
        _frames(
            token=lambda t: {"result": t, "is_end": False}, after=({"result": "", "is_end": True},)
        )
    ),
    "watsonx": served(
        _frames(token=lambda t: {"results": [{"generated_text": t, "stop_reason": "not_finished"}]})
    ),
    "vertex": served(in_one(lambda text: {"predictions": [text]}), JSON),
    "in_a_chunk": served(each_as(lambda t: {"chunk": chunk({"content": t})})),
    "json_in_an_envelope": served(
        each_as(lambda t: {"data": json.dumps(chunk({"content": t}))})
    ),
    "choices_in_choices": served(
        each_as(lambda t: {"choices": [[{"index": 0, "delta": {"content": t}}]]})
    ),
    "python_dictionaries": served(_printed("{0}")),
    "python_bytes": served(_printed("b'{1}'")),
    "json_text_of_events": served(lambda text: [
        json.dumps(frame(each).decode().strip()).encode() + b"\n" for each in (*words(text), stop())
    ]),
    "events_on_one_line": served(_together("")),
    "escaped_ends_of_lines": served(_together("\\n\\n")),
    "end_on_the_line": served(_ended_on_the_line),
    "parts_as_json": served(
        each_as(lambda t: chunk({"content": json.dumps({"type": "text", "text": t})}))
    ),
    "parts_as_python": served(
        each_as(lambda t: chunk({"content": str([{"type": "text", "text": t}])}))
    ),
    "counted_in_a_choice": served(_counted_in_a_choice),
}  # fmt: skip

# With a call of the tool that those of `chat_tools` call.
TOOLS = {
    "tool_of_anthropic": served(_anthropic(*_BLOCK_OF_CALL, stop_reason="tool_use")),
    "tool_of_bedrock": served(
        _frames(
            {"contentBlockStart": {"contentBlockIndex": 1, "start": {
                "toolUse": {"toolUseId": "x", "name": NAME}}}},
            {"contentBlockDelta": {"contentBlockIndex": 1, "delta": {
                "toolUse": {"input": WRITTEN}}}},
            token=lambda t: {"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"text": t}}},
            after=({"messageStop": {"stopReason": "tool_use"}},),
        )
    ),
    "tool_in_parallel": served(
        lambda text: [
            *map(frame, words(text)),
            frame(chunk({"tool_calls": [{"index": 0, "id": "x", "function": {
                "name": "multi_tool_use.parallel",
                "arguments": json.dumps({"tool_uses": [
                    {"recipient_name": f"functions.{NAME}", "parameters": json.loads(WRITTEN)}
                ]}),
            }}]})),
            frame(chunk({}, finish="tool_calls")),
            DONE,
        ],
        EVENTS,
    ),
}  # fmt: skip

# Errors that come as if they were words.
NOTHING = {
    name: served(_whatever([*map(frame, (*words(said), stop())), DONE]))
    for name, said in {
        "error_in_capitals": "**ERROR**: Rate limit exceeded",
        "error_with_a_code": "Error code: 429 - {'error': {'message': 'Rate limit reached'}}",
        "error_in_brackets": "[Error: upstream request failed]",
        "error_of_a_package": "litellm.RateLimitError: RateLimitError: too many requests",
        "error_of_a_proxy": "Internal Server Error",
    }.items()
}


# --- longer than a model reads ---------------------------------------------------------------

MOST_MESSAGES = 7


def _is_long(request: Request) -> bool:
    return len(request.json["messages"]) > MOST_MESSAGES


TOO_LONG = {
    "longer_than_openai": refusing(
        error(
            "This model's maximum context length is 4096 tokens. However, your messages resulted "
            "in 4700 tokens (4500 in the messages, 200 in the functions).",
            code="context_length_exceeded", param="messages",
        ), 400, _is_long,
    ),
    "longer_than_vllm": refusing(
        {"object": "error", "message": "This model's maximum context length is 4096 tokens. Please "
         "reduce the length of the input messages."}, 400, _is_long,
    ),
    "longer_than_llama_cpp": refusing(
        error("the request exceeds the available context size, try increasing it",
              type="exceed_context_size_error"), 400, _is_long,
    ),
    "longer_than_anthropic": refusing(
        error("prompt is too long: 200321 tokens > 200000 maximum"), 400, _is_long
    ),
    "longer_beside_max_tokens": refusing(
        error("'max_tokens' or 'max_completion_tokens' is too large: 500. This model's maximum "
              "context length is 4096 tokens and your request has 3700 input tokens"), 400,
        _is_long,
    ),
    "longer_with_max_tokens": refusing(
        error("input length and `max_tokens` exceed context limit: 199000 + 2000 > 200000"), 400,
        _is_long,
    ),
    "longer_than_groq": refusing(error("Request too large for this model"), 413, _is_long),
    "longer_than_lm_studio": OddAnswer(
        served(
            lambda _: [frame(error("Trying to keep the first tokens when context the overflows."))]
        ).give,
        _is_long,
    ),
}  # fmt: skip
ANSWERS = {**WHOLE, **TOOLS, **NOTHING, **TOO_LONG}
