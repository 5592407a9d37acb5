"""Bodies of chat completions as servers, proxies and gateways really send them.

Each function makes the body of an answer that says `text`, in pieces as they are sent.
"""

import json
from collections.abc import Callable
from typing import Any

from agents.engines.scripted.engines import split_tokens
from testing.odd_answers.answer import Body

DONE = b"data: [DONE]\n\n"


def frame(payload: object, *, name: str = "data: ", end: str = "\n\n") -> bytes:
    """One server-sent event with `payload` as its JSON."""
    return f"{name}{json.dumps(payload)}{end}".encode()


def chunk(delta: object = None, *, finish: str | None = None, **more: object) -> dict[str, Any]:
    """A chunk in OpenAI's form; without a delta its choice has none."""
    choice: dict[str, object] = {"index": 0, "finish_reason": finish}
    if delta is not None:
        choice["delta"] = delta
    return {
        "id": "chatcmpl-odd",
        "object": "chat.completion.chunk",
        "created": 0,
        "model": "odd",
        "choices": [choice],
        **more,
    }


def words(text: str) -> list[dict[str, Any]]:
    """A chunk for each token of `text`."""
    return [chunk({"content": token}) for token in split_tokens(text)]


def stop() -> dict[str, Any]:
    """The chunk that says that all has come."""
    return chunk({}, finish="stop")


def usage(**counts: object) -> dict[str, Any]:
    """The chunk that counts the tokens."""
    return chunk(choices=[], usage=counts)


def stream(*payloads: object) -> list[bytes]:
    """`payloads` as events, and the end."""
    return [*map(frame, payloads), DONE]


def plain(text: str) -> list[bytes]:
    """As OpenAI answers."""
    counted = usage(prompt_tokens=300, completion_tokens=9, total_tokens=309)
    return stream(chunk({"role": "assistant", "content": ""}), *words(text), stop(), counted)


def completion(text: str, **more: object) -> dict[str, Any]:
    """A whole completion, as without `stream`."""
    message = {"role": "assistant", "content": text}
    return {
        "id": "chatcmpl-odd",
        "object": "chat.completion",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 300, "completion_tokens": 9, "total_tokens": 309},
        **more,
    }


def error(message: str, **more: object) -> dict[str, Any]:
    """An error in OpenAI's form."""
    return {"error": {"message": message, "type": "invalid_request_error", **more}}


def between(odd: bytes) -> Body:
    """A plain stream with `odd` before each of its events and after the last."""

    def body(text: str) -> list[bytes]:
        return [part for event in plain(text) for part in (odd, event)] + [odd]

    return body


def each_as(make: Callable[[str], object]) -> Body:
    """A stream whose tokens are sent as `make` says."""

    def body(text: str) -> list[bytes]:
        return stream(*map(make, split_tokens(text)), stop())

    return body


def counted_as(counts: object) -> Body:
    """A plain stream whose usage is `counts`."""

    def body(text: str) -> list[bytes]:
        return stream(*words(text), stop(), chunk(choices=[], usage=counts))

    return body


def finished_as(finish: Any) -> Body:
    """A stream that ends for the reason `finish`."""

    def body(text: str) -> list[bytes]:
        return stream(*words(text), chunk({}, finish=finish))

    return body


def replaced(old: bytes, new: bytes) -> Body:
    """A plain stream with other bytes in the place of some."""

    def body(text: str) -> list[bytes]:
        return [part.replace(old, new) for part in plain(text)]

    return body


def in_one(make: Callable[[str], object]) -> Body:
    """One JSON text where a stream was due."""

    def body(text: str) -> list[bytes]:
        return [json.dumps(make(text)).encode()]

    return body


def lines(make: Callable[[str, bool], object]) -> Body:
    """JSON lines, as Ollama's own API has them; `make` is told what to say and whether it ends."""

    def body(text: str) -> list[bytes]:
        said = [frame(make(token, False), name="", end="\n") for token in split_tokens(text)]
        return [*said, frame(make("", True), name="", end="\n")]

    return body


def halves(text: str) -> tuple[str, str]:
    """`text` cut in the middle of a word, if it has a long one."""
    middle = len(text) // 2
    return text[:middle], text[middle:]


def broken_by(*ends: object) -> Body:
    """The first half of a stream, then `ends` in the place of the rest."""

    def body(text: str) -> list[bytes]:
        return [*map(frame, words(halves(text)[0])), *map(frame, ends)]

    return body
