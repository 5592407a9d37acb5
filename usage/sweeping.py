"""The parts of the periodic sweep (every 15 s); each runs even if another one fails."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

import structlog

from agents.facts import site_readings
from agents.meaning import making
from usage.billing import open_lines, settlement
from usage.hooks import outcomes
from usage.messages import calls_back
from usage.privacy import erasure
from usage.records import recordings
from usage.saved_tests import work as saved_tests
from usage.takeover import states
from usage.waiting import callers as waiting_callers

log = structlog.get_logger(__name__)

PARTS: Final[dict[str, Callable[[datetime], object]]] = {
    "abandoned_calls": lambda now: settlement.sweep(now=now),
    "open_lines": lambda now: open_lines.settle_priced(now=now),
    "recordings": lambda now: recordings.finish_abandoned(now=now),
    "erasures": lambda now: erasure.hint_waiting(now=now),
    "webhook_outcomes": lambda now: outcomes.expire(now=now),
    "live_states": lambda _now: states.forget_ended(),
    "saved_tests": lambda now: saved_tests.sweep(now=now),
    "sites": lambda now: site_readings.sweep(now=now),
    "meanings": lambda _now: making.sweep(),
    "calls_back": lambda now: calls_back.sweep(now=now),
    "waiting_callers": lambda now: waiting_callers.sweep(now=now),
}


def sweep(*, now: datetime) -> None:
    """Run every part; raises the first error last."""
    errors = []
    for name, part in PARTS.items():
        try:
            part(now)
        except Exception as error:  # boundary: the parts behind it have nothing to do with it
            log.error("sweep_failed", part=name, error=type(error).__name__)
            errors.append(error)
    if errors:
        raise errors[0]
