"""What contributors read and get: paths that exist, and the same checks everywhere."""

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from telephony.spoken.languages import BY_LANGUAGE

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


def imported(path: Path, *parts: str) -> Iterator[str]:
    """The modules that a file names in its imports, wherever in it they stand.

    Only of names with one of `parts`: parsing every file takes a second.
    """
    source = path.read_text()
    if not any(part in source for part in parts):
        return
    for node in ast.walk(ast.parse(source)):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        yield from (name for name in names if not set(parts).isdisjoint(name.split(".")))


@pytest.mark.parametrize("room", ["benchmarks", "testing"])
def test_what_ships_imports_no_test(room: str) -> None:
    files = [path for path in (ROOT / room).rglob("*.py") if "tests" not in path.parts]
    tests = {
        f"{path.relative_to(ROOT)}: {name}" for path in files for name in imported(path, "tests")
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
        for name in imported(path, "testing", "tests", "benchmarks")
        if name.split(".")[0] in {"testing", "tests", "benchmarks"}
    }
    assert doubles == set()


CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()
PLACES = sorted(set(re.findall(r"`((?:[\w.-]+/)+[\w.<>-]*)`", CONTRIBUTING)))


@pytest.mark.parametrize("place", PLACES)
def test_a_place_that_contributors_are_sent_to_exists(place: str) -> None:
    """`<name>` is any name that is there: one must be."""
    assert list(ROOT.glob(re.sub(r"<\w+>", "*", place).rstrip("/"))), place


THINGS = (
    *("provider", "setting", "page", "table", "tool", "carrier", "end reason"),
    *("kind of work in the outbox", "notification", "language"),
)


def section_about(thing: str) -> str:
    """The section of CONTRIBUTING on adding `thing`, "" without one."""
    pattern = rf"^### An? {thing}\b.*?(?=^##|\Z)"
    found = re.search(pattern, CONTRIBUTING, re.MULTILINE | re.DOTALL)
    return found[0] if found else ""


@pytest.mark.parametrize("thing", THINGS)
def test_contributors_are_told_how_to_add(thing: str) -> None:
    section = section_about(thing)
    assert re.search(r"`(?:[\w.-]+/)+[\w.<>-]*`", section), "names no file"
    assert "Tests:" in section


def test_every_table_by_the_language_of_a_call_is_in_its_list() -> None:
    section = section_about("language")
    files = [path for room in ("agents", "telephony") for path in (ROOT / room).rglob("*.py")]
    tables = {
        str(path.relative_to(ROOT))
        for path in files
        if "tests" not in path.parts and '"de": ' in path.read_text()
    }
    assert len(tables) > 10
    assert {name for name in tables if f"`{name}`" not in section} == set()


def test_what_each_language_of_calls_has_to_have_it_has() -> None:
    needed = section_about("language").partition("Of calls")[2].partition("Better with")[0]
    named = re.findall(r"`(agents/[\w/]+)\.py`", needed)
    assert len(named) > 5
    for name in named:
        values = vars(import_module(name.replace("/", "."))).items()
        tables = {key: set(value) for key, value in values if isinstance(value, dict)}
        by_language = {key: known for key, known in tables.items() if "en" in known}
        assert by_language, name
        assert {key for key, known in by_language.items() if not known >= set(BY_LANGUAGE)} == set()
