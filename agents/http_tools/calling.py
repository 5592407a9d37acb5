"""Sends the request of an HTTP tool, and converts the response for the model.

Responses are data, truncated to a limit; failures become sentences for the model.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote, quote_plus

import structlog

from agents.calendars import running as calendars
from agents.calendars.servers import CalendarFailed, Caller
from agents.http_tools import limits, mcp
from agents.http_tools.arguments import Values
from agents.http_tools.definition import Definition
from agents.http_tools.filling import CannotFill, Request, filled
from agents.http_tools.picking import NotThere, pick
from agents.tools.base import ToolFailed
from voicex import fence
from voicex.bounds import bounded_json
from voicex.errors import EndpointRefused

log = structlog.get_logger(__name__)

BOUNDS: Final = fence.Bounds(
    answer_bytes=limits.ANSWER_BYTES, stream_bytes=limits.ANSWER_BYTES, seconds=limits.SECONDS
)
NOT_SET_UP: Final = "This tool is not set up: its key is missing. Nothing was sent."
NOBODY: Final = Caller()
HIDDEN: Final = "[secret]"
_HTML: Final = ("text/html", "application/xhtml+xml")
_REFUSED: Final = {
    "too_slow": "The server did not answer in time.",
    "too_large": "The server's answer is too large to be read.",
    "encoded": "The server's answer cannot be read.",
    "unreachable": "The server cannot be reached.",
}
_NOT_ALLOWED: Final = "The server's address may not be called. Nothing was sent."
_UNSURE: Final = " It may or may not have happened."
# Failures after which the request may have reached the server.
_MAY_HAVE_ARRIVED: Final = ("too_slow", "too_large", "encoded", "unreachable")


def host_of(definition: Definition) -> str:
    """The host of a tool's requests; each secret belongs to one host."""
    return fence.host_of(definition.key_address)


async def call(
    definition: Definition,
    values: Values,
    secrets: Mapping[str, str],
    *,
    key: str = "",
    caller: Caller = NOBODY,
    allow_private: bool,
) -> str:
    """The answer to one request, for the model. Raises ToolFailed, in words for the model too.

    secrets: those that are for the tool's host, by name. key: of this run, the same for a repeated
    one. caller: for whom it runs, which calendars ask.
    """
    if definition.secrets_used() - secrets.keys():
        raise ToolFailed(NOT_SET_UP)
    if definition.calendar is not None:
        return await _use_calendar(
            definition, values, secrets, caller=caller, allow_private=allow_private
        )
    try:
        request = filled(definition, values, secrets, key=key)
    except CannotFill as error:
        raise ToolFailed(f"Nothing was sent: {error}.") from error
    if definition.remote:
        return await _call_remote(definition, request, secrets, allow_private=allow_private)
    try:
        answer = await fence.ask(
            request.method,
            request.url,
            headers=request.headers,
            body=request.body,
            bounds=BOUNDS,
            allow_private=allow_private,
        )
    except EndpointRefused as error:
        raise _failure(definition, error) from error
    if not 200 <= answer.status < 300:
        log.warning("http_tool_failed", tool=definition.name, reason=answer.status)
        raise ToolFailed(_refusal(answer, secrets))
    return hidden(_read(definition, answer), secrets)[: limits.RESULT]


async def _use_calendar(
    definition: Definition,
    values: Values,
    secrets: Mapping[str, str],
    *,
    caller: Caller,
    allow_private: bool,
) -> str:
    """As `call`, of a tool of a calendar."""
    now = datetime.now(UTC)
    try:
        told = await calendars.run(
            definition, values, secrets, caller=caller, now=now, allow_private=allow_private
        )
    except CalendarFailed as error:
        raise CalendarFailed(hidden(str(error), secrets), error.fault) from error
    except ToolFailed as error:
        raise ToolFailed(hidden(str(error), secrets)) from error
    return hidden(told, secrets)[: limits.RESULT]


