"""Whose turn it is, as callers feel it: `python -m benchmarks.turns`.

The simulated phone calls the whole service. Callers pause within their turns, finish them, speak
over the agent, nod, cough, speak aside, and are heard with an echo. The engines are scripted, with
delays of 0 and of 490 ms, and the recogniser knows what each stretch of audio says. Definitions:
docs/conversation.md, which `python -m benchmarks.report_turns` writes of the result.
"""

import argparse
import asyncio
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import uvloop

from benchmarks import django_ready, machine, results_file  # noqa: F401
from benchmarks.turn_taking import counts, noisy_calls, rival
from benchmarks.turn_taking.agents import DELAYS_MS, REPLY, Agents, serving
from benchmarks.turn_taking.callers import Echo, SoundsOverReplies
from benchmarks.turn_taking.made import FINISHED, MADE, finished_turns, made_turns
from benchmarks.turn_taking.recorded import call_turns, calls_folder, utterance_turns
from benchmarks.turn_taking.sounds import Sound, sounds
from benchmarks.turn_taking.turn import Turn
from telephony.simulator.caller import Caller, CallerBehaviour
from telephony.simulator.metronome import Metronome
from telephony.simulator.phone import place_call
from telephony.simulator.plan import CallPlan, CallResult
from telephony.simulator.report.history import StreamLog
from telephony.simulator.sound.utterance import Utterance
from telephony.simulator.webhooks import http_client

AT_ONCE: Final = 8  # calls; the agent has a core of its own
TURNS_A_CALL: Final = 6
SOUNDS_A_CALL: Final = 6
REPEATS: Final = 3  # of each sound, at other moments of the reply
AFTER_MS: Final = (1_200, 2_100, 3_300)  # of the reply, a sound begins
ECHO_DB: Final = -20.0
ECHO_MS: Final = (80, 120, 180, 240, 300)
ECHO_REPLIES: Final = 200
ECHO_CALLS: Final = 2  # with each
CALL_SECONDS: Final = 600.0


def run(
    *, part: float = 1.0, only: Sequence[str] = (), with_pipecat: bool = False
) -> dict[str, Any]:
    """Every figure, by the engines' delay; `part` of the callers, for a trial.

    only: names of the sections "turns", "floor", "echo", "core". with_pipecat: the same callers at
    a pipecat bot as well, on engines of 490 ms.
    """
    machine.pin(machine.LOAD_CORE)
    began = machine.facts()
    result: dict[str, Any] = {"part": part, "by_delay": {}}
    if not only or set(only) - {"core"}:
        with serving() as agents:
            result |= uvloop.run(_measure(agents, part, only))
    if with_pipecat:
        with rival.serving() as bot:
            result["pipecat"] = uvloop.run(_measure(bot, part, only))["by_delay"]
    elif (former := results_file.read("turns")) and "pipecat" in former:
        result["pipecat"] = former["pipecat"]
        result["pipecat_measured_at"] = former.get(
            "pipecat_measured_at", former["machine"]["measured_at"]
        )
    if not only or "core" in only:
        print("noisy calls in the core", flush=True)
        result["noisy_calls"] = noisy_calls.run(max(1, round(500 * part)))
    results_file.write("turns", result, began=began)
    return result


