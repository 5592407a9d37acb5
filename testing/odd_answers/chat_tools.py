"""Chat completions that call a tool, in the forms in which servers send that.

Each says its text and calls `opening_hours` for Monday.
"""

import json
from typing import Any

from testing.odd_answers.answer import JSON, Body, served
from testing.odd_answers.chat_bodies import chunk, completion, error, frame, stop, stream, words

NAME = "opening_hours"
ARGUMENTS = {"day": "Monday"}
WRITTEN = json.dumps(ARGUMENTS)
ENDED = chunk({}, finish="tool_calls")


def _function(arguments: object = WRITTEN, name: str | None = NAME) -> dict[str, Any]:
    return {"name": name, "arguments": arguments}


def _calling(*deltas: dict[str, Any], end: object = ENDED) -> Body:
    def body(text: str) -> list[bytes]:
        return stream(*words(text), *map(chunk, deltas), end)

    return body


def _call(**more: object) -> dict[str, Any]:
    return {"tool_calls": [{"type": "function", **more}]}


def _in_pieces(text: str) -> list[bytes]:
    first = _call(index=0, id="call_1", function=_function(""))
    rest = [
        _call(index=0, function={"arguments": piece}) for piece in ("{", '"day"', ':"Mon', 'day"}')
    ]
    return stream(*words(text), *map(chunk, (first, *rest)), ENDED)


def _cumulative(text: str) -> list[bytes]:
    pieces = [WRITTEN[: at + 1] for at in range(0, len(WRITTEN), 5)] + [WRITTEN]
    calls = [_call(index=0, id="call_1", function=_function(piece)) for piece in pieces]
    return stream(*words(text), *map(chunk, calls), ENDED)


def _whole(text: str) -> list[bytes]:
    answer = completion(text)
    answer["choices"][0]["message"]["tool_calls"] = [{"id": "x", "function": _function()}]
    return [json.dumps(answer).encode()]


def _in_two_choices(text: str) -> list[bytes]:
    said = {"index": 0, "message": {"role": "assistant", "content": text}}
    calls = {"index": 0, "message": {"tool_calls": [{"id": "x", "function": _function()}]}}
    return stream({"choices": [said, calls]}, ENDED)


def _again_as_message(text: str) -> list[bytes]:
    whole = completion(text)["choices"][0]
    whole["message"]["tool_calls"] = [{"id": "call_1", "function": _function()}]
    call = chunk(_call(index=0, id="call_1", function=_function()))
    return stream(*words(text), call, {"choices": [whole]})


def _beside_delta(text: str) -> list[bytes]:
    choice = {"index": 0, "delta": {}, "tool_calls": [{"id": "x", "function": _function()}]}
    return stream(*words(text), {"choices": [choice]}, ENDED)


def _of_gemini(text: str) -> list[bytes]:
    parts = [{"text": text}, {"functionCall": {"name": NAME, "args": ARGUMENTS}}]
    return stream({"candidates": [{"content": {"parts": parts}, "finishReason": "STOP"}]})


def _ollama(text: str) -> list[bytes]:
    calls = [{"function": _function(ARGUMENTS)}]
    lines = [
        {"message": {"role": "assistant", "content": text}, "done": False},
        {"message": {"role": "assistant", "content": "", "tool_calls": calls}, "done": False},
        {"message": {"role": "assistant", "content": ""}, "done": True},
    ]
    return [frame(line, name="", end="\n") for line in lines]


def _part_of_content(text: str) -> list[bytes]:
    part = {"type": "tool_use", "id": "x", "name": NAME, "input": ARGUMENTS}
    return stream(*words(text), chunk({"content": [part]}), ENDED)