async def _call_remote(
    definition: Definition, request: Request, secrets: Mapping[str, str], *, allow_private: bool
) -> str:
    """As `call`, of a tool of an MCP server."""
    try:
        found = await mcp.run(
            request.url,
            request.headers,
            definition.remote,
            json.loads(request.body),
            bounds=BOUNDS,
            allow_private=allow_private,
        )
        picked = pick(_structure_of(found) if definition.pick else found, definition.pick)
    except EndpointRefused as error:
        raise _failure(definition, error) from error
    except mcp.McpFailed as error:
        log.warning("http_tool_failed", tool=definition.name, reason="mcp")
        raise ToolFailed(hidden(str(error), secrets)[: limits.REFUSAL]) from error
    except NotThere as error:
        raise ToolFailed(f"The server's answer has nothing at `{definition.pick}`.") from error
    text = picked if isinstance(picked, str) else json.dumps(picked, ensure_ascii=False)
    return hidden(text, secrets)[: limits.RESULT] or "Done. The server answered without a text."


def _structure_of(found: Any) -> Any:
    """What can be picked from: most MCP servers send their JSON as a text."""
    try:
        is_text = isinstance(found, str)
        return bounded_json.loads(found, max_bytes=limits.ANSWER_BYTES) if is_text else found
    except bounded_json.UnusableJson:
        return found


def refusal_text(error: EndpointRefused) -> str:
    """The failure in words."""
    return _REFUSED.get(error.reason, _NOT_ALLOWED)


def _failure(definition: Definition, error: EndpointRefused) -> ToolFailed:
    log.warning("http_tool_failed", tool=definition.name, reason=error.reason)
    said = refusal_text(error)
    is_unsure = definition.writes and error.reason in _MAY_HAVE_ARRIVED
    return ToolFailed(said + (_UNSURE if is_unsure else ""))


def _read(definition: Definition, answer: fence.Response) -> str:
    if not answer.body.strip():
        return "Done. The server answered without a text."
    if answer.content_type in _HTML:
        raise ToolFailed("The server answered with a web page, which is no answer.")
    try:
        found = bounded_json.loads(answer.body, max_bytes=limits.ANSWER_BYTES)
    except bounded_json.UnusableJson as error:
        if definition.pick or answer.content_type.endswith("json"):
            raise ToolFailed("The server's answer is no JSON that can be read.") from error
        return answer.text()
    try:
        picked = pick(found, definition.pick)
    except NotThere as error:
        raise ToolFailed(f"The server's answer has nothing at `{definition.pick}`.") from error
    return picked if isinstance(picked, str) else json.dumps(picked, ensure_ascii=False)


def _refusal(answer: fence.Response, secrets: Mapping[str, str]) -> str:
    """The message for an error response, with its own text if that is short."""
    if 300 <= answer.status < 400:
        return "The server sends requests elsewhere, which is not followed."
    if answer.status in (401, 403):
        return f"The server does not accept the tool's key ({answer.status})."
    if answer.status >= 500:
        return f"The server has a fault ({answer.status})."
    said = f"The server refused it ({answer.status})."
    if answer.content_type not in _HTML and (
        text := " ".join(hidden(answer.text(), secrets).split())
    ):
        said += f" It says: {text[: limits.REFUSAL]}"
    return said


def hidden(text: str, secrets: Mapping[str, str]) -> str:
    """`text` without secrets that a server may echo, in plain or encoded form."""
    for secret in secrets.values():
        in_json = json.dumps(secret)[1:-1]
        for written in (secret, in_json, quote(secret, safe=""), quote_plus(secret)):
            text = text.replace(written, HIDDEN)
    return text


def hidden_in(value: Any, secrets: Mapping[str, str]) -> Any:
    """A JSON value, `hidden` in all of its texts and names; of a depth bounded when it was read."""
    match value:
        case str():
            return hidden(value, secrets)
        case list():
            return [hidden_in(each, secrets) for each in value]
        case dict():
            return {hidden(name, secrets): hidden_in(each, secrets) for name, each in value.items()}
    return value
