"""Proposes tools from an OpenAPI 3 document, for members to confirm.

It is read in the compiler's process (`agents.compiler.documents`). Nothing of it is fetched:
references within it are followed, others are not.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from agents.compiler.process import compiler
from agents.http_tools import limits
from agents.http_tools.definition import METHODS, Body, Definition, Parameter
from agents.http_tools.openapi.body import body_of
from agents.http_tools.openapi.names import Names, clean_name, text_of
from agents.http_tools.openapi.schemas import Schemas, parameter_of
from agents.tools.registry import TOOLS
from voicex.errors import TaskFailed

MAX_CHARACTERS: Final = 200_000
MAX_PROPOSALS: Final = 60
MAX_GIVEN: Final = 4 * limits.PARAMETERS  # of an operation that are looked at
_PLACEHOLDER: Final = re.compile(r"\{([^{}/]{1,80})\}")
_SCHEMES: Final = {
    "bearer": ("Authorization", "Bearer {secret.%s}"),
    "basic": ("Authorization", "Basic {secret.%s}"),
}
# What a model cannot fill in, or what says how a message is sent.
_NO_HEADERS: Final = frozenset(("accept", "content-type", "authorization", "idempotency-key"))


@dataclass(frozen=True, slots=True)
class Proposal:
    """One operation as a tool. notes: what of it was left out or is still to be done, in words."""

    definition: Definition
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class _Draft:
    """A tool while its operation is read."""

    parameters: list[Parameter] = field(default_factory=list)
    query: list[tuple[str, str]] = field(default_factory=list)
    headers: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def proposals_in(text: str) -> list[Proposal]:
    """The operations of a document as tools, the first MAX_PROPOSALS of them.

    Raises ValidationError in words for what is no such document.
    """
    document = _read(text)
    if not isinstance(document, dict) or not text_of(document.get("openapi")).startswith("3"):
        raise ValidationError({"document": _("This isn’t an OpenAPI 3 document.")})
    base = _base(document)
    names = Names(TOOLS)
    schemas = Schemas(document)
    found: list[Proposal] = []
    for path, method, operation, shared in _operations(schemas):
        if len(found) == MAX_PROPOSALS:
            break
        found.append(_proposal(schemas, base, path, method, operation, shared, names))
    return found


def _read(text: str) -> Any:
    """The document, read in a process of its own."""
    if len(text) > MAX_CHARACTERS:
        limit = {"limit": f"{MAX_CHARACTERS:,}"}
        raise ValidationError({"document": _("At most %(limit)s characters") % limit})
    spec = find_spec("yaml")  # found, and loaded in the other process alone
    folder = str(Path(spec.origin).parent) if spec is not None and spec.origin else ""
    try:
        read = compiler.ask("read", {"text": text, "yaml_folder": folder})
    except TaskFailed as error:
        raise ValidationError({"document": _("This document takes too long to read.")}) from error
    if "document" not in read:
        raise ValidationError({"document": _("This is neither JSON nor YAML.")})
    return read["document"]


def _base(document: Mapping[str, Any]) -> str:
    """The address of the first server, with its variables at their defaults."""
    servers = document.get("servers")
    first = servers[0] if isinstance(servers, list) and servers else {}
    if not isinstance(first, dict):
        return "https://"
    variables = first.get("variables")

    def default_of(found: re.Match[str]) -> str:
        each = variables.get(found[1]) if isinstance(variables, dict) else None
        return text_of(each.get("default"))[: limits.URL] if isinstance(each, dict) else ""

    # Once each: a default that names another variable would double itself with every step.
    url = _PLACEHOLDER.sub(default_of, text_of(first.get("url"))[: limits.URL])
    return url.rstrip("/")[: limits.URL] if "://" in url else "https://"


def _operations(
    schemas: Schemas,
) -> Iterator[tuple[str, str, Mapping[str, Any], list[Any]]]:
    """Path, method, operation and the path's own parameters of each."""
    paths = schemas.document.get("paths")
    for path, item in paths.items() if isinstance(paths, dict) else ():
        item = schemas.resolved(item)
        if not isinstance(item, dict):
            continue
        shared = item.get("parameters")
        for method in METHODS:
            operation = item.get(method.lower())
            if isinstance(operation, dict):
                yield text_of(path), method, operation, shared if isinstance(shared, list) else []


