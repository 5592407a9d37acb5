"""Parses JSON and YAML documents of clients within limits. Pure.

Every scalar of YAML is a text: no dates, no classes, no numbers of any length. The child has no
installed packages; the one that reads YAML is loaded from where the server has it, when it is first
needed.
"""

import json
import sys
from importlib.util import module_from_spec, spec_from_file_location
from itertools import islice
from typing import Any, Final

MAX_DEPTH: Final = 32
MAX_EVENTS: Final = 40_000  # of YAML: a scalar, or one end of a list or object
# What is read of a text, a list and an object: a part may be referred to from everywhere.
MAX_TEXT: Final = 2_000
MAX_LISTED: Final = 200
MAX_ENTRIES: Final = 2_000

UNREADABLE: Final = "unreadable"  # neither JSON nor YAML, or too deep, or too much of it


def read_document(text: str, yaml_folder: str) -> dict[str, Any]:
    """The "document" of a text, without what nobody needs; or else the "problem".

    yaml_folder: of the package `yaml`.
    """
    try:
        return {"document": _trimmed(_parsed(text, yaml_folder))}
    except (ValueError, RecursionError):
        return {"problem": UNREADABLE}


def _parsed(text: str, yaml_folder: str) -> Any:
    if text.lstrip().startswith("{"):
        try:
            return json.loads(text, parse_constant=_refuse)
        except (ValueError, RecursionError):
            pass  # YAML may begin so, too
    yaml = _yaml(yaml_folder)
    try:
        return _built(yaml, text)
    except yaml.YAMLError as error:
        raise ValueError("This YAML is not read") from error


def _refuse(constant: str) -> None:
    """NaN and infinities, which JSON does not have."""
    raise ValueError(constant)


def _yaml(folder: str) -> Any:
    if "yaml" not in sys.modules:
        spec = spec_from_file_location(
            "yaml", f"{folder}/__init__.py", submodule_search_locations=[folder]
        )
        if spec is None or spec.loader is None:
            raise ImportError(folder)
        sys.modules["yaml"] = module = module_from_spec(spec)
        spec.loader.exec_module(module)
    return sys.modules["yaml"]


def _built(yaml: Any, text: str) -> Any:
    """The first document of a YAML text, built as its events come.

    Raises ValueError for one that is too deep or too long, or that refers to its own parts.
    """
    root: list[Any] = []
    parts: list[Any] = [root]  # what is open: lists, and objects as a list of names and values
    for count, event in enumerate(yaml.parse(text, Loader=yaml.CBaseLoader)):
        if count > MAX_EVENTS or len(parts) > MAX_DEPTH or isinstance(event, yaml.AliasEvent):
            raise ValueError("This YAML is not read")
        if isinstance(event, yaml.ScalarEvent):
            parts[-1].append(event.value)
        elif isinstance(event, yaml.CollectionStartEvent):
            parts.append([])
        elif isinstance(event, yaml.SequenceEndEvent):
            done = parts.pop()
            parts[-1].append(done)
        elif isinstance(event, yaml.MappingEndEvent):
            done = _object(parts.pop())
            parts[-1].append(done)
    return root[0] if root else None


def _object(flat: list[Any]) -> dict[str, Any]:
    """An object of its names and values in turn."""
    names, values = flat[::2], flat[1::2]
    if not all(isinstance(name, str) for name in names):
        raise ValueError("This YAML is not read")
    return dict(zip(names, values, strict=True))


def _trimmed(node: Any, depth: int = 0) -> Any:
    if depth > MAX_DEPTH:
        raise ValueError("This document is too deep")
    if isinstance(node, str):
        # Half of a surrogate pair, which JSON can write, can be stored nowhere.
        return node[:MAX_TEXT].encode("utf-8", "replace").decode()
    if isinstance(node, list):
        return [_trimmed(each, depth + 1) for each in node[:MAX_LISTED]]
    if isinstance(node, dict):
        return {
            _trimmed(name, depth + 1): _trimmed(each, depth + 1)
            for name, each in islice(node.items(), MAX_ENTRIES)
        }
    return node
