"""The ledger as a machine: calls, prices and settlements in any order, killed at any statement.

After every step the sums are those of the lines, on both sides. In the end, when only the sweeper
and the journal have run, each line is the one that the last facts and the book of the call's
beginning give, worked out here by hand, and the proof finds nothing.
"""

from collections import Counter
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from django.db import transaction
from django.db.models import Sum
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from testing.scene import NOW, Scene
from usage.billing import proof
from usage.billing.settlement import finalize, settle, settle_due, sweep
from usage.billing.tests.test_settlement_in_any_order import SETTLE, delivery, killed_at
from usage.models import Call, LedgerEntry, Outbox, Price, PriceBook, UsageDay, UsageMonth
from usage.quota.spending import spent
from usage.records import calls
from usage.records.journal import UsageJournal

SIDES = ("amount_micros", "cost_micros")
MINUTE, TTS = Price.Component.TELEPHONY, Price.Component.TTS
kills = st.none() | st.integers(min_value=0, max_value=25)
seconds = st.sampled_from([1, 59, 61, 300])


class Line:
    """One call, and what its process knows of it."""

    def __init__(self, call: Call, now: datetime) -> None:
        self.call, self.opened_at = call, now
        self.sequence = self.stream_ms = self.characters = 0
        self.kept: dict[int, tuple[int, int]] = {}  # by sequence, what reached database or journal
        self.is_over = False

    def used(self, *, is_final: bool, now: datetime) -> partial:
        nothing = {"stt_ms": 0, "llm_tokens_in": 0, "llm_tokens_out": 0}
        return partial(
            calls.save_usage,
            self.call.pk,
            sequence=self.sequence,
            stream_ms=self.stream_ms,
            tts_characters=self.characters,
            is_final=is_final,
            now=now,
            **nothing,
        )


