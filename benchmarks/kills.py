"""Media processes are killed under calls: `python -m benchmarks.kills --kills 24`.

Each call is placed at one of two processes, which is killed with SIGKILL while the call is in one
of its states; the other one takes it over, and a third is started in its place. Several such pairs
run side by side. With `--restart` PostgreSQL and Redis are restarted at the same moment. Printed is
what callers met; `benchmarks.faults` has it in docs/reliability.md.
"""

import argparse
import asyncio
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from queue import Empty, SimpleQueue
from statistics import median
from threading import Lock
from typing import Any, Final

import testing.environment  # noqa: F401  children need its secrets
from benchmarks import django_ready  # noqa: F401
from benchmarks.outages import agents
from benchmarks.outages.agents import MS_PER_CHARACTER, Questions, SlowTool
from benchmarks.outages.databases import cluster, served
from benchmarks.table import markdown
from testing.providers.threaded import in_a_thread
from testing.services.kills import Killed, State, killed_call, undisturbed_call
from testing.services.pair import Pair, pair
from testing.services.service import migrated

AT_ONCE: Final = 6
AT_ONCE_RESTARTED: Final = 2  # places with databases and a worker of their own: six processes each
SAME_WORDS: Final = 4  # so many words in a row are not said twice by chance
WITHIN_MS: Final = 2_000.0  # of the kill the conversation has to go on
HEAD: Final = (
    "state",
    "kills",
    "continued",
    "next stream, ms (p50, worst)",
    "agent heard, ms (p50, worst)",
    "knew what was said, of those asked",
    "said twice",
    "line off by, ms (worst)",
    "hearing and speech off by, ms (worst)",
    "slots left",
)
# Beside them, where databases were restarted.
OF_RESTARTS: Final = (
    "PostgreSQL away for, ms (p50, worst)",
    "next stream after that, ms (p50, worst)",
    "next stream within 2 s of the kill",
)
Row = dict[str, Any]
# The agents of states that want one of their own; all others have the one that only answers.
_AGENTS: Final = {
    State.THINKING: agents.SLOW,
    State.RUNNING_TOOL: agents.RUNNING_TOOL,
    State.ENDING: agents.ENDING,
}


@dataclass(frozen=True, slots=True)
class Usage:
    """Of an undisturbed call."""

    stt_ms: int
    tts_characters: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where calls are killed. restart: restarts the databases, and returns how long PostgreSQL
    was away (ms); None: they run on.
    """

    both: Pair
    tool: SlowTool
    webhooks: Mapping[str, str]
    said: Questions
    restart: Callable[[], float] | None

    def kill(self, state: State) -> Killed:
        """One call, and a new process in the place of the one that was killed."""
        self.tool.requests.clear()
        killed = asyncio.run(
            killed_call(
                self.both,
                self.webhook(state),
                self.said,
                state,
                thinking_ms=0.8 * agents.SLOW_MS,
                is_tool_asked=lambda: bool(self.tool.requests),
                besides=self.restart,
            )
        )
        self.both.start()
        self.both.wait_until_ready()
        return killed

    def webhook(self, state: State) -> str:
        """Where the agent of calls in this state is called."""
        return self.webhooks[_AGENTS.get(state, "")]

    def undisturbed(self, state: State) -> Usage:
        """What such a call uses when nothing is killed."""
        _, facts = asyncio.run(undisturbed_call(self.both, self.webhook(state), self.said))
        return Usage(facts["stt_ms"], facts["tts_characters"])


@contextmanager
def _place(directory: Path, *, restarts: bool) -> Iterator[Place]:
    private = {"ALLOW_PRIVATE_ENDPOINTS": "true"}
    directory.mkdir()
    with in_a_thread(SlowTool()) as tool:
        url = f"{tool.origin}/orders"
        if not restarts:
            with pair(directory, **private) as both:
                webhook = both.service().bootstrap("scripted")["webhook_url"]
                made = agents.webhooks(both.console.run, webhook, tool_url=url)
                yield Place(both, tool, made, agents.questions(directory), None)
            return
        with served(directory, tool_url=url, **private) as (here, both, postgresql, store):

            def restart() -> float:
                began = time.monotonic()
                store.kill()
                postgresql.stop()
                postgresql.start()
                away_ms = 1000 * (time.monotonic() - began)
                store.start()
                return away_ms

            yield Place(both, tool, here.webhooks, here.said, restart)


# --- what came of it ------------------------------------------------------------------------------


def row(state: State, all_killed: Sequence[Killed], usage: Usage) -> Row:
    """What callers met whose process was killed in this state, by the names of HEAD."""
    continued = [each for each in all_killed if is_whole(each)]
    line_ms = [abs(each.facts["stream_ms"] - each.streamed_ms) for each in all_killed]
    asked = [each for each in all_killed if each.state is not State.ENDING]
    values = (
        str(state),
        len(all_killed),
        len(continued),
        _spread([each.gap_ms for each in continued]),
        _spread([each.audible_ms for each in continued]),
        f"{sum(map(knows, asked))} of {len(asked)}" if asked else "-",
        sum(map(bool, map(said_twice, all_killed))),
        f"{max(line_ms):.0f}",
        f"{max(_off_ms(each, usage) for each in all_killed):.0f}",
        sum(each.facts["open"] for each in all_killed),
    )
    return dict(zip(HEAD, values, strict=True)) | _of_restarts(all_killed)


def _of_restarts(all_killed: Sequence[Killed]) -> Row:
    """How much of the gap was PostgreSQL's own, by the names of OF_RESTARTS."""
    found = [(each.gap_ms, each.back_ms) for each in all_killed if each.back_ms is not None]
    if not found:
        return {}
    in_time = sum(gap is not None and gap <= WITHIN_MS for gap, _ in found)
    behind = [max(0.0, gap - back) for gap, back in found if gap is not None and back is not None]
    values = (_spread([back for _, back in found]), _spread(behind), f"{in_time} of {len(found)}")
    return dict(zip(OF_RESTARTS, values, strict=True))


