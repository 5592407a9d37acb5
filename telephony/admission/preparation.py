"""Prepares a call's data before its stream opens, while Twilio processes the webhook's answer.

Between `start` and the greeting only one statement is left, for the ticket. A stream that opens at
another process, or too late, reads everything from the database.
"""

from collections import OrderedDict
from dataclasses import dataclass, replace
from itertools import takewhile
from threading import Lock
from time import monotonic
from typing import Final

import structlog

from accounts.secrets.vault import SealedSecrets
from agents.documents.searching import index_of
from agents.engines.base import EngineSetup
from agents.meaning.finding import load_soon
from agents.providers import credentials
from telephony.admission.call_values import config_of_call
from telephony.process.runtime import Runtime
from usage.models import Call
from usage.quota import pool
from usage.quota.quotas import TICKET_LIFETIME
from voicex.errors import NotPrepared, SecretUnreadable

log = structlog.get_logger(__name__)

# How long an admitted call counts as expected. Twilio opens most streams within a second; it is
# short because calls whose stream opens at another process are counted, too.
CONNECT_SECONDS: Final = 2.0
MAX_READY: Final = 2_000  # more than a minute of arrivals; the oldest are dropped


@dataclass(frozen=True, slots=True)
class PreparedCall:
    """An opened call: its row and the set-up of its engines."""

    call: Call
    setup: EngineSetup


class PreparedCalls:
    """Prepared calls whose stream is expected at this process, by ticket. Safe on any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: OrderedDict[str, tuple[float, PreparedCall]] = OrderedDict()

    def put(self, ready: PreparedCall) -> None:
        """Keep a call while its ticket is valid."""
        now = monotonic()
        with self._lock:
            self._kept[ready.call.ticket_id] = (now + TICKET_LIFETIME.total_seconds(), ready)
            if len(self._kept) > MAX_READY:
                self._kept.popitem(last=False)

    def expected(self) -> int:
        """The number of recently admitted calls whose stream is not open yet."""
        latest_end = monotonic() + TICKET_LIFETIME.total_seconds() - CONNECT_SECONDS
        with self._lock:
            newest_first = reversed(self._kept.values())
            return sum(1 for _ in takewhile(lambda kept: kept[0] > latest_end, newest_first))

    def forget_expired(self) -> None:
        """Drop those whose ticket has expired: no stream came for them."""
        now = monotonic()
        with self._lock:
            while self._kept and next(iter(self._kept.values()))[0] <= now:
                self._kept.popitem(last=False)

    def take(self, ticket_id: str) -> PreparedCall | None:
        """Take the call of this ticket, once; None if it is not here."""
        with self._lock:
            _, ready = self._kept.pop(ticket_id, (0.0, None))
        return ready


prepared_calls: Final = PreparedCalls()


def prepare(call: Call, secrets: SealedSecrets, runtime: Runtime | None) -> None:
    """Prepare `call`, and have connections to its providers opened.

    runtime: of this process; None if it carries no calls.
    """
    try:
        setup = setup_of(call, secrets)
    except (
        SecretUnreadable,
        NotPrepared,
    ):  # the process with the stream meets the error again, and ends the call
        log.warning("call_not_prepared", call_id=call.pk)
        return
    prepared_calls.put(PreparedCall(call, setup))
    if runtime is not None:
        # Removed in time, because the set-up contains provider keys.
        runtime.later(TICKET_LIFETIME.total_seconds(), prepared_calls.forget_expired)
        runtime.expect(setup)


def setup_of(call: Call, secrets: SealedSecrets | None = None) -> EngineSetup:
    """The set-up of the engines of `call`. Raises SecretUnreadable, NotPrepared."""
    config = replace(call.version.config(), stt=call.stt, llm=call.llm, tts=call.tts)
    if config.passages:
        index_of(config.passages)  # off the event loop: the first takes up to 17 ms
        load_soon(config)
    if call.is_pooled:
        longest = min(config.turn_taking.max_call_ms, pool.SECONDS_OF_CALL * 1000)
        config = replace(config, turn_taking=replace(config.turn_taking, max_call_ms=longest))
    return credentials.setup_of(call.org, config_of_call(call, config), secrets)
