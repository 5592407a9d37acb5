"""Answers to a chat completion that are cut short, break or say nothing, by name."""

import gzip
import json
from typing import Any

from testing.odd_answers.answer import EVENTS, JSON, Asked, OddAnswer, cut_after, served
from testing.odd_answers.chat_bodies import (
    DONE,
    broken_by,
    chunk,
    completion,
    error,
    frame,
    in_one,
    plain,
    stop,
    stream,
    usage,
)
from testing.providers.http_server import Answer, BreakOff

HTML = b"<!doctype html><html><body><h1>502 Bad Gateway</h1></body></html>"

# --- cut short: what came is given, and then an error that it was not all ------------------


def _damaged_gzip(kept: float) -> OddAnswer:
    async def give(asked: Asked) -> None:
        packed = gzip.compress(b"".join(plain(asked.text)) * 40)
        await asked.answer.begin(EVENTS, encoding="gzip")
        await asked.answer.send(packed[: int(len(packed) * kept)] + b"\x00\xff" * 20)

    return OddAnswer(give)


def _begun(arguments: str) -> dict[str, Any]:
    """The beginning of a call."""
    function = {"name": "take_message", "arguments": arguments}
    return chunk({"tool_calls": [{"index": 0, "id": "call_1", "function": function}]})


def _in_choice(**ends: object) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": {}, **ends}]}


CUT = {
    "length": served(broken_by(chunk({}, finish="length"))),
    "length_of_gemini": served(broken_by(_in_choice(finishReason="MAX_TOKENS"))),
    "length_of_anthropic": served(
        broken_by(_in_choice(finish_reason=None, stop_reason="max_tokens"))
    ),
    "length_beside_choices": served(broken_by({**_in_choice(), "finish_reason": "length"})),
    "content_filter": served(broken_by(chunk({}, finish="content_filter"))),
    "content_filter_with_its_reason": served(
        broken_by(chunk({}, finish="content_filter: PROHIBITED_CONTENT"))
    ),
    "content_filter_of_anthropic": served(broken_by(chunk({}, finish="refusal"))),
    "engine_overloaded": served(broken_by(chunk({}, finish="engine_overloaded"))),
    "ends_in_a_word": served(broken_by()),
    "ends_in_a_call": served(broken_by(_begun('{"text": "Call'))),
    "ends_before_arguments": served(broken_by(_begun(""))),
}
BROKEN = {
    "error_after_words": served(broken_by(error("The model crashed."))),
    "error_event_after_words": served(
        lambda text: [*broken_by()(text), b'event: error\ndata: {"message": "overloaded"}\n\n']
    ),
    "error_in_a_choice": served(
        broken_by(chunk({"content": ""}, finish="error", error={"code": 502, "message": "gone"}))
    ),
    "finish_error": served(broken_by(chunk({}, finish="error"))),
    "finish_internal_error": served(broken_by(chunk({}, finish="internal_error"))),
    "finish_malformed_call": served(
        broken_by(chunk({}, finish="function_call_filter: MALFORMED_FUNCTION_CALL"))
    ),
    "cut_after_words": cut_after(broken_by()),
    "cut_in_a_frame": cut_after(lambda text: [*broken_by()(text), b'data: {"choices": [{"del']),
}


# --- nothing to say --------------------------------------------------------------------------


async def _no_content(asked: Asked) -> None:
    await asked.answer.write_raw(b"HTTP/1.1 204 No Content\r\n\r\n")
    raise BreakOff


async def _redirect(asked: Asked) -> None:
    await asked.answer.redirect("https://elsewhere.example/v1/chat/completions", status=307)


async def _hang_up(asked: Asked) -> None:
    raise BreakOff


async def _not_http(asked: Asked) -> None:
    await asked.answer.write_raw(b"\x00\x01\x02 this is not HTTP\r\n\r\n")
    raise BreakOff


async def _long_line(asked: Asked) -> None:
    await _endless(asked.answer, b"data: " + b"x" * 65_536, b"x" * 65_536)


async def _long_comments(asked: Asked) -> None:
    await _endless(asked.answer, b"", b": waiting\n" * 6_000)


async def _endless(answer: Answer, first: bytes, more: bytes) -> None:
    """Send without end, until the client disconnects."""
    await answer.begin(EVENTS)
    await answer.send(first)
    while True:
        await answer.send(more)


NOTHING = {
    "html": served(lambda _: [HTML], "text/html"),
    "html_as_json": served(lambda _: [HTML], JSON),
    "html_as_events": served(lambda _: [HTML]),
    "plain_text": served(lambda _: [b"Internal Server Error"], "text/plain"),
    "json_null": served(lambda _: [b"null"], JSON),
    "json_number": served(lambda _: [b"42"], JSON),
    "json_text": served(lambda _: [b'"We open at nine."'], JSON),
    "json_cut": served(lambda text: [json.dumps(completion(text)).encode()[:-40]], JSON),
    "empty_body": served(lambda _: []),
    "only_done": served(lambda _: [DONE]),
    "no_content": OddAnswer(_no_content),
    "redirect": OddAnswer(_redirect),
    "hangs_up": OddAnswer(_hang_up),
    "not_http": OddAnswer(_not_http),
    "error_body": served(in_one(lambda _: error("queue full")), JSON),
    "error_text": served(in_one(lambda _: {"error": "queue full"}), JSON),
    "error_detail": served(in_one(lambda _: {"detail": "Not authenticated"}), JSON),
    "error_as_status": served(
        in_one(
            lambda _: {
                "choices": None,
                "base_resp": {"status_code": 1008, "status_msg": "insufficient balance"},
            }
        ),
        JSON,
    ),
    "error_first": served(lambda _: stream(error("The model is overloaded."))),
    "error_event": served(lambda _: [b'event: error\ndata: {"message": "overloaded"}\n\n']),
    "only_reasoning": served(lambda _: stream(chunk({"reasoning_content": "Hm. "}), stop())),
    "only_tools": served(
        lambda _: stream(chunk({"tool_calls": [{"index": 0}]}), chunk({}, finish="tool_calls"))
    ),
    "only_blocked": served(
        lambda _: [frame({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}})]
    ),
    "only_a_call_that_broke_off": served(lambda _: [frame(_begun('{"text": "Call'))]),
    "only_filtered": served(lambda _: stream(chunk({}, finish="content_filter"))),
    "only_usage": served(lambda _: stream(usage(prompt_tokens=5, completion_tokens=0))),
    "damaged_gzip": _damaged_gzip(0.01),
    "long_line": OddAnswer(_long_line),
    "long_comments": OddAnswer(_long_comments),
}
