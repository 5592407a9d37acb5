"""Refusals of a chat completion for something that was sent with it, by name."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

from testing.odd_answers.answer import EVENTS, Asked, OddAnswer, refusing, while_sent
from testing.odd_answers.chat_bodies import chunk, error, stream
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


# --- refused for how a call that was made before is told ---------------------------------------

NAME, ARGUMENTS = "opening_hours", '{"day":"Monday"}'
SIGNATURE = {"google": {"thought_signature": "CiQB/signed=="}}
THOUGHTS = "They ask for Monday."
NO_SIGNATURE = (
    f"Function call is missing a thought_signature in functionCall parts. This is required for "
    f"tools to work correctly, and missing thought_signature may lead to degraded model "
    f"performance. Additional data, function call `default_api:{NAME}`, position 2."
)


def _calls(request: Request) -> list[dict[str, Any]]:
    return [call for each in request.json["messages"] for call in each.get("tool_calls", ())]


def _roles(request: Request) -> list[str]:
    return [each["role"] for each in request.json["messages"]]


def _is_unsigned(request: Request) -> bool:
    return any(call.get("extra_content") != SIGNATURE for call in _calls(request))


def _is_renamed(request: Request) -> bool:
    return any("__thought__" not in call["id"] for call in _calls(request))


def _is_thoughtless(name: str, value: object) -> Callable[[Request], bool]:
    def applies(request: Request) -> bool:
        of_calls = [each for each in request.json["messages"] if each.get("tool_calls")]
        return any(each.get(name) != value for each in of_calls)

    return applies


def _is_without_words(request: Request) -> bool:
    said = [each["content"] for each in request.json["messages"] if each["role"] == "assistant"]
    return not all(said)


def _user_follows_tool(request: Request) -> bool:
    roles = _roles(request)
    return ("tool", "user") in pairwise(roles)


def first_calling(
    refusal: OddAnswer, delta: dict[str, Any], call: dict[str, Any] | None = None
) -> OddAnswer:
    """A tool is called first, with what is to come back; then it is refused where that is missing.

    delta: of the chunk with the call; call: what else is in the call.
    """

    async def give(asked: Asked) -> None:
        if _calls(asked.request):
            await refusal.give(asked)
            return
        function = {"name": NAME, "arguments": ARGUMENTS}
        called = {"index": 0, "id": "call_1", "function": function, **(call or {})}
        await asked.answer.begin(EVENTS)
        for piece in stream(chunk({**delta, "tool_calls": [called]}), chunk({}, finish="stop")):
            await asked.answer.send(piece)

    def applies(request: Request) -> bool:
        return refusal.applies(request) if "tool" in _roles(request) else not _is_told(request)

    return OddAnswer(give, applies)


def _is_told(request: Request) -> bool:
    return any("The tool" in each["content"] for each in request.json["messages"][1:])


_SIGNED = refusing([error(NO_SIGNATURE, status="INVALID_ARGUMENT")], 400, _is_unsigned)
_DETAILS = [{"type": "reasoning.encrypted", "data": "c2VjcmV0", "index": 0}]
# A tool is called, and what came with the call has to come back.
KEEPING = {
    "call_of_gemini": first_calling(_SIGNED, {}, {"extra_content": SIGNATURE}),
    "call_of_litellm": first_calling(
        refusing(error(NO_SIGNATURE), 400, _is_renamed), {}, {"id": "call_1__thought__CiQB"}
    ),
    "call_of_deepseek": first_calling(
        refusing(
            error("The `reasoning_content` in the thinking mode must be passed back to the API."),
            400,
            _is_thoughtless("reasoning_content", THOUGHTS),
        ),
        {"reasoning_content": THOUGHTS},
    ),
    "call_of_openrouter": first_calling(
        refusing(
            error(f"Gemini models require reasoning details to be preserved. {NO_SIGNATURE}"),
            400,
            _is_thoughtless("reasoning_details", _DETAILS),
        ),
        {"reasoning_details": _DETAILS},
    ),
}
# What was called before is refused, however it is told but in words.
TOLD = {
    "no_signature": refusing([error(NO_SIGNATURE)], 400, lambda request: bool(_calls(request))),
    "no_thoughts": refusing(
        error(
            "thinking is enabled but reasoning_content is missing in assistant tool call message "
            "at index 2"
        ),
        400,
        lambda request: bool(_calls(request)),
    ),
    "no_user_after_tool": refusing(
        {"object": "error", "message": "Unexpected role 'user' after role 'tool'", "code": "3230"},
        400,
        _user_follows_tool,
    ),
    "no_call_without_words": refusing(
        error("The text field in the ContentBlock object at messages.2.content.0 is blank."),
        400,
        _is_without_words,
    ),
    "no_call_without_text": refusing(
        error("messages: text content blocks must be non-empty"), 400, _is_without_words
    ),
    "no_reason_at_all": refusing("", 400, lambda request: bool(_calls(request))),
    "no_tool_in_template": refusing(
        error("Jinja Exception: roles must alternate user/assistant", code=500),
        500,
        lambda request: "tool" in _roles(request),
    ),
}


# --- refused for the form of one tool ------------------------------------------------------------

BAD_TOOL = "find_order"


def _is_bad(tool: dict[str, Any]) -> bool:
    return bool(tool["function"]["name"] == BAD_TOOL)


def _is_of_nothing(tool: dict[str, Any]) -> bool:
    parameters = tool["function"].get("parameters")
    return parameters is not None and not parameters["properties"]


def _refusing_tools(
    is_refused: Callable[[dict[str, Any]], bool], say: Callable[[list[int]], Any], status: int = 400
) -> OddAnswer:
    """say: the body of the refusal, by the places of the tools."""

    def places(request: Request) -> list[int]:
        return [at for at, each in enumerate(request.json.get("tools", ())) if is_refused(each)]

    async def give(asked: Asked) -> None:
        await asked.answer.send_json(say(places(asked.request)), status)

    return OddAnswer(give, lambda request: bool(places(request)))


def _said_of_each(form: str) -> Callable[[list[int]], Any]:
    return lambda places: [error("\n".join(form.format(at) for at in places), status="INVALID")]


BAD = {
    "tool_refused_by_gemini": _refusing_tools(
        _is_bad,
        _said_of_each(
            "Invalid value at 'tools[0].function_declarations[{0}].parameters.properties[0].value."
            "enum[0]' (TYPE_STRING), 0"
        ),
    ),
    "tool_refused_by_openai": _refusing_tools(
        _is_bad,
        lambda places: error(
            f"Invalid schema for function '{BAD_TOOL}': array schema missing items.",
            param=f"tools[{places[0]}].function.parameters",
            code="invalid_function_parameters",
        ),
    ),
    "tool_refused_by_name": _refusing_tools(
        _is_bad, lambda _: error(f"invalid JSON schema for tool {BAD_TOOL}: not an object")
    ),
    "tool_refused_by_bedrock": _refusing_tools(
        _is_bad,
        lambda places: error(
            f"The value at toolConfig.tools.{places[0]}.toolSpec.inputSchema.json is not valid."
        ),
    ),
    "tool_refused_by_mistral": _refusing_tools(
        _is_bad,
        lambda places: {
            "detail": [{"loc": ["body", "tools", places[0], "function"], "msg": "Not valid"}]
        },
        422,
    ),
}
WITHOUT_PARAMETERS = {
    "tool_of_nothing_refused": _refusing_tools(
        _is_of_nothing,
        _said_of_each(
            "* GenerateContentRequest.tools[0].function_declarations[{0}].parameters.properties: "
            "should be non-empty for OBJECT type"
        ),
    ),
}
ANY_TOOL = {
    "each_tool_refused": _refusing_tools(
        lambda _: True, lambda _: error("Invalid schema for function", param="tools[0].function")
    ),
    "some_tool_refused": _refusing_tools(
        lambda _: True, lambda _: error("One of the tools has an invalid schema")
    ),
}
