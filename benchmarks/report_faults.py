"""The tables of docs/reliability.md, from the result: `python -m benchmarks.report_faults`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from benchmarks import results_file
from benchmarks.kills import HEAD
from benchmarks.table import markdown

PAGE: Final = Path(__file__).parents[1] / "docs" / "reliability.md"
BEGIN: Final = "<!-- faults: make faults -->"
END: Final = "<!-- end of faults -->"
NOT_YET: Final = "Not measured yet with this release: run `make faults`.\n"


def write(page: Path = PAGE) -> Path:
    """Write the tables into the page; returns its path. Raises ValueError without their place."""
    before, begin, rest = page.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{page} has no place for the tables")
    result = results_file.read("faults")
    tables = NOT_YET if result is None else "\n".join(_tables(result))
    page.write_text(f"{before}{BEGIN}\n\n{tables}\n{END}{after}")
    return page


def _tables(result: dict[str, Any]) -> Iterator[str]:
    facts = result["machine"]
    yield f"{facts['cpu']}, {facts['cores']} cores, Linux {facts['kernel']}; scripted engines.\n"
    rows = [
        (each["fault"], f"{each['well']} of {each['calls']}", each["met"], each["slots"])
        for each in result["faults"]
    ]
    yield markdown(("fault", "calls", "what callers met", "slots left taken"), rows)
    if result["kills"]:
        yield "Processes killed (SIGKILL) under a call, by what the call was doing:\n"
        yield markdown(HEAD, [tuple(row) for row in result["kills"]])


if __name__ == "__main__":
    print(f"written: {write()}")
