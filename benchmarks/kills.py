"""Media processes are killed under calls: `python -m benchmarks.kills --kills 25`.

Each call is placed at one of two processes, which is killed with SIGKILL while the call is in one
of its states; the other one takes it over, and a third is started in its place. Printed is what
callers met: the table of docs/reliability.md.
"""

import argparse
import asyncio
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from itertools import cycle, islice
from pathlib import Path
from statistics import median

from benchmarks import django_ready  # noqa: F401
from telephony.simulator.sound.utterance import Utterance
from telephony.simulator.sound.voices import spoken
from testing.services.kills import Killed, State, killed_call
from testing.services.pair import Pair, pair

WORDS = ("When do you open?", "And what does that cost me every month?", "Thank you very much.")
HEADER = (
    "| state | kills | continued | next stream, ms (p50, worst) | agent heard, ms (p50, worst) | "
    "usage off by, ms (worst) |\n|---|---|---|---|---|---|"
)


async def _questions(directory: Path) -> tuple[Utterance, ...]:
    return tuple([await spoken(words, cache_dir=directory) for words in WORDS])


def _kill(both: Pair, webhook: str, said: Sequence[Utterance], state: State) -> Killed:
    killed = asyncio.run(killed_call(both, webhook, said, state))
    both.start()
    both.wait_until_ready()
    return killed


def row(state: State, all_killed: Sequence[Killed]) -> str:
    """One line under HEADER."""
    continued = [each for each in all_killed if each.gap_ms is not None and _is_whole(each)]
    off_ms = [abs(each.facts["stream_ms"] - each.streamed_ms) for each in all_killed]
    return (
        f"| {state} | {len(all_killed)} | {len(continued)} "
        f"| {_spread([each.gap_ms for each in continued])} "
        f"| {_spread([each.audible_ms for each in continued])} | {max(off_ms):.0f} |"
    )


def _is_whole(killed: Killed) -> bool:
    is_answered = not any(log.unanswered_ms for log in killed.result.streams)
    return is_answered and killed.facts["end_reason"] == "stop" and not killed.facts["states"]


def _spread(values: Sequence[float | None]) -> str:
    known = [value for value in values if value is not None]
    return f"{median(known):.0f}, {max(known):.0f}" if known else "-"


def main() -> None:
    """Kill, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=25)
    options = parser.parse_args()
    found: dict[State, list[Killed]] = defaultdict(list)
    with tempfile.TemporaryDirectory(prefix="voicex-kills-") as name:
        directory = Path(name)
        with pair(directory) as both:
            said = asyncio.run(_questions(directory))
            webhook = both.service().bootstrap("scripted")["webhook_url"]
            for state in islice(cycle(State), options.kills):
                found[state].append(_kill(both, webhook, said, state))
                print(f"{state}: {found[state][-1].gap_ms} ms", flush=True)
    print(HEADER)
    for state, all_killed in found.items():
        print(row(state, all_killed))


if __name__ == "__main__":
    main()
