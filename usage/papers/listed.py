"""The invoices of an organization for its own pages, page by page."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef

from accounts.models import Organization
from usage.models import Invoice


@dataclass(frozen=True, slots=True)
class OwnInvoice:
    """An invoice or a cancellation; is_cancelled: another paper takes it back."""

    paper: Invoice
    is_cancelled: bool


def invoices_of(org: Organization, *, before: int | None, limit: int) -> list[OwnInvoice]:
    """Those of `org`, newest first, below the number `before`; `limit` at most. One read."""
    of_org = Invoice.objects.filter(org=org)
    found = of_org.order_by("-number").annotate(
        is_cancelled=Exists(of_org.filter(cancels=OuterRef("pk")))
    )
    if before is not None:
        found = found.filter(number__lt=before)
    return [OwnInvoice(each, each.is_cancelled) for each in found[:limit]]
