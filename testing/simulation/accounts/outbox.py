"""Workers that settle and mail at the same time, die meanwhile, and get facts that are late."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final
from unittest import mock

from accounts.models import Membership, User
from testing.simulation.accounts.setting import Setting, setting
from testing.simulation.actors import Actor, current, pause, take_turns
from testing.simulation.choices import Choices
from usage.billing.settlement import SETTLE, finalize, settle_due
from usage.models import Call, LedgerEntry, Outbox, Price, Quota, QuotaNotice, UsageMonth
from usage.outbox import delivery
from usage.outbox import notices as outbox_notices
from usage.outbox.claims import LEASE
from usage.quota import notices

CALLS: Final = 3
MINUTES: Final = 4  # of the month: half of them are used up at once


class Work:
    """Three calls that have ended, two workers, a sweeper, and one snapshot that comes late."""

    def __init__(self, here: Setting) -> None:
        self.here = here
        # By subject: who mailed it, and since when they had their leases.
        self.mails: dict[str, list[tuple[Actor | None, datetime]]] = {}
        self.asked_at: dict[Actor | None, datetime] = {}
        Quota.objects.create(org=here.scene.org, concurrent_calls=9, minutes_a_month=MINUTES)
        owner = User.objects.create(email="owner@example.com", password="!")  # nosec B106
        Membership.objects.create(org=here.scene.org, user=owner, role=Membership.Role.OWNER)
        self.calls = [here.scene.talks(now=here.tick()) for _ in range(CALLS)]
        self.minutes = dict.fromkeys((call.pk for call in self.calls), 1)
        for call in self.calls:
            here.use(call, 1, 30_000, is_final=True)

    def begin(self) -> None:
        """Give every process its work."""
        here = self.here
        here.actor("media", self._ends)
        here.actor("worker 1", self._works)
        here.actor("worker 2", self._works)
        here.actor("late", self._is_late)
        here.actor("time", self._passes)

    def send(self, mails: Sequence[Any], *, kind: str) -> int:
        """The mail server: it takes them, and the worker may die behind it."""
        who = current()
        for mail in mails:
            self.mails.setdefault(mail.subject, []).append((who, self.asked_at[who]))
        pause()
        return len(mails)

    def _ends(self) -> None:
        for call in self.calls:
            finalize(call.pk, reason="stop", now=self.here.tick())

    def _works(self) -> None:
        for _ in range(3):
            hints = self.here.hints
            kind, hint = hints.pop() if hints else ("", 0)
            settle_due(hint=hint if kind == SETTLE else 0, now=self.here.tick())
            now = self.asked_at[current()] = self.here.tick()
            notices.send_waiting(hint=hint if kind == notices.SEND else 0, now=now)

    def _is_late(self) -> None:
        call = self.calls[0]
        self.here.use(call, 2, 150_000, is_final=True)
        self.minutes[call.pk] = 3

    def _passes(self) -> None:
        for _ in range(2):
            pause()
            self.here.now += timedelta(seconds=(1, 20, 46, 130)[self.here.choices.pick(4)])
            delivery.send_due(now=self.here.tick())

    def check(self) -> None:
        """After each turn."""
        self.here.check_sums()
        percents = list(QuotaNotice.objects.values_list("percent", flat=True))
        assert len(percents) == len(set(percents)), "a share was noted twice"

    def recover(self, hint: int) -> None:
        """What another worker does later."""
        now = self.asked_at[current()] = self.here.now
        notices.send_waiting(hint=hint, now=now)

    def check_end(self) -> None:
        """When all is settled and sent."""
        late = self.calls[0].pk
        rows = LedgerEntry.objects.filter(component=Price.Component.TELEPHONY)
        for call in self.calls:
            minutes = sum(rows.filter(call=call).values_list("quantity", flat=True))
            known = {self.minutes[call.pk], 3 if call.pk == late else 1}
            assert minutes in known, f"{minutes} minutes were charged, not {known}"
            assert Call.objects.get(pk=call.pk).settled_at is not None
        total = sum(rows.values_list("quantity", flat=True))
        assert UsageMonth.objects.get(org=self.here.scene.org).minutes == total
        kinds = Outbox.objects.filter(kind__in=(SETTLE, notices.SEND))
        assert not kinds.filter(done_at=None).exists(), "work that is not done"
        sent = QuotaNotice.objects.filter(org=self.here.scene.org)
        assert not sent.filter(sent_at=None).exists(), "a notice that nobody got"
        assert len(self.mails) == sent.count(), "a notice that nobody got"
        for mailed in self.mails.values():
            for (who, since), (_, again) in pairwise(mailed):
                is_lost = who is not None and who.is_dead
                # Who was slower than a lease lasts mails after who took it over.
                is_over = abs(again - since) >= LEASE
                assert is_lost or is_over, "mailed twice, though its worker lived"


def run_outbox(choices: Choices) -> str:
    """One run. Gives how many mails went; raises what is wrong."""
    with setting(choices) as here:
        scene = Work(here)
        with mock.patch.object(outbox_notices, "send_all", scene.send):
            scene.begin()
            take_turns(choices, here.actors, scene.check)
            here.recover(scene.recover)
        scene.check_end()
        return f"{sum(map(len, scene.mails.values()))} mails of {len(scene.mails)} notices"
