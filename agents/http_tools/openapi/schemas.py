"""What a schema of a document comes to: references, alternatives, kinds, members. Pure."""

from collections.abc import Mapping
from itertools import islice
from typing import Any, Final

from agents.http_tools import limits
from agents.http_tools.definition import Kind, Parameter
from agents.http_tools.openapi.names import clean_name, text_of

MAX_REFERENCES: Final = 8  # and alternatives, that lead from one to the next
MAX_STEPS: Final = 6  # of a reference
MAX_ALTERNATIVES: Final = 20  # of a schema, and parts of an object
MAX_PROPERTIES: Final = 200  # of an object that are looked at
UNDECIDED: Final = "alternatives"  # the kind of what may be one or another object or list
_KINDS: Final = {"number": Kind.NUMBER, "integer": Kind.NUMBER, "boolean": Kind.YES_NO}
_SINGLE: Final = ("string", *_KINDS)  # kinds of one value, the one that holds the others first
_ALTERNATIVES: Final = ("anyOf", "oneOf")
# What says more than the only part of an `allOf`, or an alternative.
_ITS_OWN: Final = frozenset(("enum", "properties", "required"))
# What a part of an `allOf` may say without naming a kind.
_WORDS: Final = frozenset(
    (
        "default", "deprecated", "description", "example", "examples", "nullable", "readOnly",
        "title", "writeOnly",
    )
)  # fmt: skip

Members = tuple[dict[Any, Any], frozenset[str]]


class Schemas:
    """The schemas of one document. One thread at a time.

    What a node comes to is found once: a document can refer to one node any number of times.
    """

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document
        # By the id of a node, which is kept so that no other node gets its id.
        self._resolved: dict[int, tuple[Any, Any]] = {}
        self._next: dict[int, tuple[Any, Any]] = {}
        self._members: dict[int, tuple[Any, Members | None]] = {}

    def resolved(self, node: Any) -> Any:
        """`node`, or what it comes to within the document; None for what is not there.

        That is what it refers to, and what it is if it is not null; of several single values one
        that holds them all. A description beside a reference or alternatives goes before their own.
        """
        if not isinstance(node, dict):
            return node
        if id(node) not in self._resolved:
            self._resolved[id(node)] = (node, self._resolve(node))
        return self._resolved[id(node)][1]

    def kind_of(self, schema: Any) -> str:
        """The kind of a resolved schema, also where it names no type; "" where nothing says it."""
        if not isinstance(schema, dict):
            return ""
        if kind := kind_in(schema):
            return kind
        if self.members_of(schema) is not None:
            return "object"
        if "items" in schema:
            return "array"
        return UNDECIDED if any(_listed(schema, name) for name in _ALTERNATIVES) else ""

    def members_of(self, schema: Any) -> Members | None:
        """The members of an object by name, and which of them are required; None for no object.

        Of an object that is made of several (`allOf`) those of all.
        """
        if not isinstance(schema, dict):
            return None
        if id(schema) not in self._members:
            self._members[id(schema)] = (schema, self._gathered(schema))
        return self._members[id(schema)][1]

    def _resolve(self, node: Any) -> Any:
        said = ""
        for _ in range(MAX_REFERENCES):
            if not isinstance(node, dict):
                return node
            if id(node) not in self._next:
                self._next[id(node)] = (node, _following(self.document, node))
            following = self._next[id(node)][1]
            if following is node:
                return {**node, "description": said} if said else node
            said = said or text_of(node.get("description"))
            node = following
        return None

    def _gathered(self, schema: dict[str, Any]) -> Members | None:
        found: dict[Any, Any] = {}
        needed: set[str] = set()
        is_object = False
        # Counted as they are looked at: parts of the same names would else have no end.
        room = room_for_needed = MAX_PROPERTIES
        parts: list[Any] = [schema]
        for count in range(MAX_ALTERNATIVES):
            if count == len(parts):
                break
            part = self.resolved(parts[count])
            if not isinstance(part, dict):
                continue
            parts += _listed(part, "allOf")
            properties, required = part.get("properties"), part.get("required")
            if isinstance(properties, dict):
                is_object = True
                for name, each in islice(properties.items(), room):
                    found.setdefault(name, each)
                room -= min(room, len(properties))
            if isinstance(required, list):
                needed |= set(map(text_of, required[:room_for_needed]))
                room_for_needed -= min(room_for_needed, len(required))
        return (found, frozenset(needed)) if is_object else None


def _following(document: Mapping[str, Any], node: dict[str, Any]) -> Any:
    """What a node leads to; the node itself where it leads nowhere."""
    reference = node.get("$ref")
    if isinstance(reference, str):
        return _at(document, reference)
    if _ITS_OWN & node.keys():
        return node
    parts = [each for each in _listed(node, "allOf") if not _is_words(each)]
    if len(parts) == 1:
        return parts[0]
    for name in _ALTERNATIVES if "type" not in node else ():
        real = [each for each in _listed(node, name) if not _is_null(each)]
        if len(real) == 1:
            return real[0]
        kinds = [_kind_behind(document, each) for each in real]
        if single := next((kind for kind in _SINGLE if kind in kinds), ""):
            return {"type": single}
    return node


def _at(document: Mapping[str, Any], reference: str) -> Any:
    if not reference.startswith("#/"):
        return None
    node: Any = document
    for step in reference[2:].split("/")[:MAX_STEPS]:
        name = step.replace("~1", "/").replace("~0", "~")
        node = node.get(name) if isinstance(node, dict) else None
    return node


def _listed(node: Mapping[str, Any], name: str) -> list[Any]:
    found = node.get(name)
    return found[:MAX_ALTERNATIVES] if isinstance(found, list) else []


def _is_words(part: Any) -> bool:
    return isinstance(part, dict) and part.keys() <= _WORDS


def _is_null(node: Any) -> bool:
    if not isinstance(node, dict):
        return False
    is_const = "const" in node and node["const"] is None
    return node.get("type") in ("null", ["null"]) or node.get("enum") == [None] or is_const


def _kind_behind(document: Mapping[str, Any], node: Any) -> str:
    """The kind of an alternative, behind its references alone: alternatives have a number of their
    own, and so would those behind them.
    """
    for _ in range(MAX_REFERENCES):
        reference = node.get("$ref") if isinstance(node, dict) else None
        if not isinstance(reference, str):
            break
        node = _at(document, reference)
    if not isinstance(node, dict):
        return ""
    is_text = isinstance(node.get("enum"), list) or isinstance(node.get("const"), str)
    return kind_in(node) or ("string" if is_text else "")


def kind_in(schema: Mapping[str, Any]) -> str:
    """The type that a schema names; of several (OpenAPI 3.1) the first that is not null."""
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((each for each in kind if each != "null"), "")
    return text_of(kind)


def parameter_of(name: str, schema: Any, description: str, is_required: bool) -> Parameter:
    """A parameter of one value, as its schema says; a text where that says nothing."""
    said = schema if isinstance(schema, dict) else {}
    listed = said.get("enum")
    few = listed if isinstance(listed, list) and len(listed) <= limits.CHOICES else ()
    choices = tuple(text_of(each) for each in few if each is not None)
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
