"""Answers to a chat completion as newer servers and gateways send them."""

import gzip
import json

from openai.types.chat import ChatCompletionChunk

from agents.engines.scripted.engines import split_tokens
from testing.odd_answers.answer import Body, OddAnswer, served
from testing.odd_answers.chat_bodies import (
    DONE,
    between,
    chunk,
    each_as,
    frame,
    halves,
    plain,
    stop,
    stream,
    usage,
    words,
)


def _ended_in_each(finish: object) -> OddAnswer:
    """As if each chunk were the last."""

    def body(text: str) -> list[bytes]:
        return stream(
            *(
                chunk(choices=[{"index": 0, "delta": {"content": token}, "finish_reason": finish}])
                for token in split_tokens(text)
            ),
            stop(),
        )

    return served(body)


def _ended_before(text: str) -> list[bytes]:
    return stream(chunk({"role": "assistant"}, finish="stop"), *words(text), stop())


def _raw(letter: str) -> Body:
    """Behind the last word stands a character that JSON wants escaped."""

    def body(text: str) -> list[bytes]:
        last = frame(chunk({"content": "|"})).decode().replace("|", letter)
        return [*map(frame, words(text)), last.encode(), frame(stop()), DONE]

    return body


def _list_over_lines(text: str) -> list[bytes]:
    frames = [json.dumps(payload).encode() for payload in (*words(text), stop())]
    return [b"[" + b",\n".join(frames) + b"]"]


def _response_events(text: str) -> list[bytes]:
    said = [{"type": "response.output_text.delta", "delta": token} for token in split_tokens(text)]
    thoughts = [
        {"type": f"response.{kind}.delta", "delta": "Hm. "}
        for kind in ("reasoning_text", "reasoning_summary_text")
    ]
    return stream(
        {"type": "response.created", "response": {"output": []}},
        *thoughts,
        *said,
        {"type": "response.output_text.done", "text": text},
        {"type": "response.completed", "response": {"status": "completed"}},
    )


def _thought_of_gemini(text: str) -> list[bytes]:
    marked = {"content": "Let me see.", "extra_content": {"google": {"thought": True}}}
    return stream(chunk(marked), *words(text), stop())


def _thought_of_mistral(text: str) -> list[bytes]:
    thought = {"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}
    return stream(chunk({"content": [thought]}), *words(text), stop())


def _terminal_colours(text: str) -> list[bytes]:
    return stream(chunk({"content": "\x1b["}), chunk({"content": "1m"}), *words(text), stop())


def _with_error(error: object) -> OddAnswer:
    return served(lambda text: stream(*({**word, "error": error} for word in words(text)), stop()))


def _objects(text: str) -> list[bytes]:
    """The SDK's own objects, printed."""
    chunks = [ChatCompletionChunk.model_validate(each) for each in (*words(text), stop())]
    return [f"data: {each!r}\n\n".encode() for each in chunks]


def _messages(form: str) -> Body:
    """LangChain's messages, printed. form: with a place for the words as Python has them."""
    return lambda text: [
        f"data: {form.format(repr(token))}\n\n".encode() for token in (*split_tokens(text), "")
    ]


def _all_as(name: str) -> Body:
    return lambda text: stream(*(chunk({name: token}) for token in split_tokens(text)), stop())


def _packed(text: str) -> list[bytes]:
    body = gzip.compress(b"".join(plain(text)))
    return [body[:2], body[2:40], body[40:]]


def _in_utf_16(encoding: str) -> Body:
    def body(text: str) -> list[bytes]:
        written = b"".join(plain(text)).decode().encode(encoding)
        return [written[at : at + 37] for at in range(0, len(written), 37)]

    return body


WHOLE = {
    "objects_of_sdk": served(_objects),
    "messages_of_langchain": served(
        _messages("content={} additional_kwargs={{}} response_metadata={{}} id='run-1'")
    ),
    "objects_of_langchain": served(_messages("AIMessageChunk(content={}, id='run-1')")),
    "gzip_unsaid": served(_packed),
    "utf_16": served(_in_utf_16("utf-16")),
    "utf_16_without_mark": served(_in_utf_16("utf-16-le")),
    **{
        f"ended_in_each_{name}": _ended_in_each(finish)
        for name, finish in {
            "null": "null", "none": "None", "continue": "continue", "number": 0, "stop": "stop",
            "unspecified": "FINISH_REASON_UNSPECIFIED", "in_progress": "in_progress",
        }.items()
    },
    "ended_before": served(_ended_before),
    "raw_tab": served(_raw("\t")),
    "raw_line": served(_raw("\n")),
    "raw_control": served(_raw("\x1c")),
    "list_over_lines": served(_list_over_lines),
    "response_events": served(_response_events),
    "thought_of_gemini": served(_thought_of_gemini),
    "thought_of_mistral": served(_thought_of_mistral),
    "queue_in_events": served(
        between(b'event: queue\ndata: {"position": 3, "content": "waiting"}\n\n')
    ),
    "error_success": _with_error({"code": 0, "message": "Success"}),
    "error_none": _with_error("None"),
    "error_of_nothing": _with_error({"code": 200, "message": None}),
    "heartbeats": served(between(b"data: [HEARTBEAT]\n\n")),
    "progress": served(between(frame({"choices": [], "prompt_progress": {"total": 9}}))),
    "waiting_in_words": served(between(b"data: Waiting for the model...\n\n")),
    "code_of_success": served(
        each_as(lambda t: {"code": 0, "message": "ok", **chunk({"content": t})})
    ),
}  # fmt: skip
BROKEN = {
    "error_of_groq": served(
        lambda text: [
            *map(frame, words(halves(text)[0])),
            frame({**usage(), "x_groq": {"error": "over capacity"}}),
        ]
    ),
    "error_as_field": served(
        lambda text: [*map(frame, words(halves(text)[0])), b'error: {"code": 500}\n\n']
    ),
    "error_as_field_in_words": served(
        lambda text: [*map(frame, words(halves(text)[0])), b"error: out of memory\n\n"]
    ),
}
# All of it as thoughts, of a model that was told not to think.
MISPLACED = {
    f"answer_as_{name}": served(_all_as(name)) for name in ("reasoning_content", "reasoning")
}
# Nothing but thoughts, of which the server counts each, up to the limit that was sent.
EATEN_AT = 1_000
EATEN = {
    "limit_eaten_by_thoughts": OddAnswer(
        served(
            lambda _: stream(
                chunk({"reasoning_content": "Hm."}),
                chunk({}, finish="length"),
                usage(prompt_tokens=300, completion_tokens=200),
            )
        ).give,
        lambda request: any(
            request.json.get(name, EATEN_AT) < EATEN_AT
            for name in ("max_tokens", "max_completion_tokens")
        ),
    ),
}
# Heard without what is in it, and so no text that is given as it came.
MARKED = {"terminal_colours": served(_terminal_colours)}
ANSWERS = {**WHOLE, **BROKEN, **MISPLACED, **EATEN, **MARKED}