CALLING: dict[str, Body] = {
    "in_pieces": _in_pieces,
    "at_once": _calling(_call(index=0, id="call_1", function=_function())),
    "without_index": _calling(_call(id="call_1", function=_function())),
    "without_id": _calling(_call(function=_function())),
    "index_as_text": _calling(_call(index="0", id="call_1", function=_function())),
    "pieces_without_index": _calling(
        _call(id="call_1", function=_function("")),
        _call(function=_function('{"day":', name=None)),
        _call(function=_function('"Monday"}', name=None)),
    ),
    "name_in_each_piece": _calling(
        _call(index=0, id="call_1", function=_function('{"day":')),
        _call(index=0, id="call_1", function=_function('"Monday"}')),
    ),
    "cumulative": _cumulative,
    "arguments_as_object": _calling(_call(index=0, function=_function(ARGUMENTS))),
    "arguments_as_json_in_json": _calling(_call(index=0, function=_function(json.dumps(WRITTEN)))),
    "null_before": _calling({"tool_calls": None}, _call(index=0, function=_function())),
    "one_in_place_of_a_list": _calling({"tool_calls": {"function": _function()}}),
    "without_function": _calling({"tool_calls": [{"index": 0, **_function()}]}),
    "function_call": _calling(
        {"function_call": _function()}, end=chunk({}, finish="function_call")
    ),
    "namespaced": _calling(_call(index=0, function=_function(name=f"functions.{NAME}"))),
    "finish_stop": _calling(_call(index=0, function=_function()), end=stop()),
    "part_of_content": _part_of_content,
    **{
        f"arguments_{name}": _calling(_call(index=0, id="call_1", function=_function(written)))
        for name, written in {
            "before_words": f"{WRITTEN} I hope this helps.",
            "before_a_tag": f"{WRITTEN}</tool_call>",
            "twice": WRITTEN + WRITTEN,
            "fenced": f"```json\n{WRITTEN}\n```",
            "of_python": "{'day': 'Monday'}",
            "unclosed": WRITTEN[:-1],
            "with_a_comma": '{"day": "Monday",}',
            "in_a_list": [ARGUMENTS],
            "behind_nothing": "{}" + WRITTEN,
            "escaped": WRITTEN.replace('"', "&quot;"),
            "as_keywords": 'day="Monday"',
        }.items()
    },
    **{
        f"name_{name}": _calling(_call(index=0, id="call_1", function=_function(name=written)))
        for name, written in {
            "numbered": f"functions.{NAME}:0",
            "with_a_token": f"{NAME}<|channel|>commentary",
            "with_brackets": f"{NAME}()",
            "quoted": f'"{NAME}"',
            "of_an_api": f"default_api:{NAME}",
        }.items()
    },
    "name_with_arguments": _calling(
        _call(index=0, id="call_1", function=_function("", f'{NAME}(day="Monday")'))
    ),
    "name_with_an_object": _calling(
        _call(index=0, id="call_1", function=_function("", f"{NAME}{WRITTEN}"))
    ),
    "name_in_pieces": _calling(
        _call(index=0, id="call_1", function=_function("", "opening_")),
        _call(index=0, function=_function(WRITTEN, "hours")),
    ),
    "custom": _calling({"tool_calls": [{"id": "x", "custom": {"name": NAME, "input": WRITTEN}}]}),
    "in_two_choices": _in_two_choices,
    "again_as_message": _again_as_message,
    "beside_delta": _beside_delta,
    "of_gemini": _of_gemini,
    "by_numbers": _calling({"tool_calls": {"0": {"id": "x", "function": _function()}}}),
    "list_as_json": _calling({"tool_calls": json.dumps([{"function": _function()}])}),
    "function_as_json": _calling(_call(index=0, function=json.dumps(_function()))),
    "growing_objects": _calling(
        _call(index=0, id="call_1", function=_function({"day": "Mon"})),
        _call(index=0, id="call_1", function=_function(ARGUMENTS)),
    ),
    "ollama": _ollama,
    "completion": _whole,
}
TOOLS = {
    f"tool_{name}": served(body, JSON if name == "completion" else "text/event-stream")
    for name, body in CALLING.items()
}

# What servers say that take no tools, and with which status.
REFUSALS: dict[str, tuple[object, int]] = {
    "ollama": (error("registry.ollama.ai/library/gemma:2b does not support tools"), 400),
    "unknown": (error("Unrecognized request argument supplied: tools", param=None), 400),
    "extra": (
        {"detail": [{"loc": ["body", "tools"], "msg": "Extra inputs are not permitted"}]},
        422,
    ),
    "vllm": (
        {
            "object": "error",
            "message": '"auto" tool choice requires --enable-auto-tool-choice and '
            "--tool-call-parser to be set",
        },
        400,
    ),
    "llama_cpp": (error("tools param requires --jinja flag", code=500), 500),
    "function_calling": (error("Function calling is not enabled for this model"), 400),
    "tool_use": (error("No endpoints found that support tool use."), 404),
}
