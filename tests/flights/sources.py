"""What flights are recorded from: scripts of conversations, calls of the core, simulated calls."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from testing.conversations.line import carried
from testing.conversations.script import read
from testing.conversations.virtual_loop import run
from testing.simulation.calls.scenario import recorded_call
from testing.simulation.choices import Choices
from tests.flights.flight import Flight, of_records
from tests.flights.made import MADE

CONVERSATIONS = (
    "over_question", "over_cough", "over_twice", "over_stop", "over_what_may_not_be_interrupted",
    "over_with_slow_engines", "echo_150_ms", "nod_okay", "nod_that_becomes_a_question",
    "nods_of_the_agent", "keys_answer", "keys_over_the_agent", "keys_then_words", "tool_answers",
    "tool_hangs", "tool_read_is_given_up", "tool_writes_is_not_interrupted",
    "transfer_is_told_first", "transfer_when_nobody_is_in", "silence_ends_the_call",
    "silence_one_moment", "german_silence", "language_german_sentence",
    "language_asked_for", "pause_in_telephone_number", "number_corrected",
    "continues_three_times", "answer_with_slow_engines", "goodbye_is_heard_whole",
    "limit_is_announced", "recording_is_waited_out", "turn_without_end",
)  # fmt: skip
# Calls of one process whose providers fail, by the seed that draws them.
SIMULATED = {f"simulated_{number}": f"flights:{number}" for number in range(6)}
_SCRIPTS = Path(__file__).parents[1] / "conversations"


def _of_conversation(name: str) -> Flight:
    script = read(_SCRIPTS / f"{name}.txt")
    found = run(carried(script))
    return of_records(script.claim, f"tests/conversations/{name}.txt", [found.flight])


def _made(name: str) -> Flight:
    call = MADE[name]
    claim = (call.__doc__ or "").strip()
    return of_records(claim, f"tests/flights/made.py, {name}", call().packs())


def _simulated(name: str) -> Flight:
    came_to, records = recorded_call(Choices([0], seed=SIMULATED[name]))
    return of_records(
        f"A simulated call ({came_to}).", f"testing/simulation, seed {SIMULATED[name]}", records
    )


SOURCES: dict[str, Callable[[], Flight]] = (
    {name: partial(_of_conversation, name) for name in CONVERSATIONS}
    | {name: partial(_made, name) for name in MADE}
    | {name: partial(_simulated, name) for name in SIMULATED}
)
