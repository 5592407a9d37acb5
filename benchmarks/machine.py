"""The machine under a benchmark: pinning, what processes use, and what the neighbours use.

A figure from a shared machine is worth little without the load beside it, so every result carries
it. Everything is read from /proc (proc(5)); Linux only.
"""

import importlib.metadata
import os
import platform
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any, Final, Self

SERVER_CORE: Final = 0
LOAD_CORE: Final = 1
SAMPLE_SECONDS: Final = 0.5
PACKAGES: Final = ("uvicorn", "uvloop", "websockets", "msgspec", "onnxruntime", "Django", "numpy")

_TICKS: Final = os.sysconf("SC_CLK_TCK")


def facts() -> dict[str, Any]:
    """What the figures depend on: processor, kernel, versions, load averages."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    return {
        "cpu": model,
        "cores": os.cpu_count(),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "versions": {name: importlib.metadata.version(name) for name in PACKAGES},
        "load_average": [round(value, 2) for value in os.getloadavg()],
    }


def pin(core: int) -> None:
    """Keep this process, and what it starts from now on, on one core."""
    os.sched_setaffinity(0, {core % (os.cpu_count() or 1)})


@contextmanager
def starting_on(core: int) -> Iterator[None]:
    """Children that are started inside the block live on `core`; this process returns."""
    before = os.sched_getaffinity(0)
    pin(core)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and all its threads so far."""
    return _cpu_in(Path(f"/proc/{pid}/stat"))


def threads_cpu_seconds(pid: int) -> dict[int, float]:
    """The same of each of its threads, by their numbers."""
    return {int(path.name): _cpu_in(path / "stat") for path in Path(f"/proc/{pid}/task").iterdir()}


def _cpu_in(stat: Path) -> float:
    after_name = stat.read_text().rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / _TICKS


def rss_mib(pid: int) -> float:
    """Resident memory of a process, in MiB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


@dataclass(frozen=True, slots=True)
class CoreTime:
    """Seconds since boot: busy, when the core did anything; stolen, which its host gave away."""

    busy: float
    stolen: float


def _core_times() -> dict[int, CoreTime]:
    times = {}
    for line in Path("/proc/stat").read_text().splitlines():
        name, *numbers = line.split()
        if name.startswith("cpu") and name != "cpu":
            user, nice, system, _idle, _waiting, irq, softirq, steal = map(int, numbers[:8])
            busy = user + nice + system + irq + softirq + steal
            times[int(name[3:])] = CoreTime(busy / _TICKS, steal / _TICKS)
    return times


class HostWatch:
    """What the host takes of each core. Use as a context.

    For measurements that use every core with many processes of ours, which `Watch` could not
    distinguish from others.
    """

    def __enter__(self) -> Self:
        self._began, self._before = monotonic(), _core_times()
        return self

    def __exit__(self, *_: object) -> None:
        seconds, after = monotonic() - self._began, _core_times()
        self._shares = {
            core: (after[core].stolen - before.stolen) / seconds
            for core, before in self._before.items()
        }

    def neighbours(self) -> dict[str, dict[str, float]]:
        """The mean share of each core that was taken."""
        return {f"core {core}": {"mean": round(share, 3)} for core, share in self._shares.items()}


@dataclass
class Watch:
    """Watches our processes and all others on their cores. Use as a context.

    ours: core to the process that we keep there. Interrupts of our own traffic count as
    neighbours, for no process is charged for them: a few percent at a hundred calls.
    """

    ours: dict[int, int]
    seconds: float = 0.0
    _used: dict[int, float] = field(default_factory=dict)
    _samples: dict[int, list[float]] = field(default_factory=dict)

    def __enter__(self) -> Self:
        self._began = monotonic()
        self._used = {core: -cpu_seconds(pid) for core, pid in self.ours.items()}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._sample, name="watch", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds = monotonic() - self._began
        for core, pid in self.ours.items():
            self._used[core] += cpu_seconds(pid)
        self._over.set()
        self._thread.join()

    def used_seconds(self, core: int) -> float:
        """CPU seconds of our process on `core`."""
        return self._used[core]

    def neighbours(self) -> dict[str, dict[str, float]]:
        """The share of each core that others used: mean, and the worst half second."""
        return {
            f"core {core}": {
                "mean": round(sum(shares) / len(shares), 3),
                "worst": round(max(shares), 3),
            }
            for core, shares in self._samples.items()
            if shares
        }

    def _sample(self) -> None:
        def now() -> dict[int, float]:
            times = _core_times()
            return {
                core: times[core].busy - cpu_seconds(pid)
                for core, pid in self.ours.items()
                if core in times
            }

        at, before = monotonic(), now()
        while not self._over.wait(SAMPLE_SECONDS):
            try:
                then, after = monotonic(), now()
            except FileNotFoundError:
                return  # the process has ended
            for core, seconds in after.items():
                share = (seconds - before[core]) / (then - at)
                self._samples.setdefault(core, []).append(max(0.0, share))
            at, before = then, after
