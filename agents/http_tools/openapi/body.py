"""The body of an operation of an OpenAPI document, as a template with its parameters."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

from django.utils.translation import gettext as _

from agents.http_tools import limits
from agents.http_tools.definition import Body, Parameter
from agents.http_tools.openapi.names import text_of
from agents.http_tools.openapi.schemas import UNDECIDED, Schemas, parameter_of

MAX_DEPTH: Final = 3  # of objects in one another
# Of all objects of a body together: one that refers to itself has any number.
MAX_MEMBERS: Final = 10 * limits.PARAMETERS
MAX_MEDIA: Final = 20  # in which a body may be sent
_FORM: Final = "application/x-www-form-urlencoded"
_OTHER_JSON: Final = 2
_RANKS: Final = {"application/json": 1, _FORM: 3, "application/*": 4, "*/*": 4}


@dataclass(slots=True)
class ProposedBody:
    """A body as a tool has it, with the parameters that it uses and what was left out of it.

    media: its type, where it is not the one with which a body of its kind is sent.
    """

    kind: Body
    template: str = ""
    parameters: list[Parameter] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    members: int = 0  # that were looked at
    media: str = ""


def body_of(schemas: Schemas, operation: Mapping[str, Any]) -> ProposedBody | None:
    """The body that the operation wants, None when it wants none that a tool can send."""
    wanted = schemas.resolved(operation.get("requestBody"))
    content = wanted.get("content") if isinstance(wanted, dict) else None
    if not isinstance(content, dict):
        return None
    known = [(_essence(name), each) for name, each in islice(content.items(), MAX_MEDIA)]
    known = [(name, each) for name, each in known if _rank(name) and isinstance(each, dict)]
    if not known:  # it is sent as files are, say
        return ProposedBody(Body.NONE, notes=[_not_described()]) if content else None
    name, media = min(known, key=lambda each: _rank(each[0]))
    kind = Body.FORM if name == _FORM else Body.JSON
    body = _made(schemas, schemas.resolved(media.get("schema")), kind)
    body.media = name if _rank(name) == _OTHER_JSON and "*" not in name else ""
    return body


def _not_described() -> str:
    return _("Its body isn’t described. Write it yourself.")


def _essence(media: Any) -> str:
    """A media type without its parameters, such as the character set."""
    return text_of(media).partition(";")[0].strip().lower()


def _rank(essence: str) -> int:
    """How well a tool sends that media type, 1 is best; 0 for one that it cannot send."""
    if essence in _RANKS:
        return _RANKS[essence]
    return _OTHER_JSON if essence.endswith(("/json", "+json")) else 0


def template_of(schema: Any) -> ProposedBody:
    """The arguments of a tool as its own schema has them, as a JSON document."""
    document = schema if isinstance(schema, dict) else {}
    schemas = Schemas(document)
    members = schemas.members_of(document)
    if members is None or not members[0]:
        return ProposedBody(Body.JSON, "{}")
    return _made(schemas, document, Body.JSON)


def _made(schemas: Schemas, schema: Any, kind: Body) -> ProposedBody:
    body = ProposedBody(kind)
    depth = MAX_DEPTH if kind is Body.JSON else 1
    template = _object(schemas, schema, body, prefix="", depth=depth, is_required=True)
    if kind is Body.JSON:
        body.template = json.dumps(template, indent=2, ensure_ascii=False)
    else:
        body.template = "\n".join(f"{name}: {value}" for name, value in template.items())
    return body


def _object(
    schemas: Schemas,
    schema: Any,
    body: ProposedBody,
    *,
    prefix: str,
    depth: int,
    is_required: bool,
) -> dict[str, Any]:
    """The members of an object: a placeholder for each value, and objects within."""
    members = schemas.members_of(schema)
    if members is None:
        body.notes.append(_not_described())
        return {}
    known, needed = members
    found: dict[str, Any] = {}
    # What is required comes first: a tool has a bounded number of parameters.
    ordered = sorted(known.items(), key=lambda item: text_of(item[0]) not in needed)
    for name, each in ordered[: 4 * limits.PARAMETERS]:
        body.members += 1
        if body.members > MAX_MEMBERS:
            break
        member = schemas.resolved(each)
        kind = schemas.kind_of(member)
        is_needed = is_required and name in needed
        path = f"{prefix}_{name}" if prefix else text_of(name)
        if kind == "object" and depth > 1:
            found[name] = _object(
                schemas, member, body, prefix=path, depth=depth - 1, is_required=is_needed
            )
        elif kind in ("object", "array", UNDECIDED):
            body.notes.append(_("%(name)s was left out: it isn’t a single value.") % {"name": name})
        elif is_needed or len(body.parameters) < limits.PARAMETERS:
            parameter = parameter_of(path, member, "", is_needed)
            body.parameters.append(parameter)
            found[name] = f"{{{parameter.name}}}"
    return found
