"""A call that is put through: what the carrier reports comes twice, late, or not at all."""

from datetime import timedelta
from typing import Final

from django.db import connection

from agents.transfers.targets import Target
from testing.simulation.accounts.setting import Setting, setting
from testing.simulation.actors import pause, take_turns
from testing.simulation.choices import Choices
from usage.billing.settlement import NO_WORD_AFTER, finalize, record_end
from usage.models import Call, Quota, Transfer, UsageFact
from usage.transfers import records
from usage.transfers.records import TransferOrder
from voicex.errors import Declined
from voicex.reasons.ends import EndReason

ORDER: Final = TransferOrder(Target("Sales", "+14155550100"), "About an order.")
RESULTS: Final = (
    Transfer.Result.ANSWERED,
    Transfer.Result.NO_ANSWER,
    Transfer.Result.DECLINED,
    Transfer.Result.ABANDONED,
)
STREAM_MS: Final = 5_000
LINES: Final = 1
_LAST: Final = (Transfer.Result.ANSWERED, Transfer.Result.ABANDONED)  # nobody comes back
_CALLS: Final = Call._meta.db_table
_CALL: Final = (
    f"SELECT state, end_reason, (SELECT COUNT(*) FROM {_CALLS} WHERE org_id = %s"
    f" AND ended_at IS NULL AND id <> own.id) FROM {_CALLS} own WHERE id = %s"
)
_TRANSFERS: Final = (
    f"SELECT result, ended_at, briefing FROM {Transfer._meta.db_table} WHERE call_id = %s"
)
# Ends, and what they may be corrected to once.
CORRECTED: Final[frozenset[tuple[str, str]]] = frozenset(
    (without_result, reason)
    for without_result in (EndReason.CARRIER_COMPLETED, EndReason.TRANSFER_FAILED)
    for reason in (EndReason.TRANSFERRED, EndReason.TRANSFER_ABANDONED)
)
ASKS: Final = 4  # how often the carrier asks before it gives up


class PutThrough:
    """One call, its first owner, the carrier, which asks all things twice, and another caller."""

    def __init__(self, here: Setting) -> None:
        self.here = here
        Quota.objects.create(org=here.scene.org, concurrent_calls=LINES)
        self.call = here.scene.talks(now=here.tick())
        self.result = RESULTS[here.choices.pick(len(RESULTS))]
        self.used_ms = 0
        self.redeemed = 0
        self.first_result = ""
        self.last_end = ""
        self.was_declined = False

    def begin(self) -> None:
        """Give every process its work."""
        here = self.here
        here.actor("owner", self._leaves)
        here.actor("carrier", self._asks)
        here.actor("carrier again", self._asks)
        here.actor("status", self._reports)
        here.actor("another caller", self._calls)
        here.actor("time", here.time_passes)

    # --- what processes do ------------------------------------------------------------------------

    def _leaves(self) -> None:
        """The agent puts the caller through."""
        self._uses(1, STREAM_MS, is_final=False)
        self._uses(2, 2 * STREAM_MS, is_final=True)
        records.begin(self.call.pk, ORDER, generation=0, now=self.here.tick())

    def _uses(self, sequence: int, stream_ms: int, *, is_final: bool) -> str:
        told = self.here.use(self.call, sequence, stream_ms, is_final=is_final, generation=0)
        self.used_ms = max(self.used_ms, stream_ms)
        return told

    def _asks(self) -> None:
        """What becomes of the caller, step by step."""
        for _ in range(ASKS):
            if transfer := records.under_way(self.call.pk):
                self._dials(transfer)
                return
            pause()

    def _dials(self, transfer: Transfer) -> None:
        now = self.here.tick
        records.dialed(transfer)
        if self.here.choices.pick(2):
            records.accept(transfer, now=now())
        result = records.conclude(transfer, self.result, seconds=7, now=now())
        if result in (Transfer.Result.ANSWERED, Transfer.Result.ABANDONED):
            return
        try:
            call = records.take_back(transfer, now=now())
        except Declined:
            self.was_declined = True
            records.give_up(transfer, now=now())
            return
        if call is not None and self.here.scene.redeems(call, now=now()) is not None:
            self.redeemed += 1
            self._talks_on()

    def _talks_on(self) -> None:
        """The agent has the caller back, to the end of the call."""
        if not self._uses(3, 3 * STREAM_MS, is_final=False):
            self._uses(4, 4 * STREAM_MS, is_final=True)
        finalize(self.call.pk, reason=EndReason.STOP, now=self.here.tick(), generation=0)

    def _reports(self) -> None:
        """The caller has hung up, some time."""
        if self.here.choices.pick(2):
            record_end(self.call.pk, reason=EndReason.CARRIER_COMPLETED, now=self.here.tick())

    def _calls(self) -> None:
        """Another caller takes the line while it is free."""
        for _ in range(2):
            try:
                other = self.here.scene.rings("CA99", now=self.here.tick())
            except Declined:
                continue
            if self.here.choices.pick(2) and self.here.scene.redeems(other, now=self.here.tick()):
                self.here.use(other, 1, 1_000, is_final=True)
                finalize(other.pk, reason=EndReason.STOP, now=self.here.tick())
            return

    # --- what must hold ---------------------------------------------------------------------------

    def check(self) -> None:
        """After each turn."""
        with connection.cursor() as cursor:
            cursor.execute(_CALL, [self.call.org_id, self.call.pk])
            [[state, end_reason, others]] = cursor.fetchall()
            cursor.execute(_TRANSFERS, [self.call.pk])
            transfers = cursor.fetchall()
        is_over = state == Call.State.ENDED
        assert len(transfers) <= 1, "put through twice"
        assert self.redeemed <= 1, "two streams brought the caller back"
        slots = self.here.slots()
        assert slots <= 1 + others, "one call, two slots"
        if is_over or state == Call.State.TRANSFERRING:
            assert slots <= others, "a slot without a stream"
        for result, ended_at, briefing in transfers:
            assert self.first_result in ("", Transfer.Result.UNKNOWN, result), "two results"
            self.first_result = result
            assert bool(result) == (ended_at is not None)
            assert not result or not briefing, "words of a transfer that is over"
            is_lasting = state == Call.State.TRANSFERRING and result in _LAST
            assert not is_lasting, "it lasts, and is over"
            assert result or not is_over, "the call is over, and its transfer is not"
        if self.last_end:
            is_told = (self.last_end, end_reason) in CORRECTED
            assert end_reason == self.last_end or is_told, "it ended twice"
        if is_over:
            self.last_end = end_reason

    def check_end(self) -> str:
        """When all is settled: what became of the caller."""
        call = Call.objects.get(pk=self.call.pk)
        transfer = Transfer.objects.filter(call=call).first()
        fact = UsageFact.objects.filter(call=call).first()
        assert (fact.stream_ms if fact else 0) >= self.used_ms, "usage is lost"
        if transfer is None:
            return f"never: {call.end_reason}"
        assert transfer.result, "a transfer that never ends"
        is_put_through = call.end_reason == EndReason.TRANSFERRED
        assert is_put_through <= (transfer.result == Transfer.Result.ANSWERED)
        return f"{transfer.result}, {'back' if self.redeemed else 'gone'}: {call.end_reason}"


def run_transfer(choices: Choices) -> str:
    """One run. Gives what became of the caller; raises what is wrong."""
    with setting(choices) as here:
        scene = PutThrough(here)
        scene.begin()
        take_turns(choices, here.actors, scene.check)
        here.now += NO_WORD_AFTER + timedelta(minutes=1)
        here.recover()
        assert here.slots() == 0, "a slot is left"
        scene.check()
        return scene.check_end()
