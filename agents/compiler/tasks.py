"""The tasks of the child process. Pure.

A task takes a value of JSON and gives one. `reading` is called with the name of each text before
it is read.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from agents.compiler.documents import read_document
from agents.compiler.form import compile_version
from agents.facts.pages import as_document
from agents.facts.pdf import read_pdf
from agents.facts.proposing import propose
from agents.facts.sites import read_map
from agents.versions.differences import differences

Reading = Callable[[str], None]


def _compare(given: Mapping[str, Any], reading: Reading) -> list[Any]:
    """The differences of texts by name, "before" and "after": each its field and its lines."""
    reading("differences")
    return [
        [each.field, [[(piece.change, piece.text) for piece in line] for line in each.lines]]
        for each in differences(given["before"], given["after"])
    ]


def _read(given: Mapping[str, Any], reading: Reading) -> dict[str, Any]:
    """As `read_document`, of "text" by the package in "yaml_folder"."""
    reading("document")
    return read_document(given["text"], given["yaml_folder"])


TASKS: Final[Mapping[str, Callable[[Any, Reading], Any]]] = MappingProxyType(
    {
        "compile": compile_version,
        "compare": _compare,
        "propose": propose,
        "read": _read,
        "pdf": read_pdf,
        "document": as_document,
        "site_map": read_map,
    }
)
