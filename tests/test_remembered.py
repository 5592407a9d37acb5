"""A test finds the process as if it were the first: what objects of modules remember is reset."""

import ast
import re
from typing import Final

from conftest import REMEMBERED
from tests.structure import paths
from voicex.processes.clock_steps import clock_steps

# Objects of our own classes that a module makes once, and why no test has to find them new.
EXCUSED: Final = {
    "_allowance": "the tests of it bring their own",
    "_throttle": "the tests of it bring their own",
    "_places": "is free again whenever nobody draws",
    "attempt_log": "each runtime starts it anew",
    "capacity": "counts calls, and those of a test end with it",
    "compiler": "a child process, which keeps nothing between two versions",
    "lifecycle": "fixtures of those who drain set it back",
    "sender": "keeps connections and no more",
}
MADE: Final = re.compile(r"^\w+(?:: [^=\n]+)? = \w+\(\)", re.M)


def made_once() -> list[tuple[str, str]]:
    """Module and name of each object, no constant, that a class of its own module makes."""
    found = []
    for module, path in paths().items():
        source = path.read_text()
        if not MADE.search(source):  # parsing every file takes two seconds
            continue
        tree = ast.parse(source)
        own = {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
        for node in tree.body:
            match node:
                case (
                    ast.AnnAssign(target=ast.Name(name), value=ast.Call(ast.Name(made), [], []))
                    | ast.Assign(targets=[ast.Name(name)], value=ast.Call(ast.Name(made), [], []))
                ) if made in own and name.islower():
                    found.append((module, name))
    return found


def test_each_object_that_remembers_is_reset_or_excused():
    found = made_once()
    assert set(REMEMBERED.items()) <= set(found)
    left = {name for module, name in found if REMEMBERED.get(module) != name}
    assert left == set(EXCUSED)


def test_one_test_has_the_clock_watched():
    clock_steps.watch()
    assert vars(clock_steps)["_offset"] is not None


def test_and_the_next_one_finds_nobody_watching():
    assert vars(clock_steps)["_offset"] is None
