"""Refusals of a chat completion for something that was sent with it, by name."""

from collections.abc import Callable
from typing import Any

from testing.odd_answers.answer import refusing, while_sent
from testing.odd_answers.chat_bodies import error
from testing.providers.http_server import Request

# --- refused for something that we sent ------------------------------------------------------


def _has_role(role: str) -> Callable[[Request], bool]:
    return lambda request: any(each["role"] == role for each in request.json["messages"])


def _is_out_of_turn(request: Request) -> bool:
    roles = [each["role"] for each in request.json["messages"] if each["role"] != "system"]
    return any(roles[at] == roles[at + 1] for at in range(len(roles) - 1))


def _unknown(parameter: str) -> dict[str, Any]:
    return error(f"Unrecognized request argument supplied: {parameter}", param=None)


def _extra(parameter: str) -> list[dict[str, Any]]:
    where, said = ["body", parameter], "Extra inputs are not permitted"
    return [{"type": "extra_forbidden", "loc": where, "msg": said}]


NO_USAGE = while_sent("stream_options")
NO_MAX = while_sent("max_tokens")
INSTEAD = (
    "Unsupported parameter: 'max_tokens' is not supported with this model. "
    "Use 'max_completion_tokens' instead."
)
REFUSED = {
    "no_usage": refusing(
        error("", code="unknown_parameter", param="stream_options"), 400, NO_USAGE
    ),
    "no_usage_in_words": refusing(_unknown("stream_options"), 400, NO_USAGE),
    "no_usage_extra": refusing({"detail": _extra("stream_options")}, 422, NO_USAGE),
    "no_usage_mistral": refusing(
        {"object": "error", "message": {"detail": _extra("stream_options")}}, 422, NO_USAGE
    ),
    "no_usage_plain": refusing("unknown field `stream_options`", 400, NO_USAGE),
    "no_usage_listed": refusing([_unknown("stream_options")], 400, NO_USAGE),
    "no_usage_validation": refusing(
        {"error": "[{'loc': ('body', 'stream_options'), 'msg': 'extra fields not permitted'}]"},
        400,
        NO_USAGE,
    ),
    "no_temperature": refusing(
        error("Unsupported value: 'temperature' does not support 0.2", param="temperature"),
        400,
        while_sent("temperature"),
    ),
    "no_max_tokens": refusing(error(INSTEAD, param="max_tokens"), 400, NO_MAX),
    "no_max_completion_tokens": refusing(
        {"detail": _extra("max_completion_tokens")}, 422, while_sent("max_completion_tokens")
    ),
    "no_reasoning_effort": refusing(
        error("reasoning_effort is not supported", param=None), 400, while_sent("reasoning_effort")
    ),
    "no_top_k": refusing({"detail": _extra("top_k")}, 422, while_sent("top_k")),
    "no_stream": refusing(
        error("Your organization must be verified to stream this model.", param="stream"),
        400,
        lambda request: request.json.get("stream", False),
    ),
    "no_system": refusing(error("System role not supported"), 400, _has_role("system")),
    "no_system_but_developer": refusing(
        error("messages[0].role does not support 'system'. Use 'developer'", param="messages"),
        400,
        _has_role("system"),
    ),
    "no_system_or_developer": refusing(
        error("Developer instruction is not enabled for this model"),
        400,
        lambda request: _has_role("system")(request) or _has_role("developer")(request),
    ),
    "roles_in_turn": refusing(
        error("Conversation roles must alternate user/assistant/user/assistant/..."),
        400,
        lambda request: _has_role("system")(request) or _is_out_of_turn(request),
    ),
}
