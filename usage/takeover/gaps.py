"""The moments of a call in which its line was lost, as numbers in `Call.carrier_report`.

Numbers stay there when the words of a call are deleted (`usage.records.evidence`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Gap:
    """at_ms: since the call was live; ms: how long it lasted."""

    at_ms: int
    ms: int


def as_evidence(gap: Gap, *, generation: int) -> dict[str, int]:
    """What of `gap` is kept. generation: of the stream that followed it."""
    return {f"gap{generation}_at_ms": gap.at_ms, f"gap{generation}_ms": gap.ms}


def gaps_in(report: Mapping[str, Any], *, generation: int) -> list[Gap]:
    """Those of a call that is at its stream `generation`, oldest first."""
    found = []
    for number in range(1, generation + 1):
        at_ms, ms = report.get(f"gap{number}_at_ms"), report.get(f"gap{number}_ms")
        if isinstance(at_ms, int) and isinstance(ms, int):
            found.append(Gap(at_ms, ms))
    return found
