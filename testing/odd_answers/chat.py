"""OddAnswer answers to a chat completion, by name, grouped by what must become of them."""

import json
from dataclasses import replace
from typing import Any

from agents.engines.scripted.engines import split_tokens
from testing.odd_answers.answer import JSON, Body, OddAnswer, refusing, served
from testing.odd_answers.chat_bodies import (
    DONE,
    between,
    chunk,
    completion,
    counted_as,
    each_as,
    error,
    finished_as,
    frame,
    halves,
    in_one,
    lines,
    plain,
    replaced,
    stop,
    stream,
    words,
)
from testing.odd_answers.chat_failures import BROKEN, CUT, NOTHING
from testing.odd_answers.chat_refusals import REFUSED
from testing.providers.http_server import Request

# --- all words come, in one form or another --------------------------------------------------


def _azure_filter(text: str) -> list[bytes]:
    prompt_filter = {"choices": [], "prompt_filter_results": [{"prompt_index": 0}]}
    content_filter = chunk(content_filter_results={"hate": {"filtered": False}})
    said = [payload for word in words(text) for payload in (word, content_filter)]
    return stream(prompt_filter, *said, stop())


def _lines_without_blanks(text: str) -> list[bytes]:
    return [frame(payload, end="\n") for payload in (*words(text), stop())] + [DONE]


def _json_over_lines(text: str) -> list[bytes]:
    events = []
    for payload in (*words(text), stop()):
        split = json.dumps(payload, indent=1).splitlines()
        events.append("".join(f"data: {line}\n" for line in split).encode() + b"\n")
    return [*events, DONE]


def _two_in_a_frame(text: str) -> list[bytes]:
    payloads = [json.dumps(payload) for payload in (*words(text), stop())]
    pairs = ["".join(payloads[at : at + 2]) for at in range(0, len(payloads), 2)]
    return [f"data: {pair}\n\n".encode() for pair in pairs] + [DONE]


def _cumulative(text: str) -> list[bytes]:
    tokens = split_tokens(text)
    said = ["".join(tokens[: count + 1]) for count in range(len(tokens))]
    return stream(*(chunk({"content": each}) for each in said), stop())


def _repeated_in_pieces(text: str) -> list[bytes]:
    first, second = halves(text)
    again = [chunk({"content": first}), chunk({"content": second}, finish="stop")]
    return stream(*words(text), *again)


def _counted_in_each(text: str) -> list[bytes]:
    said = [
        {**word, "usage": {"prompt_tokens": 300, "completion_tokens": count}}
        for count, word in enumerate(words(text), 1)
    ]
    return stream(*said, stop())


def _other_choices(text: str) -> list[bytes]:
    other = {"index": 1, "delta": {"content": "Something else. "}, "finish_reason": None}
    said = [payload for word in words(text) for payload in (word, chunk(choices=[other]))]
    return stream(*said, stop())


def _surrogates(text: str) -> list[bytes]:
    cut = [
        chunk({"content": "\ud83d"}),
        chunk({"content": "\ude0a"}),
        chunk({"content": " \udc00"}),
    ]
    return stream(*words(text), *cut, stop())


def _thinking_in(name: str) -> Body:
    def body(text: str) -> list[bytes]:
        thoughts = [chunk({name: "Hm. "}), chunk({"content": "", name: "I see."})]
        return stream(*thoughts, *words(text), stop())

    return body


def _of_anthropic(text: str) -> dict[str, Any]:
    thought = {"type": "thinking", "thinking": "Hm."}
    return {
        "type": "message",
        "role": "assistant",
        "content": [thought, {"type": "text", "text": text}],
        "stop_reason": "end_turn",
        "usage": {"input_tokens": 300, "output_tokens": 9},
    }


def _of_gemini(text: str) -> dict[str, Any]:
    return {
        "candidates": [{"content": {"parts": [{"text": text}]}, "finishReason": "STOP"}],
        "usageMetadata": {"promptTokenCount": 300, "candidatesTokenCount": 9},
    }


