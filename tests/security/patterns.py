"""Every regular expression of ours, found by itself."""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from types import ModuleType, SimpleNamespace
from typing import Any, Final

from agents.speech.tool_calls import narrated, written
from tests.security.modules import modules, tree_of

CALLS: Final = frozenset(
    ("compile", "match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer")
)


# What has patterns that are made when they are needed, as calls make them.
MADE: Final = {
    "agents.speech.tool_calls.narrated._Names": lambda: narrated._Names(("take_message", "hours")),
    "agents.speech.tool_calls.written._name": lambda: SimpleNamespace(
        pattern=written._name(frozenset(("take_message", "hours")))
    ),
}
ANCHORED: Final = frozenset(("match", "fullmatch"))


@dataclass(frozen=True, slots=True)
class Found:
    """A pattern, and the module and name (or line) where it is."""

    where: str
    pattern: re.Pattern[str] | re.Pattern[bytes]
    is_anchored: bool  # only ever asked whether a text begins with it, or is it

    def call(self, text: str) -> None:
        """Look for the pattern as our code does."""
        pattern = self.pattern
        if isinstance(pattern.pattern, bytes):
            self._look(pattern, text.encode("latin-1", "replace"), b"")
        else:
            self._look(pattern, text, "")

    def _look(self, pattern, text, nothing) -> None:
        if self.is_anchored:
            pattern.match(text)
            pattern.fullmatch(text)
        else:
            pattern.sub(nothing, text)


@cache
def patterns() -> tuple[Found, ...]:
    """Each pattern once, by its text and flags."""
    found: dict[tuple[str | bytes, int], Found] = {}
    for module in modules():
        for where, pattern, is_anchored in (*_kept_by(module), *_written_in(module)):
            key = (pattern.pattern, pattern.flags)
            found.setdefault(key, Found(where, pattern, is_anchored))
    for where, make in MADE.items():
        for name, value in vars(make()).items():
            if isinstance(value, re.Pattern):
                key = (value.pattern, value.flags)
                found.setdefault(key, Found(f"{where}.{name}", value, is_anchored=False))
    return tuple(found.values())


@cache
def _methods() -> dict[str, set[str]]:
    """Methods that are called on anything of a name, anywhere: {"SECRET": {"sub"}}."""
    called: dict[str, set[str]] = {}
    for module in modules():
        for node in ast.walk(tree_of(module)):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name | ast.Attribute):
                name = node.value.id if isinstance(node.value, ast.Name) else node.value.attr
                called.setdefault(name, set()).add(node.attr)
    return called


def _is_anchored(name: str) -> bool:
    used = _methods().get(name, set()) & CALLS
    return bool(used) and used <= ANCHORED


def _kept_by(module: ModuleType) -> Iterator[tuple[str, re.Pattern[str], bool]]:
    """Compiled patterns in the attributes of `module`, at any depth."""
    seen: set[int] = set()
    for name, value in vars(module).items():
        if not name.startswith("__"):
            anchored = isinstance(value, re.Pattern) and _is_anchored(name)
            for pattern in _within(value, module, seen):
                yield f"{module.__name__}.{name}", pattern, anchored


def _within(value: Any, module: ModuleType, seen: set[int]) -> Iterator[re.Pattern[str]]:
    if id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, re.Pattern):
        yield value
        return
    inner: list[Any] = []
    if isinstance(value, Mapping):
        inner = [*value.keys(), *value.values()]
    elif isinstance(value, list | tuple | set | frozenset):
        inner = list(value)
    elif isinstance(value, type) and value.__module__ == module.__name__:
        inner = list(vars(value).values())
    elif is_dataclass(value):
        inner = [getattr(value, each.name, None) for each in fields(value)]
    elif hasattr(value, "regex"):  # a validator of Django
        inner = [value.regex]
    for each in inner:
        yield from _within(each, module, seen)


def _written_in(module: ModuleType) -> Iterator[tuple[str, re.Pattern[str], bool]]:
    """Patterns that are written in a call of `re`, wherever in the source it is."""
    for node in ast.walk(tree_of(module)):
        is_call = (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "re"
            and node.func.attr in CALLS
        )
        if is_call and node.args and isinstance(node.args[0], ast.Constant):
            text = node.args[0].value
            if isinstance(text, str):
                pattern = re.compile(text, _flags(node, module))
                yield f"{module.__name__}:{node.lineno}", pattern, node.func.attr in ANCHORED


def _flags(call: ast.Call, module: ModuleType) -> int:
    written = [each.value for each in call.keywords if each.arg == "flags"]
    if not written and call.func.attr == "compile" and len(call.args) > 1:
        written = [call.args[1]]
    if not written:
        return 0
    return int(eval(ast.unparse(written[0]), {**vars(module), "re": re}))  # ours, not a client's
