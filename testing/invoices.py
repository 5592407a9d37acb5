"""An invoice, and who sends it, for tests of what is done with them."""

from datetime import UTC, date, datetime
from typing import Any

from accounts.models import Organization
from usage.models import BillingHouse, Invoice

MONTH = date(2026, 4, 1)


def a_house(**changed: Any) -> BillingHouse:
    """A house in Berlin that invoices from January on, with a tax of 19%."""
    values = {
        "name": "Stimme & Söhne GmbH",
        "address": "Ohrstraße 1\n10115 Berlin",
        "tax_number": "DE123456789",
        "tax_name": "VAT",
        "tax_hundredths": 1900,
        "prefix": "VX-",
        "first_month": date(2026, 1, 1),
    }
    return BillingHouse.objects.create(pk=BillingHouse.ONLY, **(values | changed))


def an_invoice(org: Organization, *, number: int, name: str = "Office") -> Invoice:
    """An invoice of `org` for MONTH, as it would be issued for a plan of that name."""
    line = {"kind": "fee", "month": "2026-04", "name": name, "amount_micros": 49_900_000}
    content = {
        "number": f"VX-{number}",
        "seller": {"name": "Stimme & Söhne GmbH", "address": "Berlin", "tax_number": ""},
        "buyer": {"name": org.name, "address": "Oak Street 1", "tax_number": ""},
        "month": "2026-04",
        "zone": "UTC",
        "lines": [line],
        "calls": 0,
        "minutes": 0,
        "net_cents": 4_990,
        "tax_cents": 0,
        "total_cents": 4_990,
        "tax_name": "",
        "tax_hundredths": 0,
        "note": "",
        "cancels": "",
    }
    return Invoice.objects.create(
        org=org,
        number=number,
        month=MONTH,
        revision=number,
        begins_at=datetime(2026, 4, 1, tzinfo=UTC),
        ends_at=datetime(2026, 5, 1, tzinfo=UTC),
        issued_at=datetime(2026, 5, 3, tzinfo=UTC),
        net_micros=49_900_000,
        total_cents=4_990,
        content=content,
    )