def is_whole(killed: Killed) -> bool:
    """Whether the call went on, every question was answered, and nothing of it is left."""
    is_answered = not any(log.unanswered_ms for log in killed.result.streams)
    end = "agent_hung_up" if killed.state is State.ENDING else "stop"
    is_kept = killed.facts["end_reason"] == end and not killed.facts["states"]
    return killed.gap_ms is not None and is_answered and is_kept


def knows(killed: Killed) -> bool:
    """Whether the agent, asked at the end what was said first, said it."""
    words = killed.agents_words()
    return bool(words) and agents.ASKED[0].rstrip("?") in words[-1]


def said_twice(killed: Killed) -> str:
    """Words of the agent that the caller heard twice, "" where there are none."""
    words = " ".join(killed.agents_words()).split()
    runs = [" ".join(words[at : at + SAME_WORDS]) for at in range(len(words) - SAME_WORDS + 1)]
    return next((run for run in runs if runs.count(run) > 1), "")


def _off_ms(killed: Killed, usage: Usage) -> float:
    """How much more, or less, of hearing or of speech was metered than of an undisturbed call."""
    characters = abs(killed.facts["tts_characters"] - usage.tts_characters)
    heard_ms = abs(killed.facts["stt_ms"] - usage.stt_ms)
    return float(max(heard_ms, characters * MS_PER_CHARACTER))


def _told(killed: Killed) -> str:
    errors = [each.words for each in killed.result.errors]
    told = f"{killed.facts['end_reason']}, {killed.facts['states']} states, {errors}"
    twice = said_twice(killed)
    return f"{told}; heard {killed.agents_words()}" + (f"; twice {twice!r}" if twice else "")


def _spread(values: Sequence[float | None]) -> str:
    known = [value for value in values if value is not None]
    return f"{median(known):.0f}, {max(known):.0f}" if known else "-"


# --- all of them ----------------------------------------------------------------------------------


class Run:
    """Kills in several places at once. tell: gets a line for each."""

    def __init__(self, kills: int, *, restarts: bool) -> None:
        self._total = kills
        self._restarts = restarts
        self._waiting: SimpleQueue[State] = SimpleQueue()
        for state in islice(cycle(State), kills):
            self._waiting.put(state)
        self._found: dict[State, list[Killed]] = defaultdict(list)
        self._usage: dict[State, Usage] = {}
        self._lock = Lock()

    def rows(self, directory: Path, *, at_once: int) -> list[Row]:
        """Kill in so many places at once; what callers met, by state."""
        migrated()  # once, before all need it
        if self._restarts:
            cluster()
        began = time.monotonic()
        with ThreadPoolExecutor(at_once) as places:
            works = [
                places.submit(self._work, directory / f"{number}", began, is_first=not number)
                for number in range(min(at_once, self._total))
            ]
            for work in works:
                work.result()
        return [row(state, self._found[state], self._usage[state]) for state in self._found]

    def _work(self, directory: Path, began: float, *, is_first: bool) -> None:
        with _place(directory, restarts=self._restarts) as place:
            # The first call of a place renders the greeting, which is kept and costs no later call.
            place.undisturbed(State.LISTENING)
            if is_first:
                self._measure_undisturbed(place)
            while True:
                try:
                    state = self._waiting.get_nowait()
                except Empty:
                    return
                killed = place.kill(state)
                with self._lock:
                    self._found[state].append(killed)
                    self._tell(killed, began)

    def _measure_undisturbed(self, place: Place) -> None:
        usual = place.undisturbed(State.LISTENING)
        usages = dict.fromkeys(State, usual)
        self._usage = usages | {state: place.undisturbed(state) for state in _AGENTS}

    def _tell(self, killed: Killed, began: float) -> None:
        done = sum(map(len, self._found.values()))
        left = (time.monotonic() - began) / done * (self._total - done)
        is_good = is_whole(killed) and not said_twice(killed)
        is_good = is_good and (killed.state is State.ENDING or knows(killed))
        amiss = "" if is_good else f", not as it should be: {_told(killed)}"
        gap = "none" if killed.gap_ms is None else f"{killed.gap_ms:.0f} ms"
        if killed.back_ms is not None:
            gap += f" (PostgreSQL {killed.back_ms:.0f} ms)"
        if killed.audible_ms is not None:
            gap += f", heard after {killed.audible_ms:.0f} ms"
        print(
            f"kill {done} of {self._total}, {left / 60:.0f} min left; {killed.state}: {gap}{amiss}",
            flush=True,
        )


def rows(
    kills: int, directory: Path, *, restarts: bool = False, at_once: int = AT_ONCE
) -> list[Row]:
    """Kill so many processes, and return what callers met, by state. Prints each."""
    return Run(kills, restarts=restarts).rows(directory, at_once=at_once)


def main() -> None:
    """Kill, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=24)
    parser.add_argument("--at-once", type=int, default=AT_ONCE)
    parser.add_argument("--restart", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="voicex-kills-") as name:
        found = rows(options.kills, Path(name), restarts=options.restart, at_once=options.at_once)
        print(markdown(HEAD, [tuple(each.values()) for each in found]))


if __name__ == "__main__":
    main()
