"""The names under which our views read queries and forms, found by themselves."""

import ast
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from types import ModuleType
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from django import forms

from tests.security.modules import modules, tree_of

QUERIES: Final = frozenset(("GET", "POST", "FILES"))


@cache
def read_by(module: ModuleType) -> frozenset[str]:
    """Names that `module`, and modules of ours that it imports directly, read of a request."""
    imported = {
        each.__name__: each for each in modules() if f"{each.__name__}." not in ("telephony.",)
    }
    names = set(_read_in(module))
    for node in ast.walk(tree_of(module)):
        if isinstance(node, ast.ImportFrom) and node.module:
            for name in (node.module, *(f"{node.module}.{a.name}" for a in node.names)):
                if name in imported and ("dashboard" in name or "operator" in name):
                    names |= set(_read_in(imported[name]))
    return frozenset(names)


def _read_in(module: ModuleType) -> Iterator[str]:
    for node in ast.walk(tree_of(module)):
        place = None
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            place, argument = node.func.value, node.args[0]
        elif isinstance(node, ast.Subscript):
            place, argument = node.value, node.slice
        elif isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.In):
            place, argument = node.comparators[0], node.left
        is_read = (isinstance(place, ast.Attribute) and place.attr in QUERIES) or (
            isinstance(place, ast.Name) and place.id in ("query", "params", "form", "data")
        )
        if is_read and isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            yield argument.value
    for value in vars(module).values():
        if isinstance(value, type) and issubclass(value, forms.BaseForm):
            yield from getattr(value, "base_fields", {})


class Fields(HTMLParser):
    """Names of fields and of queries in links that a page has."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag in ("input", "select", "textarea", "button") and named.get("name"):
            self.names.add(str(named["name"]))
        if tag == "a" and "?" in (named.get("href") or ""):
            query = urlsplit(str(named["href"])).query
            self.names |= {name for name, _ in parse_qsl(query, keep_blank_values=True)}
