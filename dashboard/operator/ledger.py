"""The ledger: the result of its nightly proof, and differences from the carrier's bills."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from django.http import HttpResponse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.models import Organization
from dashboard.labels import dollars, in_words
from dashboard.operator.pages import OperatorRequest, operator_required, render_page
from usage.billing.carrier_bills import odd_bills
from usage.models import LedgerProof

SHOWN_FAULTS: Final = 50
SHOWN_PROOFS: Final = 14
SHOWN_BILLS: Final = 50
ODD_FOR: Final = timedelta(days=30)
WHAT: Final[Mapping[str, str | Promise]] = {
    "lines": _("Lines don’t match the call’s usage"),
    "reversal": _("A reversal doesn’t undo its line"),
    "organization": _("A line belongs to another organization"),
    "not_settled": _("Ended, but neither settled nor waiting"),
    "day": _("Sum of a day"),
    "month": _("Sum of a month"),
}


@require_safe
@operator_required
def ledger(request: OperatorRequest) -> HttpResponse:
    """The latest proofs, the result of the last one that ended, and calls that differ at Twilio."""
    proofs = list(LedgerProof.objects.all()[:SHOWN_PROOFS])
    last = next((proof for proof in proofs if proof.ended_at), None)
    context = {
        "proofs": proofs,
        "last": last,
        "faults": _shown(last.faults[:SHOWN_FAULTS]) if last else [],
        "odd_bills": odd_bills(since=timezone.now() - ODD_FOR, limit=SHOWN_BILLS),
    }
    return render_page(request, "ledger.html", context)


def _shown(faults: list[dict[str, Any]]) -> list[dict[str, Any]]:
    public_ids = {each["org"] for each in faults}
    names = dict(
        Organization.objects.filter(public_id__in=public_ids).values_list("public_id", "name")
    )
    return [
        {
            "what": in_words(WHAT, each["what"]),
            "org": names.get(each["org"], each["org"]),
            "about": each["about"],
            "expected": _amounts(each["expected"]),
            "found": _amounts(each["found"]),
        }
        for each in faults
    ]


def _amounts(values: dict[str, list[int]] | list[int]) -> str:
    """Charge and cost of lines; sums unchanged."""
    if isinstance(values, list):
        return ", ".join(map(str, values)) or "–"
    said = (
        f"{component} {dollars(amount)} / {dollars(cost)}"
        for component, (amount, cost) in sorted(values.items())
    )
    return "; ".join(said) or "–"
