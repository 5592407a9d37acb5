"""Faults under live calls, and what callers hear of them: `make faults`.

Real processes on loopback, simulated callers, and the parts of the service stopped, frozen, filled
or killed by their process ids. Each part writes benchmarks/results/faults/<name>.json as soon as it
is done, and the tables of docs/reliability.md are written from all of these
(`benchmarks.report_faults`). So a run that was broken off goes on with `--resume`, and
`--only NAME ...` runs some parts alone.
"""

import argparse
import shutil
import tempfile
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

import testing.environment  # noqa: F401  children need its secrets
from benchmarks import (
    django_ready,  # noqa: F401
    kills,
    machine,
    report_faults,
    results_file,
    settled_under_kills,
)
from benchmarks.ending import end_in_order
from benchmarks.outages import clocks, databases, disks, processes, releases
from benchmarks.outages.scene import Found, NotHere
from testing.services.servers import missing
from testing.services.service import migrated

AT_ONCE: Final = 4  # parts with a handful of calls each, which mostly wait
RESUME_HOURS: Final = 6.0
KILLS: Final = 24


@dataclass(frozen=True, slots=True)
class Part:
    """One fault. minutes: about what it takes; is_light: others may run beside it."""

    name: str
    run: Callable[[Path], dict[str, Any]]
    minutes: float
    is_light: bool = False
    needs: tuple[str, ...] = ()


def _rows(fault: Callable[[Path], list[Found]], directory: Path) -> dict[str, Any]:
    return {"faults": [each.row() for each in fault(directory)]}


def _light(name: str, fault: Callable[[Path], list[Found]], minutes: float, *needs: str) -> Part:
    return Part(name, partial(_rows, fault), minutes, is_light=True, needs=needs)


def parts(kill_count: int) -> list[Part]:
    """All parts, in the order in which they run and are reported."""
    postgres, both = ("postgres", "initdb"), ("postgres", "initdb", "redis-server")

    def killed(directory: Path, *, count: int, restarts: bool) -> dict[str, Any]:
        at_once = kills.AT_ONCE_RESTARTED if restarts else kills.AT_ONCE
        return {"kills": kills.rows(count, directory, restarts=restarts, at_once=at_once)}

    return [
        _light("stopped", processes.stopped, 1),
        _light("frozen", processes.frozen, 1.5),
        _light("postgresql_stopped", databases.postgresql_stopped, 2.5, *postgres),
        _light("postgresql_frozen", databases.postgresql_frozen, 2.5, *postgres),
        _light("redis_flushed", databases.redis_flushed, 1.5, *both),
        _light("redis_restarted", databases.redis_restarted, 1.5, *both),
        _light("disk_full_sqlite", disks.disk_full_sqlite, 1.5),
        _light("disk_full_run", disks.disk_full_run, 2),
        _light("disk_full_recordings", disks.disk_full_recordings, 1.5),
        _light("clock_forward", clocks.clock_forward, 2, *both),
        _light("clock_back", clocks.clock_back, 2, *both),
        Part("replaced", partial(_rows, processes.replaced), 2),
        Part("rolling", partial(_rows, releases.rolling), 5, needs=(*both, "nginx")),
        Part("settled", _settled, 5, needs=postgres),
        Part(
            "kills_restarted",
            partial(killed, count=kill_count, restarts=True),
            3 + kill_count * 0.15,
            needs=both,
        ),
        Part("kills", partial(killed, count=kill_count, restarts=False), 2 + kill_count * 0.08),
    ]


def _settled(_directory: Path) -> dict[str, Any]:
    """Workers are killed while they settle."""
    result = settled_under_kills.run()
    total = result["total_micros"] / 1_000_000
    found = Found(
        f"two workers that settle, killed {result['kills']} times in {result['seconds']:.0f} s",
        result["calls"],
        result["settled"] if result["is_exact"] else 0,
        f"each charged once, ${total:,.6f} in all, recomputed by the proof",
        result["slots"],
    )
    return {"faults": [found.row()], "settled": result}


