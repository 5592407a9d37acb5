"""What contributors read and get: paths that exist, and the same checks everywhere."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
# Asks others over the network, which a commit should not wait for.
ONLY_IN_MAKE = {".venv/bin/python .ci/audit.py"}


def tools(commands: str) -> set[str]:
    """The tools of some commands, each with its first words: those that say what is checked."""
    found = re.findall(
        r"\.venv/bin/\w[\w-]*(?: manage\.py \w+| \.ci/\w+\.py| --lint| [a-z]+\b)?", commands
    )
    return {tool.strip() for tool in found}


def test_a_commit_is_checked_by_the_tools_of_make_check() -> None:
    makefile = (ROOT / "Makefile").read_text().replace("$(BIN)", ".venv/bin")
    check = re.search(r"^check:.*\n((?:\t.*\n)+)", makefile, re.MULTILINE)
    assert check is not None
    hooks = re.findall(r"entry: (.*)", (ROOT / ".pre-commit-config.yaml").read_text())
    assert tools(check[1]) - ONLY_IN_MAKE == tools("\n".join(hooks))


def imported(path: Path) -> Iterator[str]:
    """The modules that a file names in its imports, wherever in it they stand."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("room", ["benchmarks", "testing"])
def test_what_ships_imports_no_test(room: str) -> None:
    files = [path for path in (ROOT / room).rglob("*.py") if "tests" not in path.parts]
    tests = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in files
        for name in imported(path)
        if "tests" in name.split(".")
    }
    assert files
    assert tests == set()


@pytest.mark.parametrize(
    "room", ["accounts", "agents", "dashboard", "telephony", "usage", "voicex"]
)
def test_the_service_imports_no_double(room: str) -> None:
    files = [path for path in (ROOT / room).rglob("*.py") if "tests" not in path.parts]
    doubles = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in files
        for name in imported(path)
        if name.split(".")[0] in {"testing", "tests", "benchmarks"}
    }
    assert doubles == set()


CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()
PLACES = sorted(set(re.findall(r"`((?:[\w.-]+/)+[\w.<>-]*)`", CONTRIBUTING)))


@pytest.mark.parametrize("place", PLACES)
def test_a_place_that_contributors_are_sent_to_exists(place: str) -> None:
    """`<name>` is any name that is there: one must be."""
    assert list(ROOT.glob(re.sub(r"<\w+>", "*", place).rstrip("/"))), place


@pytest.mark.parametrize("thing", ["provider", "setting", "page", "tool", "carrier", "language"])
def test_contributors_are_told_how_to_add(thing: str) -> None:
    section = re.search(rf"^### A {thing}\b.*?(?=^##|\Z)", CONTRIBUTING, re.MULTILINE | re.DOTALL)
    assert section is not None
    assert re.search(r"`(?:[\w.-]+/)+[\w.<>-]*`", section[0]), "names no file"
    assert "Tests:" in section[0]
