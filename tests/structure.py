"""The shape of the code: rooms, their size, and imports between modules, as `ast` reads them.

A room is a folder of modules: `telephony/calls`. Tests and migrations are left out.
`python -m tests.structure` writes the table of rooms into docs/architecture.md.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
PAGE: Final = ROOT / "docs" / "architecture.md"
BEGIN: Final = "<!-- rooms: python -m tests.structure -->\n"
END: Final = "<!-- end of rooms -->\n"
APPLICATIONS: Final = ("voicex", "accounts", "agents", "usage", "telephony", "dashboard")


@dataclass(frozen=True, slots=True)
class Module:
    """A file of code. name: dotted; imports: the modules that it needs when it is imported."""

    name: str
    path: Path
    lines: int
    imports: frozenset[str]

    @property
    def room(self) -> str:
        """The folder, from the root of the repository."""
        return str(self.path.parent.relative_to(ROOT))


@cache
def modules() -> tuple[Module, ...]:
    """All modules of the applications, in the order of their names."""
    known = paths()
    return tuple(_module(name, path, set(known)) for name, path in known.items())


@cache
def paths() -> dict[str, Path]:
    """The files of these modules by name, unread: parsing them takes a second."""
    found = {
        _name(path): path
        for name in APPLICATIONS
        for path in (ROOT / name).rglob("*.py")
        if not {"tests", "migrations"} & set(path.relative_to(ROOT).parts)
    }
    return dict(sorted(found.items()))


def rooms() -> Iterator[str]:
    """The table of rooms in Markdown, line by line: each with the docstring of its package."""
    yield "| room | what is in it |"
    yield "|---|---|"
    for name in sorted({each.room for each in modules()}):
        text = ast.get_docstring(ast.parse((ROOT / name / "__init__.py").read_text())) or ""
        if "/management" not in name:
            yield f"| `{name}/` | {text.partition(chr(10) * 2)[0].replace(chr(10), ' ')} |"


def with_rooms(page: str) -> str:
    """The text of docs/architecture.md with the table of rooms as it is now."""
    before, begin, rest = page.partition(BEGIN)
    _old, end, after = rest.partition(END)
    return "".join((before, begin, "\n", *(f"{line}\n" for line in rooms()), end, after))


def circle() -> list[str]:
    """Modules that import one another when they are imported; none when there is no circle."""
    try:
        TopologicalSorter({each.name: each.imports for each in modules()}).prepare()
    except CycleError as error:
        found: list[str] = error.args[1]
        return found
    return []


def _name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _module(name: str, path: Path, known: set[str]) -> Module:
    source = path.read_text()
    needed = set(_imported(ast.parse(source).body, known)) & known - {name}
    return Module(name, path, source.count("\n"), frozenset(needed))


def _imported(nodes: list[ast.stmt], known: set[str]) -> Iterator[str]:
    """The names that statements at the top of a module import; those for types are left out."""
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield full if full in known else node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.Try | ast.If) and "TYPE_CHECKING" not in ast.dump(node)[:99]:
            yield from _imported(node.body, known)


if __name__ == "__main__":
    PAGE.write_text(with_rooms(PAGE.read_text()))
