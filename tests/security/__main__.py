"""`make security`: every attack that the project knows, and a report of what came of it.

    python -m tests.security [--minutes 10 | --latest-attack] [--fuzz-amount 5] [--fuzz-seed SEED]

Runs the tests of each section, then a hostile owner beside twenty callers, and writes
docs/security-report.md. Exits 1 when any of it failed; the report then says what.
"""

import argparse
import platform
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree

from benchmarks import hostile, results_file
from testing.services.servers import ROOT
from tests.security.sections import SECTIONS, Section

REPORT: Final = ROOT / "docs" / "security-report.md"
COUNTED: Final = "security"  # what a test has counted, by pytest's `record_property`
MOST_WORDS: Final = 300  # of a failure


@dataclass
class Result:
    """What one section came to. skipped and failed: the test, and why."""

    section: Section
    passed: int = 0
    skipped: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    counted: list[str] = field(default_factory=list)
    seconds: float = 0.0  # of all tests together


def run_section(section: Section, *, drawn: Sequence[str] = ()) -> Result:
    """Run its tests in a pytest of their own, two processes side by side.

    drawn: options of pytest that say how much is drawn by chance, and by which seed.
    """
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "results.xml"
        command = [sys.executable, "-m", "pytest", "-q", "--numprocesses", "2"]
        command += ["--dist", "loadfile", f"--junitxml={path}", *drawn, *section.targets]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        result = read_results(section, path)
    if done.returncode and not result.failed:  # pytest itself could not run
        result.failed.append(done.stdout.strip()[-MOST_WORDS:])
    return result


def read_results(section: Section, path: Path) -> Result:
    """What pytest wrote there, in JUnit's XML; nothing when it wrote nothing."""
    result = Result(section)
    if not path.exists():
        return result
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        name = f"{case.get('classname')}.{case.get('name')}"
        result.seconds += float(case.get("time", 0))
        problems = [*case.iter("failure"), *case.iter("error")]
        skips = [*case.iter("skipped")]
        result.failed += [f"{name}: {each.get('message', '')[:MOST_WORDS]}" for each in problems]
        result.skipped += [f"{name}: {each.get('message', '')}" for each in skips]
        result.passed += not problems and not skips
        result.counted += [
            each.get("value", "") for each in case.iter("property") if each.get("name") == COUNTED
        ]
    return result


def report_of(results: list[Result], attack: dict[str, Any], *, now: datetime) -> str:
    """The page, in Markdown."""
    return "\n".join(_lines(results, attack, now)) + "\n"


def _lines(results: list[Result], attack: dict[str, Any], now: datetime) -> Iterator[str]:
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True
    ).stdout.strip()
    yield "# Security report"
    yield ""
    yield (
        f"Written by `make security` on {now:%Y-%m-%d %H:%M} UTC at commit {commit}, "
        f"with Python {platform.python_version()}. [Security](security.md) explains the mechanisms."
    )
    yield ""
    yield "| part | tests passed | failed | skipped | seconds |"
    yield "|---|---:|---:|---:|---:|"
    for each in results:
        numbers = (each.passed, len(each.failed), len(each.skipped), round(each.seconds))
        yield f"| {each.section.title} | {' | '.join(map(str, numbers))} |"
    for each in results:
        yield from ("", f"## {each.section.title}", "", each.section.question, "")
        yield from (f"- {counted}" for counted in each.counted)
        yield from (f"- `{target}`" for target in each.section.targets)
        yield from (f"- **failed**: {_one_line(failure)}" for failure in each.failed)
        yield from (f"- skipped: {_one_line(skip)}" for skip in each.skipped)
    yield from _attack_lines(attack)


def _attack_lines(attack: dict[str, Any]) -> Iterator[str]:
    yield from ("", "## A hostile owner beside other callers", "")
    yield (
        f"{attack['callers']} callers of one organization and two new calls a second at its "
        f"webhook, while the owner of another one attacks for {attack['minutes']:g} minutes with "
        "all that is listed below. Without the attack first, in the same process."
    )
    yield ""
    yield "| | without | with |"
    yield "|---|---:|---:|"
    rows = {
        "gaps": "gaps",
        "longest gap, ms": "longest_gap_ms",
        "answers that did not come": "unanswered",
        "webhook p50, ms": "webhook_p50_ms",
        "webhook p99, ms": "webhook_p99_ms",
    }
    for words, key in rows.items():
        values = (attack[when][key] for when in ("alone", "attacked"))
        yield f"| {words} | {' | '.join('-' if v is None else str(v) for v in values)} |"
    yield ""
    yield (
        f"The disk grew by {attack['disk_mb']} MB. On what the attack had left in the database the "
        f"service was ready again after {attack['restart_seconds']} s."
    )
    yield ""
    yield "| attack and answer | times |"
    yield "|---|---:|"
    for name, times in attack["attacks"].items():
        yield f"| {name} | {times:,} |"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def main() -> int:
    """Run everything, write the report, and say where it is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=hostile.MINUTES, help="of the attack")
    parser.add_argument(
        "--latest-attack",
        action="store_true",
        help="take the attack from the latest run of benchmarks.hostile, made on a quiet machine",
    )
    parser.add_argument(
        "--fuzz-amount", type=float, default=5.0, help="times what a test run draws"
    )
    parser.add_argument("--fuzz-seed", default=secrets.token_hex(4), help="to draw the same again")
    options = parser.parse_args()
    drawn = (f"--fuzz-amount={options.fuzz_amount}", f"--fuzz-seed={options.fuzz_seed}")
    print(f"fuzz seed: {options.fuzz_seed}", flush=True)
    results = []
    for section in SECTIONS:
        print(f"{section.title} ...", flush=True)
        results.append(run_section(section, drawn=drawn))
        print(f"  {results[-1].passed} passed, {len(results[-1].failed)} failed", flush=True)
    print("A hostile owner ...", flush=True)
    latest = results_file.read("hostile") if options.latest_attack else None
    attack = latest or hostile.run(minutes=options.minutes)
    REPORT.write_text(report_of(results, attack, now=datetime.now(UTC)))
    print(f"written: {REPORT.relative_to(ROOT)}")
    return 1 if hostile.is_felt(attack) or any(each.failed for each in results) else 0


if __name__ == "__main__":
    sys.exit(main())
