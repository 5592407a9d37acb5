"""The forms of pages, and the names under which views read queries: found by themselves."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from types import ModuleType
from typing import Final
from urllib.parse import parse_qsl, urljoin, urlsplit

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


@dataclass
class Form:
    """A form of a page. fields: for each name the values that the page holds or offers."""

    action: str
    method: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)


class Fields(HTMLParser):
    """Forms of a page, and the names and values of the queries in its links."""

    def __init__(self, page: str, *, address: str = "") -> None:
        super().__init__()
        self.address = address
        self.forms: list[Form] = []
        self.queries: dict[str, dict[str, list[str]]] = {}  # by the link's path
        self._by_id: dict[str, Form] = {}
        self._form: Form | None = None
        self._select = self._textarea = ""
        self.feed(page)

    def _path(self, link: str) -> str:
        return urlsplit(urljoin(self.address, link)).path

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        if tag == "form":
            method = named.get("method", "get").lower()
            self._form = Form(self._path(named.get("action", "")), method)
            self.forms.append(self._form)
            self._by_id[named.get("id", "")] = self._form
        elif tag == "a" and "?" in named.get("href", ""):
            try:
                parts = urlsplit(urljoin(self.address, named["href"]))
            except ValueError:
                return
            into = self.queries.setdefault(parts.path, {})
            for name, value in parse_qsl(parts.query, keep_blank_values=True):
                into.setdefault(name, []).append(value)
        elif tag == "option" and self._select:
            self._add(self._select, named.get("value", ""))
        elif tag in ("input", "select", "textarea", "button") and named.get("name"):
            self._field(tag, named)

    def _field(self, tag: str, named: dict[str, str]) -> None:
        form = self._by_id.get(named.get("form", "-"), self._form)
        if form is None:
            self._form = form = Form(self._path(""), "get")
            self.forms.append(form)
        name = named["name"]
        form.fields.setdefault(name, [])
        if named.get("type") == "file":
            form.files.add(name)
        elif tag == "select":
            self._select = name
        elif tag == "textarea":
            self._textarea = name
        else:
            form.fields[name].append(named.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._textarea = ""

    def handle_data(self, data: str) -> None:
        if self._textarea:
            self._add(self._textarea, data)

    def _add(self, name: str, value: str) -> None:
        if self._form is not None:
            self._form.fields.setdefault(name, []).append(value)
