"""Verifies the ledger entries of ended calls against their facts and the price books."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef

from usage.billing import ledger, pricing
from usage.models import Call, LedgerEntry, Outbox
from voicex.errors import PriceMissing


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault in the ledger.

    what: `lines` (other ones were to be posted), `reversal` (it does not undo its line),
    `organization` (a line is another's), `not_settled` (and nothing waits for it). org, about: the
    public ids of organization and call. expected, found: by component, in micro-dollars, what the
    client pays and what the platform does.
    """

    what: str
    org: str
    about: str
    expected: dict[str, list[int]]
    found: dict[str, list[int]]


def faults_of(call_ids: Sequence[int], *, now: datetime) -> list[Fault]:
    """The faults in the entries of these calls, except calls that wait for settlement."""
    found = []
    for call, _faults in list(_examined(_settled(call_ids), now=now)):
        with transaction.atomic():
            Call.objects.select_for_update(no_key=True).filter(pk=call.pk).exists()
            again = list(_examined(_settled([call.pk]), now=now))
        found += [fault for _call, faults in again for fault in faults]
    return found


def _settled(call_ids: Sequence[int]) -> list[Call]:
    """The calls that wait for no settlement, with the data for their bills."""
    waiting = Outbox.objects.filter(kind=Outbox.Kind.SETTLE_CALL, call=OuterRef("pk"), done_at=None)
    calls = Call.objects.filter(pk__in=call_ids).exclude(Exists(waiting)).order_by("pk")
    return list(
        calls.select_related("usage", "analysis", "org").defer(
            *(f"analysis__{name}" for name in ("summary", "reason", "field_values"))
        )
    )


def _examined(calls: Sequence[Call], *, now: datetime) -> Iterator[tuple[Call, list[Fault]]]:
    """Each call with which something is wrong."""
    lines: defaultdict[int | None, list[LedgerEntry]] = defaultdict(list)
    for entry in LedgerEntry.objects.filter(call__in=calls).order_by("pk"):
        lines[entry.call_id].append(entry)
    for call, bill in zip(calls, _bills(calls, now=now), strict=True):
        if faults := list(_faults(call, bill, lines[call.pk], now=now)):
            yield call, faults


def _bills(calls: Sequence[Call], *, now: datetime) -> list[ledger.Bill | None]:
    """None for a call from before the first price book."""
    if not calls:
        return []
    try:
        return list(pricing.bills(calls, now=now))
    except PriceMissing:
        if len(calls) == 1:
            return [None]
        return [bill for call in calls for bill in _bills([call], now=now)]


def _faults(
    call: Call, bill: ledger.Bill | None, lines: Sequence[LedgerEntry], *, now: datetime
) -> Iterator[Fault]:
    by_key = {line.pk: line for line in lines}
    for line in lines:
        if line.org_id != call.org_id:
            yield _fault("organization", call, {}, _sums([line]))
        undone = by_key.get(line.reverses_id or 0)
        if line.reverses_id and (undone is None or _sums([line, undone]) != _zero(line)):
            yield _fault(
                "reversal", call, _zero(line), _sums([line, *([undone] if undone else [])])
            )
    if call.settled_at is None:
        yield _fault("not_settled", call, {}, _sums(lines))
        return
    # Lines priced by a later book are settled again by the sweeper (`usage.billing.open_lines`).
    undone_ids = {line.reverses_id for line in lines}
    is_open = {
        line.component
        for line in lines
        if line.is_open and line.reverses_id is None and line.pk not in undone_ids
    }
    missing = [] if bill is None else list(ledger.missing_lines(bill, lines, now=now))
    if wrong := {line.component for line in missing} - is_open:
        expected = {
            charge.component: [charge.amount_micros, charge.cost_micros]
            for charge in (bill.charges if bill else ())
            if charge.component in wrong
        }
        yield _fault(
            "lines", call, expected, _sums(each for each in lines if each.component in wrong)
        )


def _zero(line: LedgerEntry) -> dict[str, list[int]]:
    return {line.component: [0, 0]}


def _sums(lines: Iterable[LedgerEntry]) -> dict[str, list[int]]:
    sums: dict[str, list[int]] = {}
    for line in lines:
        amounts = sums.setdefault(line.component, [0, 0])
        amounts[0] += line.amount_micros
        amounts[1] += line.cost_micros
    return sums


def _fault(
    what: str, call: Call, expected: dict[str, list[int]], found: dict[str, list[int]]
) -> Fault:
    return Fault(what, call.org.public_id, call.call_sid, expected, found)
