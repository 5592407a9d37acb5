"""Shared helpers for OpenAPI documents: texts, names, references. Pure."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from agents.http_tools import limits
from agents.http_tools.definition import Kind, Parameter
from agents.speech.reply.hanging_up import is_mark

MAX_REFERENCES: Final = 5  # that lead from one to the next
MAX_STEPS: Final = 6  # of a reference
_WORD_ENDS: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NO_NAME: Final = re.compile(r"[^a-z0-9]+")
_KINDS: Final = {"number": Kind.NUMBER, "integer": Kind.NUMBER, "boolean": Kind.YES_NO}


def text_of(value: Any) -> str:
    """A scalar as text; "" for anything else."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else ""


def clean_name(text: str) -> str:
    """`text` as a name of a tool, a parameter or a secret: "orderId" is order_id."""
    lowered = _WORD_ENDS.sub("_", text[:200]).lower()
    name = _NO_NAME.sub("_", lowered).strip("_")
    if not name[:1].isalpha():
        name = f"x_{name}"
    return name[: limits.NAME].rstrip("_")


class Names:
    """Names that are given once. taken: by others."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = set(taken)

    def take(self, text: str) -> str:
        """`text` as a name that is free."""
        name = wanted = clean_name(text)
        number = 1
        while name in self._taken or is_mark(name):
            number += 1
            ending = f"_{number}"
            name = wanted[: limits.NAME - len(ending) - 2] + (
                f"_x{ending}" if is_mark(wanted) else ending
            )
        self._taken.add(name)
        return name


def resolved(document: Mapping[str, Any], node: Any) -> Any:
    """`node`, or what it refers to within the document; None for what is not there."""
    for _ in range(MAX_REFERENCES):
        reference = node.get("$ref") if isinstance(node, dict) else None
        if not isinstance(reference, str):
            return node
        if not reference.startswith("#/"):
            return None
        node = document
        for step in reference[2:].split("/")[:MAX_STEPS]:
            name = step.replace("~1", "/").replace("~0", "~")
            node = node.get(name) if isinstance(node, dict) else None
    return None


def parameter_of(name: str, schema: Any, description: str, is_required: bool) -> Parameter:
    """A parameter of one value, as its schema says; a text where that says nothing."""
    said = schema if isinstance(schema, dict) else {}
    listed = said.get("enum")
    few = listed if isinstance(listed, list) and len(listed) <= limits.CHOICES else ()
    choices = tuple(map(text_of, few))
    is_choice = bool(choices) and all(
        0 < len(each) <= limits.CHOICE and "," not in each for each in choices
    )
    kind = _KINDS.get(kind_in(said), Kind.TEXT)
    if is_choice and kind is Kind.TEXT:
        kind = Kind.CHOICE
    words = description or text_of(said.get("description"))
    return Parameter(
        name=clean_name(name),
        kind=kind,
        description=" ".join(words.split())[: limits.PARAMETER_DESCRIPTION],
        is_required=is_required,
        choices=choices if kind is Kind.CHOICE else (),
    )


def kind_in(schema: Mapping[str, Any]) -> str:
    """The type that a schema names; of several (OpenAPI 3.1) the first that is not null."""
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((each for each in kind if each != "null"), "")
    return text_of(kind)
