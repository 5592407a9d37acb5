"""All that is simulated, by name."""

from collections.abc import Mapping
from typing import Final

from testing.simulation.accounts.outbox import run_outbox
from testing.simulation.accounts.slots import run_slots
from testing.simulation.accounts.takeover import run_takeover
from testing.simulation.accounts.transfer import run_transfer
from testing.simulation.calls.errands import run_errands
from testing.simulation.calls.scenario import run_call
from testing.simulation.choices import Choices
from testing.simulation.explore import Run

SCENARIOS: Final[Mapping[str, Run]] = {
    "call": run_call,
    "errands": run_errands,
    "takeover": run_takeover,
    "slots": run_slots,
    "outbox": run_outbox,
    "transfer": run_transfer,
}
# How often each is run for one run of all. A call draws some 250 choices and a run of accounts some
# 45, for six times the CPU: most of what there is to find by the hour is in calls.
SHARES: Final[Mapping[str, int]] = {
    "call": 40,
    "errands": 14,
    "takeover": 1,
    "slots": 1,
    "outbox": 1,
    "transfer": 1,
}
NEEDS_DATABASE: Final = frozenset(SCENARIOS) - {"call", "errands"}


def replay(token: str) -> str:
    """Have the run of a token again. Raises what it finds wrong, and ValueError for no token."""
    name, _, choices = token.partition(":")
    if name not in SCENARIOS:
        raise ValueError(f"There is no {name}. There are: {', '.join(SCENARIOS)}.")
    return SCENARIOS[name](Choices.of(choices))