async def _measure(agents: Agents | rival.Bot, part: float, only: Sequence[str]) -> dict[str, Any]:
    turns = {question: _some(await made_turns(question), part) for question in MADE}
    finished = {question: _some(await finished_turns(question), part) for question in FINISHED}
    recorded = await call_turns(every=round(1 / part)) + _some(utterance_turns(), part)
    everything = {"turns": turns, "finished": finished, "recorded": recorded}
    result: dict[str, Any] = {"by_delay": {}, "has_recordings": calls_folder().is_dir()}
    async with http_client() as client, asyncio.timeout(3600):
        line = _Line(agents, client)
        for delay_ms in DELAYS_MS[-1:] if isinstance(agents, rival.Bot) else DELAYS_MS:
            row: dict[str, Any] = {}
            with machine.Watch({machine.SERVER_CORE: agents.pid}) as watch:
                if not only or "turns" in only:
                    line.begin(f"turns, engines {delay_ms} ms")
                    row["turns"] = await line.turns(everything, delay_ms)
                if not only or "floor" in only:
                    line.begin(f"sounds over the agent, engines {delay_ms} ms")
                    row["floor"] = await line.floor(_some(await sounds(), part), delay_ms)
                if (not only or "echo" in only) and not delay_ms:
                    line.begin("echo")
                    row["echo"] = await line.echo(max(1, round(ECHO_REPLIES * part)))
            row["neighbours"] = watch.neighbours()
            row["phone_late_p99_ms"] = line.metronome.late_ms(99)
            result["by_delay"][str(delay_ms)] = row
    return result


