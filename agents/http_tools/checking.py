"""Validates the definition of an HTTP tool; messages in the reader's language."""

import re
from collections.abc import Mapping
from typing import Final

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.secrets import host_secrets
from accounts.secrets.vault import ENDPOINT_PROBLEMS
from agents.calendars.checking import calendar_problems
from agents.http_tools import limits
from agents.http_tools.calling import host_of
from agents.http_tools.definition import (
    METHODS,
    NAME,
    PLACEHOLDER,
    WITH_BODY,
    Body,
    Definition,
    Kind,
)
from agents.http_tools.filling import lines_of, parts_of
from agents.http_tools.picking import steps_of
from agents.speech.reply.hanging_up import is_mark
from agents.tools.registry import TOOLS
from voicex import fence
from voicex.bounds import bounded_json
from voicex.errors import EndpointRefused

Problems = dict[str, list[str]]

_HEADER_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,60}")
# Those that say how a message is sent, or are ours.
_OURS: Final = frozenset((
    "host", "content-length", "transfer-encoding", "connection", "keep-alive", "upgrade", "te",
    "trailer", "expect", "proxy-authorization", "proxy-connection", "accept-encoding",
    "idempotency-key",
))  # fmt: skip
_OF_SECRETS: Final = re.compile(r"authorization|cookie|api-?key|token|secret|password", re.I)


def problems_of(definition: Definition, *, secrets: Mapping[str, str]) -> Problems:
    """What is wrong, by field of the definition; empty when nothing is.

    secrets: the host of each of the organization's secrets, by name.
    """
    found: Problems = {}
    _check_words(definition, found)
    if definition.calendar is not None:
        for field, said in calendar_problems(definition, definition.calendar, secrets=secrets):
            _add(found, field, said)
        return found
    _check_parameters(definition, found)
    _check_address(definition, found)
    _check_headers(definition, found)
    _check_body(definition, found)
    _check_remote(definition, found)
    if "url" not in found:
        _check_placeholders(definition, found, secrets)
    return found


def _add(found: Problems, field: str, said: str) -> None:
    found.setdefault(field, []).append(said)


def _too_long(found: Problems, field: str, text: str, most: int) -> None:
    if len(text) > most:
        _add(found, field, _("At most %(limit)s characters") % {"limit": most})


def _check_words(definition: Definition, found: Problems) -> None:
    name = definition.name
    if not NAME.fullmatch(name):
        _add(found, "name", _("Use lower-case letters, digits and _, starting with a letter."))
    elif name in TOOLS or is_mark(name):
        _add(found, "name", _("This name is taken by a built-in tool."))
    if not definition.description.strip():
        _add(found, "description", _("Tell the agent what this tool does and when to use it."))
    _too_long(found, "description", definition.description, limits.DESCRIPTION)
    _too_long(found, "filler", definition.filler, limits.FILLER)
    if "\n" in definition.filler:
        _add(found, "filler", _("Write one sentence on one line."))
    if len(definition.pick) > limits.PICK or steps_of(definition.pick) is None:
        _add(found, "pick", _("Write a path such as data.items[0].name"))


def _check_parameters(definition: Definition, found: Problems) -> None:
    names = [each.name for each in definition.parameters]
    if len(names) > limits.PARAMETERS:
        _add(found, "parameters", _("At most %(limit)d parameters") % {"limit": limits.PARAMETERS})
    if len(set(names)) < len(names):
        _add(found, "parameters", _("Two parameters have the same name."))
    for each in definition.parameters:
        said = {"name": each.name[: limits.NAME]}
        if not NAME.fullmatch(each.name):
            _add(
                found,
                "parameters",
                _("“%(name)s”: use lower-case letters, digits and _, starting with a letter.")
                % said,
            )
        if len(each.description) > limits.PARAMETER_DESCRIPTION:
            _add(found, "parameters", _("%(name)s: the description is too long.") % said)
        is_fit = 0 < len(each.choices) <= limits.CHOICES
        if each.kind is Kind.CHOICE and not is_fit:
            said_of = _("%(name)s: list 1 to %(limit)d choices.")
            _add(found, "parameters", said_of % (said | {"limit": limits.CHOICES}))
        if any(len(choice) > limits.CHOICE for choice in each.choices):
            _add(found, "parameters", _("%(name)s: a choice is too long.") % said)


