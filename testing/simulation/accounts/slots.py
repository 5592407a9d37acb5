"""More callers than lines: webhooks at once, tickets, heartbeats, ends and the sweeper."""

from datetime import datetime, timedelta
from functools import partial
from typing import Final

from django.conf import settings

from testing.simulation.accounts.setting import Setting, setting
from testing.simulation.actors import take_turns
from testing.simulation.choices import Choices
from usage.billing.settlement import finalize
from usage.models import Call, Quota
from voicex.errors import Declined

LINES: Final = 2
CALLERS: Final = ("CA1", "CA2", "CA3", "CA1")  # one webhook comes twice


class Slots:
    """The callers of one organization with two lines."""

    def __init__(self, here: Setting) -> None:
        self.here = here
        Quota.objects.create(org=here.scene.org, concurrent_calls=LINES)
        # By the id of the call: until when it has its slot whatever else is done, as was told.
        self.kept_until = dict.fromkeys(CALLERS, here.now)
        self.answered = self.declined = 0
        # Calls that fell silent, and went on before the sweeper ended them. They keep their callers
        # (a database may have been away for all), though another call may have got their slot.
        self.revived = 0

    def begin(self) -> None:
        """Give every process its work."""
        for number, sid in enumerate(CALLERS):
            self.here.actor(f"caller {number}", partial(self._calls, sid))
        self.here.actor("time", self.here.time_passes)

    def _calls(self, sid: str) -> None:
        here = self.here
        try:
            call = here.scene.rings(sid, now=here.tick())
        except Declined:
            self.declined += 1
            return
        self.answered += 1
        self._keeps(sid, call.opened_at)
        since = here.now
        if here.scene.redeems(call, now=here.tick()) is None:
            return
        self._keeps(sid, since)
        for sequence in range(1, 2 + here.choices.pick(3)):
            is_late = here.now - since > timedelta(seconds=settings.CALL_STALE_SECONDS - 1)
            self.revived += is_late
            since = here.now
            if here.use(call, sequence, 1_000 * sequence):
                break
            self._keeps(sid, since)
        self.revived += here.now - since > timedelta(seconds=settings.CALL_STALE_SECONDS - 1)
        here.use(call, 9, 9_000, is_final=True)
        self.kept_until[sid] = here.now
        finalize(call.pk, reason="stop", now=here.tick())
        assert Call.objects.get(pk=call.pk).ended_at is not None, "it lasts, though it was ended"
        if here.choices.pick(2):
            finalize(call.pk, reason="stop", now=here.tick())

    def _keeps(self, sid: str, since: datetime) -> None:
        """No service may free its slot sooner: a ticket is good for longer than a heartbeat."""
        until = since + timedelta(seconds=settings.CALL_STALE_SECONDS - 1)
        self.kept_until[sid] = max(self.kept_until[sid], until)

    def check(self) -> None:
        """After each turn."""
        calls = list(
            Call.objects.filter(org=self.here.scene.org)
            .order_by()
            .values_list("carrier_call_id", "ended_at", "end_reason")
        )
        used = self.here.slots()
        assert used <= LINES + self.revived, "more calls than lines"
        assert len(calls) == len({sid for sid, _, _ in calls}), "one call, two rows"
        running = {sid for sid, ended_at, reason in calls if ended_at is None and not reason}
        carried = {sid for sid, until in self.kept_until.items() if until > self.here.now}
        assert used >= len(carried & running), "a call without its slot"


def run_slots(choices: Choices) -> str:
    """One run. Gives how many were answered; raises what is wrong."""
    with setting(choices) as here:
        scene = Slots(here)
        scene.begin()
        take_turns(choices, here.actors, scene.check)
        here.recover()
        assert here.slots() == 0, "a slot is left"
        return f"answered {scene.answered}, declined {scene.declined}"