def _thinking_in_parts(text: str) -> list[bytes]:
    thoughts = [{"type": "reasoning.text", "text": "Hm. "}, {"type": "summary_text", "text": "So."}]
    return stream(chunk({"content": thoughts}), *words(text), stop())


def _ollama(token: str, is_last: bool) -> dict[str, Any]:
    counts = {"prompt_eval_count": 300, "eval_count": 9, "done_reason": "stop"} if is_last else {}
    message = {"role": "assistant", "content": token}
    return {"model": "odd", "message": message, "done": is_last, **counts}


def _bare_chunk(token: str, is_last: bool) -> dict[str, Any]:
    return stop() if is_last else chunk({"content": token})


WHOLE = {
    "plain": served(plain),
    "choice_without_delta": served(_azure_filter),
    "null_delta": served(between(frame({"choices": [{"index": 0, "delta": None}]}))),
    "null_content": served(between(frame(chunk({"content": None})))),
    "null_data": served(between(b"data: null\n\n")),
    "null_choices": served(between(frame({"choices": None}))),
    "no_choices": served(between(frame({"id": "x"}))),
    "null_choice": served(between(frame({"choices": [None]}))),
    "numbers_for_frames": served(between(b"data: 42\n\n")),
    "lists_for_frames": served(between(b"data: [1, 2]\n\n")),
    "frames_without_data": served(between(b"data:\n\n")),
    "comments": served(between(b": OPENROUTER PROCESSING\n\n")),
    "event_lines": served(between(b"event: message\nid: 7\nretry: 3000\n")),
    "pings": served(between(b'event: ping\ndata: {"type": "ping"}\n\n')),
    "unreadable_frames": served(between(b'data: {"choices": [{"delta": {"cont\n\n')),
    "bytes_that_are_no_text": served(between(b"data: \xff\xfe\x00\n\n")),
    "byte_order_mark": served(lambda text: [b"\xef\xbb\xbf", *plain(text)]),
    "carriage_returns": served(replaced(b"\n", b"\r\n")),
    "carriage_returns_alone": served(replaced(b"\n", b"\r")),
    "events_of_events": served(replaced(b"data: ", b"data: data: ")),
    "fields_in_capitals": served(replaced(b"data: ", b"DATA: ")),
    "nul_between": served(between(b"\0")),
    "no_space_after_data": served(replaced(b"data: ", b"data:")),
    "no_blank_lines": served(_lines_without_blanks),
    "json_over_lines": served(_json_over_lines),
    "two_in_a_frame": served(_two_in_a_frame),
    "no_done": served(lambda text: plain(text)[:-1]),
    "no_newline_at_the_end": served(lambda text: [*plain(text)[:-2], frame(stop(), end="")]),
    "data_after_done": served(lambda text: [*plain(text), *stream(*words("And more."))]),
    "content_in_parts": served(
        each_as(lambda t: chunk({"content": [{"type": "text", "text": t}]}))
    ),
    "content_in_strings": served(each_as(lambda t: chunk({"content": [t]}))),
    "content_as_object": served(each_as(lambda t: chunk({"content": {"type": "text", "text": t}}))),
    "content_with_value": served(
        each_as(lambda t: chunk({"content": [{"type": "text", "text": {"value": t}}]}))
    ),
    "delta_as_text": served(each_as(lambda t: chunk(t))),
    "choices_as_object": served(
        each_as(lambda t: {"choices": {"index": 0, "delta": {"content": t}}})
    ),
    "legacy_text": served(each_as(lambda t: {"choices": [{"index": 0, "text": t}]})),
    "message_for_delta": served(
        each_as(lambda t: {"choices": [{"index": 0, "message": {"content": t}}]})
    ),
    "as_sound": served(each_as(lambda t: chunk({"content": None, "audio": {"transcript": t}}))),
    "as_anthropic": served(in_one(_of_anthropic), JSON),
    "as_gemini": served(lambda text: stream(_of_gemini(text))),
    "in_an_envelope": served(each_as(lambda t: {"data": chunk({"content": t})})),
    "json_in_json": served(each_as(lambda t: json.dumps(chunk({"content": t})))),
    "response_in_events": served(each_as(lambda t: {"response": t, "p": "abc"})),
    "anothers_events": served(
        each_as(lambda t: {"type": "content_block_delta", "delta": {"type": "text", "text": t}})
    ),
    "refusal": served(each_as(lambda t: chunk({"content": None, "refusal": t}))),
    "index_from_1": served(each_as(lambda t: {"choices": [{"index": 1, "delta": {"content": t}}]})),
    "choices_by_number": served(each_as(lambda t: {"choices": {"0": {"delta": {"content": t}}}})),
    "no_index": served(each_as(lambda t: {"choices": [{"delta": {"content": t}}]})),
    "text_index": served(each_as(lambda t: {"choices": [{"index": "0", "delta": {"content": t}}]})),
    "completion": served(in_one(completion), JSON),
    "completion_as_events": served(in_one(completion)),
    "completion_as_text": served(in_one(completion), "text/plain"),
    "completion_over_lines": served(
        lambda text: [json.dumps(completion(text), indent=2).encode()], JSON
    ),
    "completion_in_a_list": served(in_one(lambda text: [completion(text)]), JSON),
    "completion_in_a_frame": served(lambda text: stream(completion(text))),
    "json_lines": served(lines(_ollama), "application/x-ndjson"),
    "json_lines_as_events": served(lines(_ollama)),
    "json_lines_of_chunks": served(lines(_bare_chunk), JSON),
    "generated_json_lines": served(
        lines(lambda t, is_last: {"response": t, "done": is_last}), "application/x-ndjson"
    ),
    "events_as_text": served(plain, "text/plain; charset=utf-8"),
    "events_as_html": served(plain, "text/html"),
    "usage_null": served(counted_as({"prompt_tokens": None, "completion_tokens": 7})),
    "usage_empty": served(counted_as({})),
    "usage_text": served(counted_as({"prompt_tokens": "300", "completion_tokens": "9"})),
    "usage_floats": served(counted_as({"prompt_tokens": 300.0, "completion_tokens": 9.5})),
    "usage_below_zero": served(counted_as({"prompt_tokens": -1, "completion_tokens": -7})),
    "usage_endless": served(
        counted_as({"prompt_tokens": float("inf"), "completion_tokens": 1e300})
    ),
    "usage_list": served(counted_as([300, 9])),
    "usage_flags": served(counted_as({"prompt_tokens": True, "completion_tokens": False})),
    "usage_in_each": served(_counted_in_each),
    "finish_never": served(lambda text: stream(*words(text))),
    "finish_unknown": served(finished_as("eos_token")),
    "finish_number": served(finished_as(1)),
    "finish_tool_calls": served(finished_as("tool_calls")),
    "finish_function_call": served(finished_as("function_call")),
    "repeated_at_the_end": served(
        lambda text: stream(*words(text), chunk({"content": text}, finish="stop"))
    ),
    "repeated_as_message": served(lambda text: stream(*words(text), completion(text))),
    "repeated_in_pieces": served(_repeated_in_pieces),
    "cumulative": served(_cumulative),
    "other_choices": served(_other_choices),
    "reasoning_content": served(_thinking_in("reasoning_content")),
    "reasoning": served(_thinking_in("reasoning")),
    "thinking": served(_thinking_in("thinking")),
    "thinking_in_parts": served(_thinking_in_parts),
}


# --- a tool's call in words, until the tool has run: for whole calls ---------------------------

_CALL = '<tool_call>{"name": "take_message", "arguments": {"text": "Call back."}}</tool_call>'


def _has_no_result(request: Request) -> bool:
    return all(each["role"] != "tool" for each in request.json["messages"])


CALLED = {
    "call_in_words": replace(
        served(lambda _: stream(*words(_CALL), stop())), applies=_has_no_result, body=None
    ),
    "call_that_failed": refusing(
        error("Failed to call a function.", code="tool_use_failed", failed_generation=_CALL),
        400,
        _has_no_result,
    ),
}

ANSWERS: dict[str, OddAnswer] = {
    **WHOLE, **CUT, **BROKEN, **NOTHING, **REFUSED, **CALLED,
}  # fmt: skip