def _check_address(definition: Definition, found: Problems) -> None:
    if definition.method not in METHODS:
        _add(found, "method", _("Choose one of: %(choices)s") % {"choices": ", ".join(METHODS)})
    parts = parts_of(definition.url)
    if parts is None:
        _add(found, "url", _("Enter an address such as https://api.example.com/orders/{order_id}"))
        return
    try:
        fence.check_address(
            PLACEHOLDER.sub("x", definition.url),
            allow_private=settings.ALLOW_PRIVATE_ENDPOINTS,
            most=limits.URL,
        )
    except EndpointRefused as error:
        _add(found, "url", str(ENDPOINT_PROBLEMS[error.reason]))
        return
    _too_long(found, "url", definition.url, limits.URL)
    if any(is_secret for is_secret, _name in PLACEHOLDER.findall(parts[1])):
        _add(found, "url", _("Secrets can be in headers, the query or the body, not in the path."))
    if re.search(r"[{}]", PLACEHOLDER.sub("", definition.url)):
        _add(found, "url", _("Write placeholders as {name}, with the name of a parameter."))


def _check_headers(definition: Definition, found: Problems) -> None:
    if len(definition.headers) > limits.HEADERS:
        _add(found, "headers", _("At most %(limit)d headers") % {"limit": limits.HEADERS})
    known: set[str] = set()
    for name, value in definition.headers:
        said = {"name": name[: limits.HEADER_NAME]}
        if not _HEADER_NAME.fullmatch(name):
            _add(found, "headers", _("“%(name)s” isn’t a header name.") % said)
        elif name.lower() in _OURS:
            _add(found, "headers", _("%(name)s is set by the service.") % said)
        elif name.lower() in known:
            _add(found, "headers", _("%(name)s is there twice.") % said)
        known.add(name.lower())
        if len(value) > limits.HEADER or not value.isprintable():
            _add(found, "headers", _("%(name)s: the value is too long or can’t be sent.") % said)
        is_secret = any(is_secret for is_secret, _name in PLACEHOLDER.findall(value))
        if _OF_SECRETS.search(name) and not is_secret:
            _add(
                found,
                "headers",
                _("%(name)s: save the key as a secret and write {secret.name} here.") % said,
            )


def _check_body(definition: Definition, found: Problems) -> None:
    if definition.body_kind is Body.NONE:
        return
    if definition.method not in WITH_BODY:
        _add(found, "body_kind", _("%(method)s has no body.") % {"method": definition.method})
    _too_long(found, "body", definition.body, limits.BODY)
    if definition.body_kind is Body.FORM:
        if not lines_of(definition.body):
            _add(found, "body", _("Write one field a line, as “name: value”."))
        return
    try:
        bounded_json.loads(definition.body, max_bytes=4 * limits.BODY)
    except bounded_json.UnusableJson:
        _add(
            found,
            "body",
            _("This isn’t valid JSON. Put placeholders in quotes, as in “id”: “{order_id}”."),
        )


def _check_remote(definition: Definition, found: Problems) -> None:
    """An MCP server is asked by a POST, and gets a JSON document of arguments."""
    if not definition.remote:
        return
    if len(definition.remote) > limits.REMOTE or not definition.remote.isprintable():
        _add(found, "remote", _("At most %(limit)s characters") % {"limit": limits.REMOTE})
    is_document = definition.body_kind is Body.JSON and definition.body.lstrip().startswith("{")
    if definition.method != "POST" or not is_document:
        _add(found, "remote", _("An MCP tool needs the method POST and a JSON body."))


def _check_placeholders(
    definition: Definition, found: Problems, secrets: Mapping[str, str]
) -> None:
    names = {each.name for each in definition.parameters}
    host = host_of(definition)
    for field, texts in (
        ("url", (definition.url,)),
        ("headers", tuple(value for _name, value in definition.headers)),
        ("body", () if definition.body_kind is Body.NONE else (definition.body,)),
    ):
        for is_secret, name in PLACEHOLDER.findall(" ".join(texts)):
            if not is_secret and name not in names:
                _add(found, field, _("There is no parameter {%(name)s}.") % {"name": name})
            elif is_secret:
                for said in host_secrets.problems_with(name, host=host, saved=secrets):
                    _add(found, field, said)
    unused = sorted(names - definition.parameters_used())
    if unused:
        said = _("Not used in the address, a header or the body: %(names)s")
        _add(found, "parameters", said % {"names": ", ".join(unused)})
