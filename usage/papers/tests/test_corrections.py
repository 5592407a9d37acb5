"""All invoices together are the ledger: months, zones, gaps, late lines and cancellations."""

from datetime import datetime

import pytest
from django.db.models import Sum

from accounts.models import Organization
from testing.invoices import a_house
from testing.scene import Scene
from usage.models import Invoice, LedgerEntry, Price, PriceBook
from usage.papers import invoices


class Ledger:
    """An organization since January whose lines are written one by one."""

    def __init__(self) -> None:
        a_house()
        self.scene = Scene()
        self.org = self.scene.org
        Organization.objects.filter(pk=self.org.pk).update(created_at=moment("2026-01-01"))
        self.org.refresh_from_db()
        self.book = PriceBook.objects.first()

    def call(self, at: str, micros: int):
        call = self.scene.talks(now=moment(at))
        self.line(call, micros)
        return call

    def line(self, call, micros: int, *, is_open: bool = False) -> None:
        LedgerEntry.objects.create(
            org=self.org, call=call, key=f"k{LedgerEntry.objects.count()}", quantity=1,
            component=Price.Component.TELEPHONY, unit="minute", amount_micros=micros,
            price_book=self.book, posted_at=call.opened_at, is_open=is_open,
        )  # fmt: skip

    def moves(self, zone: str) -> None:
        self.org.time_zone = zone
        self.org.save()

    def night(self, day: str) -> None:
        invoices.issue_due(now=moment(day))

    def charged(self) -> int:
        return LedgerEntry.objects.filter(org=self.org).aggregate(s=Sum("amount_micros"))["s"]

    def invoiced(self) -> int:
        return Invoice.objects.filter(org=self.org).aggregate(s=Sum("net_micros", default=0))["s"]


def moment(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+00:00" if "T" in text else f"{text}T00:00:00+00:00")


def lines():
    return [
        (line["kind"], line["month"], line["amount_micros"])
        for each in Invoice.objects.order_by("number")
        for line in each.content["lines"]
    ]


@pytest.fixture
def ledger(db):
    return Ledger()


@pytest.mark.parametrize(
    "zones",
    [
        ("America/Los_Angeles", "Asia/Tokyo"),
        ("Asia/Tokyo", "America/Los_Angeles"),
        ("UTC", "Pacific/Kiritimati"),
    ],
)
@pytest.mark.parametrize("with_march", [False, True])
def test_no_call_is_lost_or_charged_twice_when_the_zone_changes(ledger, zones, with_march):
    ledger.moves(zones[0])
    if with_march:
        ledger.call("2026-03-10", 9_000)
    # Around both ends of April, in hours that are of one month here and of the other there.
    for hours in ("T03:00:00", "T12:00:00", "T20:00:00"):
        ledger.call(f"2026-04-30{hours}", 20_000)
        ledger.call(f"2026-05-01{hours}", 300_000)
        ledger.call(f"2026-05-31{hours}", 4_000_000)
    ledger.night("2026-06-05")
    ledger.moves(zones[1])
    ledger.call("2026-06-15", 50_000_000)
    ledger.night("2026-07-05")
    assert ledger.invoiced() == ledger.charged()


def test_a_month_that_first_has_calls_late_is_not_charged_twice_by_another_clock(ledger):
    ledger.moves("Asia/Tokyo")
    ledger.call("2026-04-30T18:00:00", 1_000_000)  # in May there, in April elsewhere
    ledger.night("2026-06-05")
    ledger.moves("America/Los_Angeles")
    ledger.call("2026-06-15", 2_000_000)
    ledger.night("2026-07-05")
    assert ledger.invoiced() == ledger.charged()
    assert ("usage", "2026-05", 1_000_000) in lines()


def test_months_that_never_had_an_invoice_are_not_charged_as_corrections(ledger):
    for month in (1, 2, 3, 4, 5, 6):
        ledger.call(f"2026-0{month}-10", 10**month)
    ledger.night("2026-07-05")  # the first night: its last three months
    assert {month for _kind, month, _micros in lines()} == {"2026-04", "2026-05", "2026-06"}
    assert ledger.invoiced() == 10**4 + 10**5 + 10**6


def test_what_comes_to_no_cent_is_carried_into_the_next_invoice(ledger):
    ledger.call("2026-03-10", 3_000)
    ledger.night("2026-04-05")
    ledger.call("2026-04-10", 1_000)
    ledger.night("2026-05-05")
    assert not Invoice.objects.exists()
    small = ledger.call("2026-05-10", 2_000)
    ledger.night("2026-06-05")
    [invoice] = Invoice.objects.all()
    assert (invoice.total_cents, ledger.invoiced()) == (1, ledger.charged())
    ledger.line(small, -2_000)
    ledger.line(small, 2_001)
    ledger.night("2026-07-05")
    assert Invoice.objects.count() == 1
    ledger.call("2026-07-10", 20_000)
    ledger.night("2026-08-05")
    assert ledger.invoiced() == ledger.charged()


def test_lines_of_a_year_later_are_still_charged_and_a_cancelled_month_anew(ledger, cast):
    first = ledger.call("2026-01-10", 1_000_000)
    ledger.night("2026-02-05")
    for month in (2, 3, 4):
        ledger.call(f"2026-0{month}-10", 500_000)
        ledger.night(f"2026-0{month + 1}-05")
    ledger.line(first, 70_000)
    ledger.call("2026-12-10", 10_000)
    ledger.night("2027-01-05")
    assert ("correction", "2026-01", 70_000) in lines()
    assert ledger.invoiced() == ledger.charged()
    january = Invoice.objects.get(number=1)
    at = moment("2027-01-06")
    invoices.cancel(january, reason="Address.", actor=cast.olga, now=at)
    ledger.line(first, 5_000)
    invoices.issue(ledger.org, january.month, now=at, actor=cast.olga)
    ledger.call("2027-01-10", 10_000)
    ledger.night("2027-02-05")
    assert ledger.invoiced() == ledger.charged()


def test_an_invoice_counts_lines_without_a_price(ledger):
    call = ledger.call("2026-05-10", 30_000)
    ledger.line(call, 0, is_open=True)
    ledger.night("2026-06-05")
    assert Invoice.objects.get().content["open_lines"] == 1
