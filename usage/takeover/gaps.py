"""The gaps of a call in which its line was lost, stored as numbers in `Call.carrier_report`.

Numbers are kept when the words of a call are deleted (`usage.records.evidence`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Gap:
    """at_ms: since the call became live; ms: its length."""

    at_ms: int
    ms: int


def as_evidence(gap: Gap, *, generation: int) -> dict[str, int]:
    """The stored form of `gap`. generation: of the stream after it."""
    return {f"gap{generation}_at_ms": gap.at_ms, f"gap{generation}_ms": gap.ms}


def gaps_in(report: Mapping[str, Any], *, generation: int) -> list[Gap]:
    """The gaps of a call whose current stream is `generation`, oldest first."""
    found = []
    for number in range(1, generation + 1):
        at_ms, ms = report.get(f"gap{number}_at_ms"), report.get(f"gap{number}_ms")
        if isinstance(at_ms, int) and isinstance(ms, int):
            found.append(Gap(at_ms, ms))
    return found
