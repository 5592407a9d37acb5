"""The audit log: the result of the last check of all chains, and the platform's own entries."""

from datetime import timedelta
from typing import Any, Final

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.audit.models import AuditCheck
from accounts.models import AuditEntry, Organization
from dashboard.operator.pages import OperatorRequest, operator_required, render_page
from dashboard.organization.audit import entries_page

SHOWN_FAULTS: Final = 20
LATE_AFTER: Final = timedelta(days=2)  # a check begins every night


@require_safe
@operator_required
def audit(request: OperatorRequest) -> HttpResponse:
    """The check, and a page of entries; `?before=<number>` is where the previous page ended."""
    check = AuditCheck.objects.filter(place__isnull=True).first()
    context: dict[str, Any] = {
        "check": check,
        "is_late": check is not None and check.at < timezone.now() - LATE_AFTER,
        "faults": _with_names(check.faults[:SHOWN_FAULTS]) if check else [],
    }
    context |= entries_page(
        AuditEntry.objects.filter(org=None), request.GET, home=reverse("operator:audit")
    )
    return render_page(request, "audit.html", context)


def _with_names(faults: list[dict[str, Any]]) -> list[dict[str, Any]]:
    names = dict(
        Organization.objects.filter(pk__in={each["chain"] for each in faults}).values_list(
            "pk", "name"
        )
    )
    return [each | {"org": names.get(each["chain"], "")} for each in faults]
