"""The body of an operation of an OpenAPI document, as a template with its parameters."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

from django.utils.translation import gettext as _

from agents.http_tools import limits
from agents.http_tools.definition import Body, Parameter
from agents.http_tools.openapi_names import kind_in, parameter_of, resolved, text_of

MAX_DEPTH: Final = 3  # of objects in one another
# Of all objects of a body together: one that refers to itself has any number.
MAX_MEMBERS: Final = 10 * limits.PARAMETERS
MAX_PROPERTIES: Final = 200  # of an object that are looked at
_JSON: Final = "application/json"
_FORM: Final = "application/x-www-form-urlencoded"


@dataclass(slots=True)
class ProposedBody:
    """A body as a tool has it, with the parameters that it uses and what was left out of it."""

    kind: Body
    template: str = ""
    parameters: list[Parameter] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    members: int = 0  # that were looked at


def body_of(document: Mapping[str, Any], operation: Mapping[str, Any]) -> ProposedBody | None:
    """The body that the operation wants, None when it wants none that a tool can send."""
    wanted = resolved(document, operation.get("requestBody"))
    content = wanted.get("content") if isinstance(wanted, dict) else None
    if not isinstance(content, dict):
        return None
    for media, kind in ((_JSON, Body.JSON), (_FORM, Body.FORM)):
        if isinstance(content.get(media), dict):
            schema = resolved(document, content[media].get("schema"))
            return _made(document, schema, kind)
    return None


def template_of(schema: Any) -> ProposedBody:
    """The arguments of a tool as its own schema has them, as a JSON document."""
    document = schema if isinstance(schema, dict) else {}
    if not document.get("properties"):
        return ProposedBody(Body.JSON, "{}")
    return _made(document, document, Body.JSON)


def _made(document: Mapping[str, Any], schema: Any, kind: Body) -> ProposedBody:
    body = ProposedBody(kind)
    depth = MAX_DEPTH if kind is Body.JSON else 1
    template = _object(document, schema, body, prefix="", depth=depth, is_required=True)
    if kind is Body.JSON:
        body.template = json.dumps(template, indent=2, ensure_ascii=False)
    else:
        body.template = "\n".join(f"{name}: {value}" for name, value in template.items())
    return body


def _object(
    document: Mapping[str, Any],
    schema: Any,
    body: ProposedBody,
    *,
    prefix: str,
    depth: int,
    is_required: bool,
) -> dict[str, Any]:
    """The members of an object: a placeholder for each value, and objects within."""
    properties = schema.get("properties") if isinstance(schema, dict) else None
    if not isinstance(properties, dict):
        body.notes.append(_("Its body isn’t described. Write it yourself."))
        return {}
    required = schema.get("required")
    listed = required[:MAX_PROPERTIES] if isinstance(required, list) else ()
    needed = set(map(text_of, listed))
    found: dict[str, Any] = {}
    # What is required comes first: a tool has a bounded number of parameters.
    known = islice(properties.items(), MAX_PROPERTIES)
    ordered = sorted(known, key=lambda item: text_of(item[0]) not in needed)
    for name, each in ordered[: 4 * limits.PARAMETERS]:
        body.members += 1
        if body.members > MAX_MEMBERS:
            break
        member = resolved(document, each)
        kind = kind_in(member) if isinstance(member, dict) else ""
        is_needed = is_required and name in needed
        path = f"{prefix}_{name}" if prefix else text_of(name)
        if kind == "object" and depth > 1:
            found[name] = _object(
                document, member, body, prefix=path, depth=depth - 1, is_required=is_needed
            )
        elif kind in ("object", "array"):
            body.notes.append(_("%(name)s was left out: it isn’t a single value.") % {"name": name})
        elif is_needed or len(body.parameters) < limits.PARAMETERS:
            parameter = parameter_of(path, member, "", is_needed)
            body.parameters.append(parameter)
            found[name] = f"{{{parameter.name}}}"
    return found
