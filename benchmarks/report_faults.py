"""The tables of docs/reliability.md, from the results of `make faults`."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks import results_file
from benchmarks.table import markdown

PAGE: Final = Path(__file__).parents[1] / "docs" / "reliability.md"
BEGIN: Final = "<!-- faults: make faults -->"
END: Final = "<!-- end of faults -->"
NOT_YET: Final = "Not measured yet with this release: run `make faults`.\n"
HEAD: Final = ("fault", "calls", "what callers met", "slots left taken")
# By the name of the result: what is above the table.
KILLS: Final = {
    "kills": "Processes killed (SIGKILL) under a call, by what the call was doing:\n",
    "kills_restarted": "The same, with PostgreSQL and Redis restarted at the same moment:\n",
}


def result_name(part: str) -> str:
    """What the result of a part is called."""
    return f"faults/{part}"


def write(parts: Sequence[str], page: Path = PAGE) -> Path:
    """Write the tables into the page; returns its path. Raises ValueError without their place.

    parts: the names of all parts, in the order of the tables; it is said which have no result.
    """
    before, begin, rest = page.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{page} has no place for the tables")
    read = {part: results_file.read(result_name(part)) for part in parts}
    results = {part: result for part, result in read.items() if result is not None}
    tables = "\n".join(_tables(results)) if results else NOT_YET
    if results and (left := [part.replace("_", " ") for part in parts if part not in results]):
        tables += f"\nNot measured yet: {', '.join(left)}.\n"
    page.write_text(f"{before}{BEGIN}\n\n{tables}\n{END}{after}")
    return page


def _tables(results: dict[str, dict[str, Any]]) -> Iterator[str]:
    yield from _machines(results)
    rows = [row for part, result in results.items() for row in _rows(part, result)]
    if rows:
        yield markdown(HEAD, rows)
    for part, title in KILLS.items():
        if found := results.get(part, {}).get("kills"):
            yield title
            yield markdown(tuple(found[0]), [tuple(row.values()) for row in found])


def _machines(results: dict[str, dict[str, Any]]) -> Iterator[str]:
    """What was measured on: one line, or a line for each machine with the names of its parts."""
    parts: dict[str, list[str]] = {}
    for part, result in results.items():
        facts = result["machine"]
        on = f"{facts['cpu']}, {facts['cores']} cores, Linux {facts['kernel']}; scripted engines"
        parts.setdefault(on, []).append(part.replace("_", " "))
    for on, names in parts.items():
        yield f"{on}: {', '.join(names)}.\n" if len(parts) > 1 else f"{on}.\n"


def _rows(part: str, result: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    if "skipped" in result:
        yield part.replace("_", " "), "-", f"not measured here: {result['skipped']}", "-"
    for each in result.get("faults", []):
        amount = f"{each['well']:,} of {each['calls']:,}"
        yield each["fault"], amount, each["met"], str(each["slots"])
