"""The suite: `python -m benchmarks [name ...] [--at 1,20,40]`, all of it in an hour.

Each benchmark is a program of its own and runs in a process of its own, one after the other.
"""

import argparse
import json
import subprocess
import sys
import time
from typing import Final

from benchmarks import machine, report, report_turns, results_file
from benchmarks.ending import end_in_order

# Name: what it measures, about how many minutes. In this order, so that a stopped run has
# what matters most.
SUITE: Final = {
    "frame": ("what a frame costs, without sockets", 0.5),
    "echo": ("the limit: frames sent back, nothing else", 4),
    "calls": ("whole calls, 1 to 130 at once", 9),
    "barge_in": ("fifty interruptions", 1),
    "pipecat": ("the same callers at a pipecat bot", 7),
    "overload": ("160 calls offered to a process that carries fewer", 6),
    "stall": ("a server that stands still for half a second", 1),
    "stages": ("what the CPU goes into, by thread and stage", 2.5),
    "settlement": ("ended calls settled a second", 1),
    "webhooks_out": ("outgoing webhooks delivered a second", 1),
    "pages": ("every list of the dashboard at a million calls", 7),
    "webhook": ("how soon Twilio is answered, at 20 new calls a second", 2.5),
    "providers": ("whole calls on the SDKs of OpenAI and Google", 2),
    "mp3": ("speech that comes as MP3", 0.5),
    "voice_activity": ("who is heard in noise, with and without gate and batch", 1.5),
    "hearing": ("what is heard of recorded people, and how soon", 1),
    "turns": ("who is cut off, and who waits", 22),
    "answers": ("whether the local dialogue knows what it knows", 0.5),
    "hostile": ("callers beside a hostile owner", 14),
    "soak": ("what is kept of ended calls; 25 min with --long", 3.5),
}
TAKES_AT: Final = frozenset({"echo", "calls", "pipecat", "stages"})
SHORT_SOAK: Final = ("--minutes", "1")
RESUMED_HOURS: Final = 6.0


def run(name: str, at: str, *, is_long: bool) -> bool:
    """Run one benchmark in a process of its own; False when it could not be measured."""
    began, started = machine.facts(), time.time()
    print(f"\n== {name}: {SUITE[name][0]}", flush=True)
    options = ["--at", at] if at and name in TAKES_AT else []
    if name == "soak" and not is_long:
        options += SHORT_SOAK
    child = subprocess.Popen([sys.executable, "-m", "benchmarks.ending", name, *options])
    try:
        code = child.wait()
    except KeyboardInterrupt:  # Ctrl-C has told the benchmark too
        child.wait()
        raise
    except BaseException:  # told to end: so is the benchmark, which has servers to end
        child.terminate()
        child.wait()
        raise
    path = results_file.path_of(name)
    if path.is_file() and path.stat().st_mtime >= started:
        result = json.loads(path.read_text())
        if isinstance(result, dict) and "machine" not in result:
            results_file.write(name, result, began=began)
    return code == 0


def print_ratios() -> None:
    """CPU of whole calls beside the limit and beside pipecat, where both were measured."""
    for row in (results_file.read("calls") or {}).get("rows", []):
        cpu, calls = row["cpu_per_call"], row["calls"]
        limit, pipecat = report.limit_at(calls), report.pipecat_at(calls)
        words = [f"{calls:>4} calls: {cpu:.4f} of a core each"]
        words += [f"{cpu / limit:.1f} times the limit"] if limit else []
        words += [f"pipecat needs {pipecat / cpu:.1f} times as much"] if pipecat else []
        print(", ".join(words))


def main() -> int:
    """Run the chosen benchmarks, then write docs/performance.md."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="\n".join(f"  {name:<14} {what} ({m:g} min)" for name, (what, m) in SUITE.items()),
    )
    parser.add_argument("names", nargs="*", metavar="name", help="which ones (default: all)")
    parser.add_argument("--at", default="", metavar="1,20,40", help="numbers of calls at once")
    parser.add_argument("--long", action="store_true", help="the soak of 20 minutes")
    parser.add_argument(
        "--resume",
        action="store_true",
        help=f"leave out what was measured less than {RESUMED_HOURS:g} hours ago",
    )
    options = parser.parse_args()
    if unknown := set(options.names) - SUITE.keys():
        parser.error(f"no benchmark is called {', '.join(sorted(unknown))}")
    names = options.names or list(SUITE)
    if options.resume:
        names = [name for name in names if results_file.age_hours(name) > RESUMED_HOURS]
    end_in_order()
    failed = [name for name in names if not run(name, options.at, is_long=options.long)]
    print()
    print_ratios()
    print(f"written: {report.write()}")
    if results_file.read("turns"):
        print(f"written: {report_turns.write()}")
    if failed:
        print(f"not measured: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
