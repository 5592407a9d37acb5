"""The ledger: what its nightly proof found."""

from collections.abc import Mapping
from typing import Any, Final

from django.http import HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.models import Organization
from dashboard.labels import dollars, in_words
from dashboard.operator.pages import OperatorRequest, operator_required, render_page
from usage.models import LedgerProof

SHOWN_FAULTS: Final = 50
SHOWN_PROOFS: Final = 14
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
    """The latest proofs, and what the last one that ended found."""
    proofs = list(LedgerProof.objects.all()[:SHOWN_PROOFS])
    last = next((proof for proof in proofs if proof.ended_at), None)
    faults = _shown(last.faults[:SHOWN_FAULTS]) if last else []
    return render_page(request, "ledger.html", {"proofs": proofs, "last": last, "faults": faults})


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
    """Of lines what the client pays and what the platform does; sums as they are."""
    if isinstance(values, list):
        return ", ".join(map(str, values)) or "–"
    said = (
        f"{component} {dollars(amount)} / {dollars(cost)}"
        for component, (amount, cost) in sorted(values.items())
    )
    return "; ".join(said) or "–"
