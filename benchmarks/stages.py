"""What the CPU of a call goes into, by thread and by stage: `python -m benchmarks.stages`.

py-spy, in an environment of its own below var/bench/, samples the server's stacks from outside
while callers talk. It slows the server a little, so only the shares are kept; what a call costs in
all is measured by `benchmarks.calls`. Draws docs/performance/flame-<calls>.svg.
"""

import argparse
import asyncio
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import uvloop

from benchmarks import django_ready, flame, machine, results_file, table  # noqa: F401
from benchmarks.load import Load, offer, through_webhook, utterances
from benchmarks.target import voicex
from telephony.simulator.webhooks import http_client

ROOT: Final = Path(__file__).parents[1]
ENVIRONMENT: Final = ROOT / "var" / "bench" / "profiler"
PY_SPY: Final = "py-spy==0.4.1"
AT: Final = (40, 100)
SECONDS: Final = 15.0
SAMPLES_PER_SECOND: Final = 200
TALK_FIRST_SECONDS: Final = 2.0

# The innermost frame that lies in one of these files says which stage a sample belongs to.
STAGES: Final = (
    ("voice activity", r"agents/engines/(voice_activity/|cascade/transcriber\.py)"),
    ("voice activity", r"agents/speech/audio/(noise_gate|endpointing)\.py"),
    ("message codec", r"telephony/(twilio/(mediastream|transport)|browser/stream)\.py"),
    ("socket", r"telephony/calls/socket\.py|voicex/web/fast_websocket\.py"),
    ("flight record", r"telephony/calls/flight_recorder\.py"),
    ("session", r"telephony/session/"),
    ("engines", r"agents/engines/|agents/speech/"),
    ("settlement", r"usage/(billing|outbox|quota)/\w+\.py"),
    ("recorder", r"usage/|telephony/process/record_writer\.py"),
    ("call set-up", r"telephony/(webhooks/consumers|browser/consumer|admission/preparation)\.py"),
    ("webhooks", r"telephony/(admission|webhooks)/"),
    ("webhooks", r"telephony/twilio/(forms|signatures|twiml)\.py"),
    ("webhooks", r"accounts/|django/core/handlers|voicex/web/middleware\.py"),
    ("call set-up", r"agents/"),
    ("driver", r"telephony/"),
    ("background worker", r"voicex/processes/inprocess_worker\.py|/(celery|kombu)/"),
    ("socket", r"/(uvicorn|websockets|wsproto|picows|channels|httptools)/"),
    ("event loop", r"uvloop|asyncio/"),
)

# Where threads wait. The profiler stops the process for each sample, which wakes them for a
# moment: whether they worked there is known from the thread's CPU time alone.
WAITING: Final = re.compile(
    r"asyncio/runners\.py|concurrent/futures/thread\.py|threading\.py|/queue\.py|/beat\.py"
    r"|kombu/|selectors\.py"
)

Samples = Counter[flame.Stack]


def run(at: tuple[int, ...] = AT, seconds: float = SECONDS) -> dict[str, Any]:
    """For each number of calls, shares of the server's CPU by thread and by stage."""
    machine.pin(machine.LOAD_CORE)
    began = machine.facts()
    spy = py_spy()
    rows = []
    for calls in at:
        with voicex() as target:
            samples, load = uvloop.run(_profile(target.webhook, target.pid, spy, calls, seconds))
        picture = ROOT / "docs" / "performance" / f"flame-{calls}.svg"
        title = f"{calls} calls, {samples.total()} samples of CPU"
        flame.write(picture, title=title, stacks=[(_short(s), n) for s, n in samples.items()])
        rows.append({"calls": calls, **shares(samples), "neighbours": load["neighbours"]})
        print(words(rows[-1]))
    result = {"rows": rows}
    results_file.write("stages", result, began=began)
    return result


def py_spy() -> Path:
    """The profiler, installed when it is not there."""
    program = ENVIRONMENT / "bin" / "py-spy"
    if not program.exists():
        uv = [sys.executable, "-m", "uv", "--quiet"]
        subprocess.run([*uv, "venv", "--python", sys.executable, str(ENVIRONMENT)], check=True)
        python = str(ENVIRONMENT / "bin" / "python")
        subprocess.run([*uv, "pip", "install", "--python", python, PY_SPY], check=True)
    return program


