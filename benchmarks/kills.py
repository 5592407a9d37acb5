"""Media processes are killed under calls: `python -m benchmarks.kills --kills 24`.

Each call is placed at one of two processes, which is killed with SIGKILL while the call is in one
of its states; the other one takes it over, and a third is started in its place. Printed is what
callers met; `benchmarks.faults` has it in docs/reliability.md.
"""

import argparse
import asyncio
import json
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks import django_ready  # noqa: F401
from benchmarks.table import markdown
from telephony.simulator.sound.utterance import Utterance
from telephony.simulator.sound.voices import spoken
from testing.providers.http_server import Answer, HttpServer, Request
from testing.providers.threaded import in_a_thread
from testing.services.kills import Killed, State, killed_call
from testing.services.pair import Pair, pair

WORDS = ("When do you open?", "And what does that cost me every month?", "Thank you very much.")
TOOL_SECONDS: Final = 2.5
HEAD: Final = (
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


class SlowTool(HttpServer):
    """The organization's server: takes TOOL_SECONDS for each question."""

    def __init__(self) -> None:
        """Not listening yet."""
        super().__init__(self._reply)

    async def _reply(self, _request: Request, answer: Answer) -> None:
        await asyncio.sleep(TOOL_SECONDS)
        await answer.send_json({"state": "on its way"})


def _webhooks(both: Pair, tool: SlowTool) -> dict[State, str]:
    """The webhook for each state; that of an agent of its own where the state wants one."""
    webhook = both.service().bootstrap("scripted")["webhook_url"]
    made = json.loads(both.console.run(_AGENTS.replace("TOOL_URL", f"{tool.origin}/orders")))
    return {
        state: f"{webhook}&agent_id={made[state]}" if state in made else webhook for state in State
    }


# What they answer first has to be so long that a caller hears it as an answer.
_AGENTS: Final = """
import json
from accounts.models import Organization
from agents.http_tools import storing
from agents.http_tools.definition import Definition
from agents.versions.publishing import create_agent, publish
org = Organization.objects.get()
storing.save(org, Definition("find_order", "Finds the order.", "TOOL_URL"), actor=None)
ANSWER = "We are open until six today. Is there anything else that I can do for you?"
ids = {}
for state, second, tools in (
    ("running a tool", "Let me look that up. [find_order {}]", "find_order"),
    ("ending", "You are welcome. Thank you very much for calling, and goodbye. [hang up]", ""),
):
    agent = create_agent(org, name=state, **{part: "scripted" for part in ("stt", "llm", "tts")})
    publish(agent, settings={
        "engines": {"scripted.replies": [ANSWER, second]}, "tools": {"enabled": tools},
    })
    ids[state] = agent.public_id
print(json.dumps(ids))
"""


def _kill(
    both: Pair, webhook: str, said: Sequence[Utterance], state: State, tool: SlowTool
) -> Killed:
    tool.requests.clear()
    call = killed_call(both, webhook, said, state, is_tool_asked=lambda: bool(tool.requests))
    killed = asyncio.run(call)
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
    end = "agent_hung_up" if killed.state is State.ENDING else "stop"
    return is_answered and killed.facts["end_reason"] == end and not killed.facts["states"]


def _told(killed: Killed) -> str:
    errors = [each.words for each in killed.result.errors]
    return f"{killed.facts['end_reason']}, {killed.facts['states']} states, {errors}"


def _spread(values: Sequence[float | None]) -> str:
    known = [value for value in values if value is not None]
    return f"{median(known):.0f}, {max(known):.0f}" if known else "-"


def rows(kills: int, directory: Path) -> list[Row]:
    """Kill so many processes, and return what callers met, by state. Prints each."""
    found: dict[State, list[Killed]] = defaultdict(list)
    private = {"ALLOW_PRIVATE_ENDPOINTS": "true"}
    with in_a_thread(SlowTool()) as tool, pair(directory, **private) as both:
        said = asyncio.run(questions(directory))
        webhooks = _webhooks(both, tool)
        for state in islice(cycle(State), kills):
            killed = _kill(both, webhooks[state], said, state, tool)
            found[state].append(killed)
            amiss = "" if _is_whole(killed) else f", not as it should be: {_told(killed)}"
            print(f"{state}: {killed.gap_ms} ms{amiss}", flush=True)
    return [row(state, all_killed) for state, all_killed in found.items()]


def main() -> None:
    """Kill, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=24)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="voicex-kills-") as name:
        print(markdown(HEAD, rows(options.kills, Path(name))))


if __name__ == "__main__":
    main()
