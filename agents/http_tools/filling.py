"""Fills in the placeholders of an HTTP tool's request, with the right encoding for each. Pure.

| where | how |
|---|---|
| path | percent-encoded, slashes too; "." and ".." are refused, which would lead elsewhere |
| query, form | as a browser encodes a form |
| header | as it is, without line breaks and other control characters, which are refused |
| JSON | within the text of a document that was read before, so it never changes its structure |

A placeholder that is all of a text in JSON keeps its type: a number stays a number.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlencode

from agents.http_tools import limits
from agents.http_tools.arguments import Value, Values
from agents.http_tools.definition import PLACEHOLDER, Body, Definition

_URL: Final = re.compile(r"(?P<base>[a-zA-Z]+://[^/?#\s]+)(?P<path>[^?#]*)(\?(?P<query>[^#]*))?")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_BETWEEN_STEPS: Final = re.compile(r"[/\\]")
IDEMPOTENCY: Final = "Idempotency-Key"
_TYPES: Final = {Body.JSON: "application/json", Body.FORM: "application/x-www-form-urlencoded"}


class CannotFill(ValueError):
    """A value that may not be where it is wanted; the text is for the model."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent. headers: by name; text is sent as UTF-8."""

    method: str
    url: str
    headers: Mapping[str, bytes]
    body: bytes = b""


def filled(
    definition: Definition, values: Values, secrets: Mapping[str, str], *, key: str = ""
) -> Request:
    """The request for `values`, as the parameters of the tool allow them.

    secrets: by name, all that the definition uses. key: by which a server tells a repeated request
    from a new one. Raises CannotFill.
    """
    fill = _Filling(values, secrets)
    headers = {name: _header(fill, value) for name, value in definition.headers}
    known = {name.lower() for name in headers}
    if "accept" not in known:
        headers["Accept"] = b"application/json"
    if definition.body_kind is not Body.NONE and "content-type" not in known:
        headers["Content-Type"] = _TYPES[definition.body_kind].encode()
    if definition.writes and key:
        headers[IDEMPOTENCY] = key.encode()
    url = _url(fill, definition.url)
    if len(url) > limits.FILLED_URL:
        raise CannotFill("the values are too long")
    return Request(definition.method, url, headers, _body(fill, definition))


def parts_of(url: str) -> tuple[str, str, str] | None:
    """Scheme and host, path, and query of an address with placeholders; None for none.

    The first is literal: where a request goes is not for a model to say.
    """
    found = _URL.fullmatch(url)
    if found is None or set("{}") & set(found["base"]):
        return None
    return found["base"], found["path"], found["query"] or ""


def lines_of(text: str) -> list[tuple[str, str]] | None:
    """Lines of `name: value`, blank ones left out; None when one is otherwise."""
    found = []
    for line in text.splitlines():
        name, colon, value = line.partition(":")
        if line.strip():
            if not colon or not name.strip():
                return None
            found.append((name.strip(), value.strip()))
    return found


class _Filling:
    def __init__(self, values: Values, secrets: Mapping[str, str]) -> None:
        self._values = values
        self._secrets = secrets

    def text(self, template: str) -> str:
        """The template with its placeholders as text; what was left out is "" there."""
        return PLACEHOLDER.sub(lambda found: _as_text(self._of(found)), template)

    def quoted(self, template: str) -> str:
        """As `text`, with what is filled in percent-encoded."""
        return PLACEHOLDER.sub(lambda found: quote(_as_text(self._of(found)), safe=""), template)

    def value(self, template: str) -> Value | None:
        """As `text`; of a template that is one placeholder the value in its own type.

        None when that was left out.
        """
        found = PLACEHOLDER.fullmatch(template)
        return self.text(template) if found is None else self._of(found)

    def _of(self, found: re.Match[str]) -> Value | None:
        if found[1]:
            return self._secrets[found[2]]
        return self._values.get(found[2])


def _as_text(value: Value | None) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer():
            return str(int(value))
    return str(value)


def _url(fill: _Filling, template: str) -> str:
    parts = parts_of(template)
    if parts is None:
        raise CannotFill("the tool has no usable address")
    base, path, query = parts
    filled_path = "/".join(_segment(fill, each) for each in path.split("/"))
    given = [
        (fill.text(name), fill.value(value))
        for name, value in parse_qsl(query, keep_blank_values=True)
    ]
    pairs = [(name, _as_text(value)) for name, value in given if value is not None]
    return f"{base}{filled_path}" + (f"?{urlencode(pairs)}" if pairs else "")


def _segment(fill: _Filling, template: str) -> str:
    if not PLACEHOLDER.search(template):
        return template
    text = fill.text(template)
    if not text or any(each in (".", "..") for each in _BETWEEN_STEPS.split(text)):
        raise CannotFill(f"{text!r} cannot be part of the address")
    return fill.quoted(template)


def _header(fill: _Filling, template: str) -> bytes:
    text = fill.text(template).strip()
    if _CONTROL.search(text):
        raise CannotFill("a value has a line break, which cannot be sent")
    return text.encode()


def _body(fill: _Filling, definition: Definition) -> bytes:
    match definition.body_kind:
        case Body.JSON:
            document = _in_document(fill, json.loads(definition.body))
            return json.dumps(document, ensure_ascii=False).encode()
        case Body.FORM:
            given = [(fill.text(n), fill.value(v)) for n, v in lines_of(definition.body) or ()]
            return urlencode([(n, _as_text(v)) for n, v in given if v is not None]).encode()
        case Body.NONE:
            return b""


def _in_document(fill: _Filling, node: Any) -> Any:
    """The document with its texts filled in; a member whose value was left out is left out."""
    if isinstance(node, str):
        return fill.value(node)
    if isinstance(node, list):
        return [_in_document(fill, each) for each in node]
    if isinstance(node, dict):
        found = {name: _in_document(fill, each) for name, each in node.items()}
        return {n: each for n, each in found.items() if each is not None or node[n] is None}
    return node