async def _profile(
    url: str, pid: int, spy: Path, calls: int, seconds: float
) -> tuple[Samples, dict[str, Any]]:
    load = Load(calls=calls, steady_seconds=seconds + TALK_FIRST_SECONDS)

    async def look() -> Samples:
        await asyncio.sleep(load.arriving_seconds + TALK_FIRST_SECONDS / 2)
        return await asyncio.to_thread(record, spy, pid, seconds)

    async with http_client() as client:
        place = through_webhook(url, await utterances(), client)
        async with asyncio.TaskGroup() as tasks:
            looking = tasks.create_task(look())
            offering = tasks.create_task(offer(load, place, pid=pid))
    return looking.result(), offering.result()


def record(spy: Path, pid: int, seconds: float) -> Samples:
    """Stacks of the threads of `pid` that were running, each with its thread's name first."""
    with tempfile.TemporaryDirectory(prefix="voicex-stacks-") as directory:
        output = Path(directory) / "stacks"
        command = [str(spy), "record", "--pid", str(pid), "--format", "raw", "--threads"]
        command += ["--full-filenames", "--nolineno", "--rate", str(SAMPLES_PER_SECOND)]
        command += ["--duration", str(round(seconds)), "--output", str(output)]
        before = machine.threads_cpu_seconds(pid)
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        after = machine.threads_cpu_seconds(pid)
        used = {tid: cpu - before.get(tid, 0.0) for tid, cpu in after.items()}
        return without_waiting(parsed(output.read_text()), used)


def without_waiting(samples: Samples, used_seconds: dict[int, float]) -> Samples:
    """Samples in which a thread only waited, down to what its CPU time leaves for them.

    used_seconds: CPU of each thread, by its number, while the samples were taken.
    """
    waiting = {stack for stack in samples if WAITING.search(stack[-1])}
    worked: Counter[str] = Counter()
    for stack, count in samples.items():
        if stack not in waiting:
            worked[stack[0]] += count
    kept: Samples = Counter({s: n for s, n in samples.items() if s not in waiting})
    for stack in sorted(waiting):
        thread = re.match(r"thread \((\d+)\)", stack[0])
        cpu = used_seconds.get(int(thread[1]), 0.0) if thread else 0.0
        left = round(cpu * SAMPLES_PER_SECOND) - worked[stack[0]]
        if (count := min(samples[stack], left)) > 0:
            kept[stack] = count
            worked[stack[0]] += count
    return kept


def parsed(raw: str) -> Samples:
    """py-spy's raw format: a line for each stack, its frames between semicolons, then a count."""
    samples: Samples = Counter()
    for line in raw.splitlines():
        stack, _, count = line.rpartition(" ")
        samples[tuple(stack.split(";"))] += int(count)
    return samples


def shares(samples: Samples) -> dict[str, dict[str, float]]:
    """Shares of all samples by `threads` and by `stages`, the largest first."""
    threads: Counter[str] = Counter()
    stages: Counter[str] = Counter()
    for stack, count in samples.items():
        threads[thread_name(stack[0])] += count
        stages[stage_of(stack)] += count
    return {
        what: {name: round(n / samples.total(), 3) for name, n in counted.most_common()}
        for what, counted in (("threads", threads), ("stages", stages))
    }


def stage_of(stack: Sequence[str]) -> str:
    """The stage of the innermost frame that belongs to one."""
    for frame in reversed(stack):
        for stage, pattern in STAGES:
            if re.search(pattern, frame):
                return stage
    return "other"


def thread_name(frame: str) -> str:
    """ "thread (12): call-setup_3" as "call-setup": workers of one pool count together."""
    name = frame.partition(": ")[2] or frame
    return re.sub(r"[_-]?\d+$", "", name.strip('"'))


def _short(stack: flame.Stack) -> flame.Stack:
    """Names as in the picture: our files from the root on, others from site-packages on."""
    return (
        thread_name(stack[0]),
        *(re.sub(rf"\((?:{ROOT}/|.*/(?:site-packages|python3\.\d+)/)", "(", f) for f in stack[1:]),
    )


def words(row: dict[str, Any]) -> str:
    """One row as text."""
    stages = ", ".join(f"{name} {share:.0%}" for name, share in row["stages"].items())
    threads = ", ".join(f"{name} {share:.0%}" for name, share in row["threads"].items())
    return f"{row['calls']} calls: {stages}\n  threads: {threads}"


def main() -> None:
    """Run with the numbers of calls that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--at", type=table.numbers, default=AT, metavar="40,100")
    parser.add_argument("--seconds", type=float, default=SECONDS)
    options = parser.parse_args()
    run(options.at, options.seconds)


if __name__ == "__main__":
    main()