def _proposal(
    schemas: Schemas,
    base: str,
    path: str,
    method: str,
    operation: Mapping[str, Any],
    shared: list[Any],
    names: Names,
) -> Proposal:
    draft = _Draft()
    for each in _parameters(schemas, shared, operation.get("parameters")):
        _take_parameter(draft, each, schemas)
    _take_security(draft, schemas, operation)
    body = body_of(schemas, operation) if method != "GET" else None
    if body is not None:
        draft.parameters += body.parameters
        draft.notes += body.notes
        # Before the others: of too many the last are cut.
        draft.headers[:0] = [("Content-Type", body.media)] if body.media else []
    url = base + _PLACEHOLDER.sub(lambda found: f"{{{clean_name(found[1])}}}", path)
    if draft.query:
        url += "?" + "&".join(f"{quote(name)}={value}" for name, value in draft.query)
    parameters = _unique(draft)
    said = [text_of(operation.get(name)) for name in ("summary", "description")]
    identity = text_of(operation.get("operationId")) or f"{method}_{path}"
    writes = method != "GET"
    definition = Definition(
        name=names.take(identity),
        description=" ".join(" ".join(filter(None, said)).split())[: limits.DESCRIPTION],
        url=url[: limits.URL],
        method=method,
        parameters=parameters,
        headers=tuple(draft.headers[: limits.HEADERS]),
        body_kind=body.kind if body is not None else Body.NONE,
        body=body.template[: limits.BODY] if body is not None else "",
        writes=writes,
        asks_first=writes,
    )
    return Proposal(definition, tuple(draft.notes))


def _parameters(schemas: Schemas, shared: list[Any], own: Any) -> Iterator[Mapping[str, Any]]:
    """A path's parameters and an operation's own, of which one goes before the path's of its name
    and place. The path's place among them stays, so no address changes its order.
    """
    listed = own[:MAX_GIVEN] if isinstance(own, list) else []
    found: dict[tuple[str, str], Mapping[str, Any]] = {}
    for each in (*shared[:MAX_GIVEN], *listed):
        given = schemas.resolved(each)
        if isinstance(given, dict):
            place, name = text_of(given.get("in")), text_of(given.get("name"))
            found[place, name.lower() if place == "header" else name] = given
    return islice(found.values(), MAX_GIVEN)


def _unique(draft: _Draft) -> tuple[Parameter, ...]:
    """The parameters, each name once; a note says when there are more than a tool may have."""
    known = {each.name: each for each in reversed(draft.parameters)}
    found = list(known.values())[::-1]
    if len(found) > limits.PARAMETERS:
        said = _("It has more than %(limit)d parameters. Remove some, also from the request.")
        draft.notes.append(said % {"limit": limits.PARAMETERS})
    return tuple(found[: limits.PARAMETERS])


def _take_parameter(draft: _Draft, given: Mapping[str, Any], schemas: Schemas) -> None:
    place, name = text_of(given.get("in")), text_of(given.get("name"))
    is_sendable = place in ("path", "query") or (
        place == "header" and name.lower() not in _NO_HEADERS
    )
    if not name or not is_sendable:
        return
    schema = schemas.resolved(given.get("schema"))
    is_required = place == "path" or text_of(given.get("required")).lower() == "true"
    parameter = parameter_of(name, schema, text_of(given.get("description")), is_required)
    draft.parameters.append(parameter)
    if place == "query":
        draft.query.append((name, f"{{{parameter.name}}}"))
    elif place == "header":
        draft.headers.append((name, f"{{{parameter.name}}}"))


def _take_security(draft: _Draft, schemas: Schemas, operation: Mapping[str, Any]) -> None:
    """Add the key that the operation wants, as a secret that is still to be saved."""
    document = schemas.document
    wanted = operation.get("security", document.get("security"))
    listed = wanted if isinstance(wanted, list) else ()
    first = next((each for each in listed if isinstance(each, dict) and each), {})
    components = document.get("components")
    schemes = components.get("securitySchemes") if isinstance(components, dict) else None
    for name in first:
        scheme = schemas.resolved(schemes.get(name)) if isinstance(schemes, dict) else None
        if not isinstance(scheme, dict):
            continue
        secret = clean_name(text_of(name))
        place, field_name = text_of(scheme.get("in")), text_of(scheme.get("name"))
        known = _SCHEMES.get(text_of(scheme.get("scheme")).lower())
        if known is not None:
            draft.headers.append((known[0], known[1] % secret))
        elif place == "header" and field_name:
            draft.headers.append((field_name, f"{{secret.{secret}}}"))
        elif place == "query" and field_name:
            draft.query.append((field_name, f"{{secret.{secret}}}"))
        else:
            draft.notes.append(_("It wants a kind of sign-in that tools don’t have."))
            continue
        said = _("It needs a key. Save it under Secrets with the name %(name)s.")
        draft.notes.append(said % {"name": secret})