class LedgerMachine(RuleBasedStateMachine):
    """See the module's docstring."""

    @initialize()
    def begin(self) -> None:
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.folder = TemporaryDirectory()
        self.now = NOW
        self.scene = Scene()
        self.lines: list[Line] = []
        # Versions with what a minute and a character cost, client and platform.
        self.books: list[tuple[datetime, dict[str, tuple[int, int]]]] = []
        self.publish(8_500, 4_000, 15)

    def publish(self, minute: int, cost: int, character: int | None) -> None:
        latest = PriceBook.objects.order_by("-version").first()
        version = latest.version + 1 if latest else 1
        book = PriceBook.objects.create(version=version, effective_from=self.now)
        prices = {MINUTE: (minute, cost)}
        Price.objects.create(
            book=book, component=MINUTE, unit="minute", micros=minute, cost_micros=cost
        )
        if character is not None:
            prices[TTS] = (character, 1)
            Price.objects.create(
                book=book, component=TTS, unit="character", micros=character, cost_micros=1
            )
        self.books.append((self.now, prices))

    @rule(minute=st.integers(0, 20_000), character=st.none() | st.integers(0, 50))
    def a_book_is_published(self, minute, character) -> None:
        self.now += timedelta(seconds=1)
        self.publish(minute, minute // 2, character)

    @precondition(lambda self: len(self.lines) < 4)
    @rule()
    def a_caller_rings(self) -> None:
        self.now += timedelta(seconds=1)
        self.lines.append(Line(self.scene.talks(now=self.now), self.now))

    @precondition(lambda self: any(not line.is_over for line in self.lines))
    @rule(which=st.integers(0, 3), lasted=seconds, said=st.integers(0, 200), at=kills,
          is_final=st.booleans(), is_away=st.booleans())  # fmt: skip
    def a_snapshot_comes(self, which, lasted, said, at, is_final, is_away) -> None:
        line = self.lines[which % len(self.lines)]
        if line.is_over:
            return
        line.sequence += 1
        line.stream_ms += lasted * 1000
        line.characters += said
        line.is_over = is_final
        job = line.used(is_final=is_final, now=self.now)
        if is_away:  # the database is; and then the process is killed
            journal = UsageJournal(Path(self.folder.name))
            journal.write([job])
            journal._file.close()
            deaths = []
        else:
            with killed_at(at) as deaths:
                job()
        if not deaths:
            line.kept[line.sequence] = line.stream_ms, line.characters

    @precondition(lambda self: self.lines)
    @rule(which=st.integers(0, 3), what=st.sampled_from(["end", "settle", "hint"]), at=kills)
    def something_is_done_about_a_call(self, which, what, at) -> None:
        pk = self.lines[which % len(self.lines)].call.pk
        with killed_at(at):
            if what == "end":
                finalize(pk, reason="stop", now=self.now)
            elif what == "settle":
                settle(pk, now=self.now)
            else:
                settle_due(hint=pk, now=self.now)

    @rule(wait=st.sampled_from([1, 46, 130]), at=kills)
    def time_passes_and_the_sweeper_runs(self, wait, at) -> None:
        self.now += timedelta(seconds=wait)
        with killed_at(at):
            sweep(now=self.now)

    @rule()
    def the_journal_is_replayed(self) -> None:
        UsageJournal(Path(self.folder.name)).replay(now=self.now)

    @invariant()
    def both_sides_of_the_sums_are_those_of_the_lines(self) -> None:
        if not hasattr(self, "scene"):
            return
        of_org = {"org": self.scene.org}
        sums = [
            tuple(model.objects.filter(**of_org).aggregate(*map(Sum, SIDES)).values())
            for model in (LedgerEntry, UsageDay, UsageMonth)
        ]
        assert {tuple(each or 0 for each in sum_) for sum_ in sums} == {
            tuple(each or 0 for each in sums[0])
        }

    def recover(self) -> None:
        for _ in range(4):
            self.now += timedelta(seconds=130)
            UsageJournal(Path(self.folder.name)).replay(now=self.now)
            sweep(now=self.now)
            for row in Outbox.objects.filter(kind=SETTLE, done_at=None):
                settle(row.call_id, now=self.now)

    def owed(self, line: Line) -> dict[str, tuple[int, int, int]]:
        """Quantity and both sides by component, of what the newest kept facts say."""
        if not line.kept:
            return {}
        stream_ms, characters = line.kept[max(line.kept)]
        quantities = {MINUTE: -(-stream_ms // 60_000), TTS: characters}
        since = [prices for at, prices in self.books if at <= line.opened_at][-1:]
        since += [prices for at, prices in self.books if at > line.opened_at]
        owed = {}
        for component, quantity in quantities.items():
            prices = next((each[component] for each in since if component in each), (0, 0))
            if quantity:
                owed[component] = (quantity, quantity * prices[0], quantity * prices[1])
        return owed

    def teardown(self) -> None:
        if not hasattr(self, "scene"):
            return
        try:
            self.recover()
            # A later book closes an open line only when the sweeper asks for it.
            for line in self.lines:
                Outbox.objects.filter(kind=SETTLE, call=line.call).update(
                    done_at=None, due_at=self.now
                )
                settle(line.call.pk, now=self.now)
            for line in self.lines:
                net: Counter[tuple[str, str]] = Counter()
                for entry in LedgerEntry.objects.filter(call=line.call):
                    for name in ("quantity", *SIDES):
                        net[entry.component, name] += getattr(entry, name)
                assert +net == +Counter(
                    {
                        (component, name): value
                        for component, values in self.owed(line).items()
                        for name, value in zip(("quantity", *SIDES), values, strict=True)
                    }
                )
            ledger = LedgerEntry.objects.filter(org=self.scene.org)
            total = ledger.aggregate(sum=Sum("amount_micros", default=0))["sum"]
            assert spent(self.scene.org.pk, zone="", now=NOW).month == total
            found = proof.prove(now=self.now)
            assert found.faults == []
        finally:
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)
            self.folder.cleanup()


@pytest.mark.django_db
@pytest.mark.slow
def test_the_ledger_is_right_whatever_happens_and_wherever_it_is_killed(monkeypatch):
    monkeypatch.setattr(delivery, "send", lambda kind, subject_id: True)
    run_state_machine_as_test(
        LedgerMachine, settings=settings(max_examples=25, stateful_step_count=20, deadline=None)
    )