@dataclass
class Run:
    """Runs parts: the light ones side by side, then each of the others alone."""

    parts: Sequence[Part]
    directory: Path
    began: float = field(default_factory=time.monotonic)
    left: dict[str, float] = field(default_factory=dict)  # minutes of parts that are not done

    def run(self) -> list[str]:
        """All of them; the names of those that failed."""
        self.left = {part.name: _minutes(part) for part in self.parts}
        light = [part for part in self.parts if part.is_light]
        failed = self._side_by_side(light)
        for part in self.parts:
            if not part.is_light:
                try:
                    self._do(part)
                except Exception as error:  # boundary: the others are measured all the same
                    failed.append(part.name)
                    _told(part, error)
        return failed

    def _side_by_side(self, light: Sequence[Part]) -> list[str]:
        """Told to end, it begins no other part; the process ends after those that run."""
        failed = []
        threads = ThreadPoolExecutor(AT_ONCE)
        try:
            running: dict[Future[None], Part] = {threads.submit(self._do, p): p for p in light}
            while running:
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                failed += [running[each].name for each in done if each.exception()]
                for each in done:
                    _told(running.pop(each), each.exception())
        except BaseException:
            threads.shutdown(wait=False, cancel_futures=True)
            raise
        threads.shutdown()
        return failed

    def _do(self, part: Part) -> None:
        began, facts = time.monotonic(), machine.facts()
        print(
            f"{part.name}: begins, about {_minutes(part):.1f} min; {self._remaining()}", flush=True
        )
        directory = self.directory / part.name
        directory.mkdir()
        absent = sorted(set(part.needs) & set(missing()))
        try:
            if absent:
                raise NotHere(f"not installed: {', '.join(absent)}")
            result = part.run(directory)
        except NotHere as reason:
            print(f"{part.name}: skipped: {reason}", flush=True)
            result = {"skipped": f"{reason}"}
        except Exception:
            _keep_logs(part.name, directory)
            raise
        if any(row["well"] < row["calls"] or row["slots"] for row in result.get("faults", [])):
            _keep_logs(part.name, directory)
        result["seconds"] = round(time.monotonic() - began, 1)
        results_file.write(report_faults.result_name(part.name), result, began=facts)
        self.left.pop(part.name, None)
        for row in result.get("faults", []):
            print(f"  {row['fault']}: {row['well']} of {row['calls']}; {row['met']}", flush=True)
        print(f"{part.name}: done in {result['seconds']:.0f} s; {self._remaining()}", flush=True)

    def _remaining(self) -> str:
        light = {part.name for part in self.parts if part.is_light}
        minutes = sum(
            value / AT_ONCE if name in light else value for name, value in self.left.items()
        )
        passed = (time.monotonic() - self.began) / 60
        return f"{passed:.0f} min passed, about {minutes:.0f} min left"


def _keep_logs(name: str, directory: Path) -> None:
    """What the service said of a part that did not go as it should, where it is not deleted."""
    kept = Path(tempfile.mkdtemp(prefix=f"voicex-{name}-"))
    for number, log in enumerate(sorted(directory.rglob("*.log"))):
        shutil.copy(log, kept / f"{number}-{log.name}")
    print(f"{name}: the logs are kept: {kept}", flush=True)


def _minutes(part: Part) -> float:
    """What it took the last time; of kills what as many as now should take."""
    last: Mapping[str, Any] = results_file.read(report_faults.result_name(part.name)) or {}
    is_known = "seconds" in last and "skipped" not in last and "kills" not in last
    return float(last["seconds"]) / 60 if is_known else part.minutes


def _told(part: Part, error: BaseException | None) -> None:
    if error is not None:
        traceback.print_exception(error)
        print(f"{part.name}: failed: {type(error).__name__}: {error}", flush=True)


def main() -> None:
    """Run the parts that are wanted, and write the tables."""
    names = [part.name for part in parts(KILLS)]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=KILLS)
    parser.add_argument("--only", nargs="+", choices=names, default=names, metavar="NAME")
    parser.add_argument(
        "--resume", action="store_true", help=f"leave out what is newer than {RESUME_HOURS:g} h"
    )
    options = parser.parse_args()
    wanted = [part for part in parts(options.kills) if part.name in options.only]
    if options.resume:
        age = {
            part.name: results_file.age_hours(report_faults.result_name(part.name))
            for part in wanted
        }
        wanted = [part for part in wanted if age[part.name] > RESUME_HOURS]
    end_in_order()
    migrated()  # once, before several parts need it at the same time
    needs_cluster = any("initdb" in part.needs for part in wanted)
    if needs_cluster and not {"postgres", "initdb"} & set(missing()):
        databases.cluster()
    # Told to end, parts may still write there, or have a disk of their own there.
    with tempfile.TemporaryDirectory(prefix="voicex-faults-", ignore_cleanup_errors=True) as name:
        failed = Run(wanted, Path(name)).run()
    print(f"written: {report_faults.write(names)}")
    if failed:
        raise SystemExit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
