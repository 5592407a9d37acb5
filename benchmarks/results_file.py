"""Result files: benchmarks/results/<name>.json, each with the machine that made it."""

import json
import math
import os
import time
from pathlib import Path
from typing import Any, Final

from benchmarks import machine

DIRECTORY: Final = Path(__file__).parent / "results"


def path_of(name: str) -> Path:
    """Where the result of benchmark `name`, or of a part of one ("faults/frozen"), is kept."""
    return DIRECTORY / f"{name}.json"


def write(name: str, result: dict[str, Any], *, began: dict[str, Any] | None = None) -> None:
    """Keep `result`. began: `machine.facts()` from before the run."""
    load_after = [round(value, 2) for value in os.getloadavg()]
    after = {"load_average_after": load_after, "measured_at": round(time.time())}
    result["machine"] = (began or machine.facts()) | after
    path = path_of(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(result, indent=2) + "\n")


def read(name: str) -> dict[str, Any] | None:
    """The latest result of benchmark `name`, None when there is none."""
    path = path_of(name)
    return json.loads(path.read_text()) if path.is_file() else None


def renewed(name: str, rows: list[dict[str, Any]], *, by: tuple[str, ...]) -> list[dict[str, Any]]:
    """The rows of the latest result of `name`, with `rows` in the place of those alike in `by`."""
    fresh = {tuple(row[key] for key in by): row for row in rows}
    last = (read(name) or {}).get("rows", [])
    kept = {tuple(row[key] for key in by): row for row in last}
    return list({**kept, **fresh}.values())


def age_hours(name: str) -> float:
    """How long ago benchmark `name` was measured; infinite when that is not known."""
    measured_at = (read(name) or {}).get("machine", {}).get("measured_at")
    return math.inf if measured_at is None else (time.time() - measured_at) / 3600
