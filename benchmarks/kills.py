"""Media processes are killed under calls: `python -m benchmarks.kills --kills 25`.

Each call is placed at one of two processes, which is killed with SIGKILL while the call is in one
of its states; the other one takes it over, and a third is started in its place. Printed is what
callers met; `benchmarks.faults` has it in docs/reliability.md.
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
from benchmarks.table import markdown
from telephony.simulator.sound.utterance import Utterance
from telephony.simulator.sound.voices import spoken
from testing.services.kills import Killed, State, killed_call
from testing.services.pair import Pair, pair

WORDS = ("When do you open?", "And what does that cost me every month?", "Thank you very much.")
HEAD = (
    "state",
    "kills",
    "continued",
    "next stream, ms (p50, worst)",
    "agent heard, ms (p50, worst)",
    "usage off by, ms (worst)",
)
Row = tuple[str, ...]


async def questions(directory: Path) -> tuple[Utterance, ...]:
    """What the caller asks, one after the other."""
    return tuple([await spoken(words, cache_dir=directory) for words in WORDS])


def _kill(both: Pair, webhook: str, said: Sequence[Utterance], state: State) -> Killed:
    killed = asyncio.run(killed_call(both, webhook, said, state))
    both.start()
    both.wait_until_ready()
    return killed


def row(state: State, all_killed: Sequence[Killed]) -> Row:
    """One line under HEAD."""
    continued = [each for each in all_killed if each.gap_ms is not None and _is_whole(each)]
    off_ms = [abs(each.facts["stream_ms"] - each.streamed_ms) for each in all_killed]
    return (
        str(state),
        str(len(all_killed)),
        str(len(continued)),
        _spread([each.gap_ms for each in continued]),
        _spread([each.audible_ms for each in continued]),
        f"{max(off_ms):.0f}",
    )


def _is_whole(killed: Killed) -> bool:
    is_answered = not any(log.unanswered_ms for log in killed.result.streams)
    return is_answered and killed.facts["end_reason"] == "stop" and not killed.facts["states"]


def _spread(values: Sequence[float | None]) -> str:
    known = [value for value in values if value is not None]
    return f"{median(known):.0f}, {max(known):.0f}" if known else "-"


def rows(kills: int, directory: Path) -> list[Row]:
    """Kill so many processes, and return what callers met, by state. Prints each."""
    found: dict[State, list[Killed]] = defaultdict(list)
    with pair(directory) as both:
        said = asyncio.run(questions(directory))
        webhook = both.service().bootstrap("scripted")["webhook_url"]
        for state in islice(cycle(State), kills):
            found[state].append(_kill(both, webhook, said, state))
            print(f"{state}: {found[state][-1].gap_ms} ms", flush=True)
    return [row(state, all_killed) for state, all_killed in found.items()]


def main() -> None:
    """Kill, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=25)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="voicex-kills-") as name:
        print(markdown(HEAD, rows(options.kills, Path(name))))


if __name__ == "__main__":
    main()