class _Line:
    """Places the calls of a run, so many at once."""

    def __init__(self, agents: Agents | rival.Bot, client: Any) -> None:
        self.metronome = Metronome()
        self._agents = agents
        self._client = client
        self._free = asyncio.Semaphore(AT_ONCE)
        self._measured, self._calls = "", 0

    def begin(self, measured: str) -> None:
        """Say what is measured from now on. A run takes half an hour."""
        self._measured, self._calls = measured, 0
        print(measured, flush=True)

    async def turns(self, everything: dict[str, Any], delay_ms: int) -> dict[str, Any]:
        """Turns by kind: cuts and waits."""
        asked = [*everything["turns"].items(), *everything["finished"].items()]
        asked += [("open", everything["recorded"])]
        heard: dict[str, list[counts.TurnHeard]] = defaultdict(list)
        async with asyncio.TaskGroup() as tasks:
            calls = [
                tasks.create_task(self._say(question, some, delay_ms))
                for question, all_of_it in asked
                for some in _batches(all_of_it, TURNS_A_CALL)
            ]
        for call in calls:
            for turn in call.result():
                heard[turn.kind].append(turn)
        return {
            kind: counts.of_turns(found, engines_ms=delay_ms) for kind, found in heard.items()
        } | {"all": counts.of_turns([t for f in heard.values() for t in f], engines_ms=delay_ms)}

    async def floor(self, made: list[Sound], delay_ms: int) -> dict[str, Any]:
        """Sounds by kind: what they do to an agent that speaks."""
        # Words by themselves: after them the agent has another reply to be interrupted.
        planned = [
            (sound, AFTER_MS[(number + turn) % len(AFTER_MS)] + 37 * (number % 10))
            for turn in range(REPEATS)
            for number, sound in enumerate(made)
        ]
        planned.sort(key=lambda item: item[0].kind)
        questions = [turn.utterance for turn in await finished_turns("open")]
        heard: dict[str, list[counts.SoundHeard]] = defaultdict(list)
        async with asyncio.TaskGroup() as tasks:
            calls = [
                tasks.create_task(self._sound(some, questions, delay_ms))
                for some in _batches(planned, SOUNDS_A_CALL)
            ]
        for call in calls:
            for sound in call.result():
                heard[sound.kind].append(sound)
        return {kind: counts.of_sounds(found) for kind, found in heard.items()}

    async def echo(self, replies: int) -> dict[str, Any]:
        """Replies that the agent hears itself say, by the delay of the echo."""
        asked = [turn.utterance for turn in await finished_turns("open")]
        a_call = max(1, replies // len(ECHO_MS) // ECHO_CALLS)
        found: dict[str, dict[str, int]] = {}
        async with asyncio.TaskGroup() as tasks:
            calls = {
                (delay, number): tasks.create_task(self._echo(asked, delay, a_call))
                for delay in ECHO_MS
                for number in range(ECHO_CALLS)
            }
        for (delay, _), call in calls.items():
            stretches = call.result().playout.stretches[1:]  # the greeting first
            counted = found.setdefault(str(delay), {"replies": 0, "cut": 0})
            counted["replies"] += len(stretches)
            counted["cut"] += sum(stretch.is_cut for stretch in stretches[:-1])
        return found

    async def _say(self, question: str, turns: list[Turn], delay_ms: int) -> list[counts.TurnHeard]:
        log = await self._call(
            self._agents.url(question, delay_ms),
            utterances=tuple(turn.utterance for turn in turns),
        )
        return counts.turns_heard(log, turns)

    async def _sound(
        self, planned: list[tuple[Sound, int]], questions: list[Utterance], delay_ms: int
    ) -> list[counts.SoundHeard]:
        callers: list[SoundsOverReplies] = []

        def make(now_ms: float) -> Caller:
            callers.append(SoundsOverReplies(questions, planned, now_ms=now_ms))
            return callers[-1]

        log = await self._call(self._agents.url("floor", delay_ms), make_caller=make)
        return counts.sounds_heard(log, callers[-1].made)

    async def _echo(self, asked: list[Utterance], delay: int, replies: int) -> StreamLog:
        return await self._call(
            self._agents.url("echo", 0),
            utterances=tuple(asked[number % len(asked)] for number in range(replies)),
            effect=Echo(delay, ECHO_DB, REPLY.split()),
        )

    async def _call(self, url: str, **plan: Any) -> StreamLog:
        async with self._free:
            manner = CallerBehaviour(think_ms=200)
            made = CallPlan(webhook=url, manner=manner, max_seconds=CALL_SECONDS, **plan)
            if url.startswith("ws"):
                return await rival.place(made, self.metronome)
            result: CallResult = await place_call(
                made, client=self._client, metronome=self.metronome
            )
        self._calls += 1
        if self._calls % AT_ONCE == 0:
            print(f"  {self._measured}: {self._calls} calls", flush=True)
        return result.streams[-1] if result.streams else StreamLog(stream_sid="")


def _some(items: list[Any], part: float) -> list[Any]:
    """`part` of `items`, spread over all of them; at least one of what is there."""
    wanted = max(1, round(len(items) * part)) if items else 0
    return [items[number * len(items) // wanted] for number in range(wanted)]


def _batches(items: list[Any], size: int) -> list[list[Any]]:
    return [items[at : at + size] for at in range(0, len(items), size)]


def print_row(row: dict[str, Any]) -> None:
    """What was measured at one delay, for people."""
    for kind, found in row.get("turns", {}).items():
        print(
            f"  {kind:<24} cut {found['holds_cut']}/{found['holds']}, added "
            f"{found['added_ms']['p50']}/{found['added_ms']['p95']} ms, begins over "
            f"{found['begun_over_a_turn']} a turn"
        )
    for kind, found in row.get("floor", {}).items():
        print(
            f"  {kind:<24} right {found['right']}/{found['sounds']}, stopped after "
            f"{found['stopped_ms']['p50']} ms, spoke again {found['spoke_again']}/"
            f"{found['stopped']} after {found['spoke_again_ms']['p50']} ms"
        )
    for delay, found in row.get("echo", {}).items():
        print(f"  echo after {delay} ms: {found['cut']} of {found['replies']} replies cut")


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", type=float, default=1.0, help="of the callers, for a trial")
    parser.add_argument(
        "--only", action="append", choices=("turns", "floor", "echo", "core"), default=[]
    )
    parser.add_argument("--pipecat", action="store_true", help="the same callers at pipecat")
    options = parser.parse_args()
    result = run(part=options.part, only=options.only, with_pipecat=options.pipecat)
    if not result.get("has_recordings", True):
        print(f"No recorded calls in {calls_folder()}; set VOICEX_CALLS_DIR to their folder")
    for name in ("by_delay", "pipecat"):
        for delay_ms, row in result.get(name, {}).items():
            print(f"\n{'engines' if name == 'by_delay' else name} {delay_ms} ms")
            print_row(row)
    if "noisy_calls" in result:
        print(f"\nnoisy calls in the core: {result['noisy_calls']}")
    print(f"written: {Path(results_file.path_of('turns')).name}")


if __name__ == "__main__":
    main()
