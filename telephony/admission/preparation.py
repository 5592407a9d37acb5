"""What a call needs when its stream comes, made ready while Twilio reads the webhook's answer.

Between `start` and the greeting there is then one statement, the ticket's. A stream that
comes to another process, or later than its ticket is good for, finds nothing here and reads
it all from the database.
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

# Twilio opens most streams within a second. Those that went to another process are counted here
# for as long, so it is short.
CONNECT_SECONDS: Final = 2.0
MAX_READY: Final = 2_000  # more than a minute of arrivals; above that the oldest go


@dataclass(frozen=True, slots=True)
class PreparedCall:
    """An opened call as its row was written, and what its engines are made from."""

    call: Call
    setup: EngineSetup


class PreparedCalls:
    """Calls of this process whose stream is expected, by ticket. Safe on any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: OrderedDict[str, tuple[float, PreparedCall]] = OrderedDict()

    def put(self, ready: PreparedCall) -> None:
        """Keep it for as long as its ticket is good."""
        now = monotonic()
        with self._lock:
            self._kept[ready.call.ticket_id] = (now + TICKET_LIFETIME.total_seconds(), ready)
            if len(self._kept) > MAX_READY:
                self._kept.popitem(last=False)

    def expected(self) -> int:
        """How many calls were admitted a moment ago, and have not opened their stream yet."""
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
        """Hand out the call of this ticket, once; None when it is not kept here."""
        with self._lock:
            _, ready = self._kept.pop(ticket_id, (0.0, None))
        return ready


prepared_calls: Final = PreparedCalls()


def prepare(call: Call, secrets: SealedSecrets, runtime: Runtime | None) -> None:
    """Make ready what `call` will need, and have its providers' connections opened.

    runtime: of this process; None where it carries no calls, and none is expected.
    """
    try:
        setup = setup_of(call, secrets)
    except (
        SecretUnreadable,
        NotPrepared,
    ):  # the process that takes the stream meets it again, and ends the call
        log.warning("call_not_prepared", call_id=call.pk)
        return
    prepared_calls.put(PreparedCall(call, setup))
    if runtime is not None:
        # The keys in a set-up stay in memory no longer than they can be of use.
        runtime.later(TICKET_LIFETIME.total_seconds(), prepared_calls.forget_expired)
        runtime.expect(setup)


def setup_of(call: Call, secrets: SealedSecrets | None = None) -> EngineSetup:
    """What the engines of `call` are made from. Raises SecretUnreadable, NotPrepared."""
    config = replace(call.version.config(), stt=call.stt, llm=call.llm, tts=call.tts)
    if config.passages:
        index_of(config.passages)  # made here, on no loop's thread: the first takes up to 17 ms
        load_soon(config)
    if call.is_pooled:
        longest = min(config.turn_taking.max_call_ms, pool.SECONDS_OF_CALL * 1000)
        config = replace(config, turn_taking=replace(config.turn_taking, max_call_ms=longest))
    return credentials.setup_of(call.org, config_of_call(call, config), secrets)
