"""Every module of ours that a server imports: all of them share one interpreter lock."""

import ast
import importlib
import pkgutil
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Final

OURS: Final = ("voicex", "accounts", "agents", "usage", "telephony", "dashboard")
# Parts of a module's name that say it is not in a server: tests, and commands in processes
# of their own.
ELSEWHERE: Final = frozenset(("tests", "migrations", "simulator", "management"))


@cache
def modules() -> tuple[ModuleType, ...]:
    """All of them, imported."""
    names = []
    for root in OURS:
        package = importlib.import_module(root)
        names += [
            root,
            *(each.name for each in pkgutil.walk_packages(package.__path__, f"{root}.")),
        ]
    return tuple(importlib.import_module(n) for n in names if not ELSEWHERE & set(n.split(".")))


@cache
def tree_of(module: ModuleType) -> ast.Module:
    """The source of `module`, parsed."""
    return ast.parse(Path(str(module.__file__)).read_text())
