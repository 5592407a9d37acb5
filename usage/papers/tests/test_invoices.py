"""Invoices: numbered without gaps, never changed, and in sum what the ledger says."""

from datetime import date, datetime, timedelta

import pytest
import time_machine
from celery.exceptions import SoftTimeLimitExceeded
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from django.db.models import Sum
from django.utils import timezone
from structlog.testing import capture_logs

from accounts.models import AuditEntry, Organization
from testing.invoices import a_house
from testing.scene import NOW, Scene, snapshot
from usage.billing.settlement import settle
from usage.models import BillingHouse, Invoice, LedgerEntry, Plan
from usage.papers import invoices
from usage.papers.house import change_address, save_house
from usage.papers.invoice_content import totals_of
from usage.papers.tests.test_month import talk
from usage.quota.plans import assign_plan

MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)
IN_JUNE = datetime.fromisoformat("2026-06-03T00:00:00+00:00")
IN_JULY = datetime.fromisoformat("2026-07-03T00:00:00+00:00")


@pytest.fixture
def house(db):
    return a_house()


@pytest.fixture
def scene(house):
    found = Scene()
    Organization.objects.filter(pk=found.org.pk).update(created_at=NOW)
    found.org.refresh_from_db()
    return found


def charged(org) -> int:
    return LedgerEntry.objects.filter(org=org).aggregate(sum=Sum("amount_micros"))["sum"]


def kinds(invoice):
    return [(line["kind"], line["month"]) for line in invoice.content["lines"]]


def test_an_invoice_holds_the_plans_fee_the_ledgers_sums_and_the_houses_tax(scene, cast):
    plan = Plan.objects.create(name="Office", concurrent_calls=5, monthly_fee_micros=49_900_000)
    with time_machine.travel(NOW, tick=False):
        assign_plan(scene.org, plan=plan, actor=None, now=NOW)
    change_address(scene.org, address=" Oak 1\n\n Hill\x00 ", tax_number="", actor=cast.olga)
    talk(scene, at=NOW)
    invoice = invoices.issue(scene.org, MAY, now=IN_JUNE)
    assert invoice.net_micros == 49_900_000 + charged(scene.org)
    net = (invoice.net_micros + 5_000) // 10_000
    content = invoice.content
    assert content["net_cents"] == net
    assert content["tax_cents"] == (net * 19 + 50) // 100
    assert content["total_cents"] == invoice.total_cents == net + content["tax_cents"]
    assert content["buyer"]["address"] == "Oak 1\nHill"
    assert kinds(invoice)[0] == ("fee", "2026-05")
    assert AuditEntry.objects.filter(action="invoice.issued", target="VX-1").exists()


def test_what_is_due_is_issued_once_and_two_days_after_the_months_end(scene):
    scene.org.time_zone = "America/New_York"
    scene.org.save()
    talk(scene, at=NOW)
    end = datetime.fromisoformat("2026-06-01T04:00:00+00:00")
    assert invoices.issue_due(now=end + timedelta(hours=47)) is None
    assert not Invoice.objects.exists()
    for _again in range(2):
        invoices.issue_due(now=end + timedelta(hours=48))
    [invoice] = Invoice.objects.all()
    assert (invoice.ends_at, invoice.content["zone"]) == (end, "America/New_York")
    assert invoices.issue(scene.org, MAY, now=IN_JULY) is None
    talk(scene, at=IN_JUNE)
    scene.org.time_zone = "Asia/Tokyo"
    scene.org.save()
    invoices.issue_due(now=IN_JULY)
    # The month of the other zone begins where the one before has ended: no call is left out.
    assert Invoice.objects.first().begins_at == end


def test_numbers_have_no_gaps_even_where_an_invoice_fails(scene, monkeypatch):
    other = Scene()
    talk(scene, at=NOW)
    talk(other, at=NOW)

    def broken(*_args, **_kwargs):
        raise DatabaseError("gone")

    with monkeypatch.context() as patch:
        patch.setattr(invoices, "record", broken)
        with pytest.raises(DatabaseError):
            invoices.issue(scene.org, MAY, now=IN_JUNE)
    assert BillingHouse.objects.get().last_number == 0
    first = invoices.issue(other.org, MAY, now=IN_JUNE)
    second = invoices.issue(scene.org, MAY, now=IN_JUNE)
    assert [each.number for each in (first, second)] == [1, 2]


def test_one_that_is_issued_can_not_be_changed_or_deleted(scene):
    talk(scene, at=NOW)
    invoice = invoices.issue(scene.org, MAY, now=IN_JUNE)
    with pytest.raises(TypeError):
        invoice.save()
    for change in (
        lambda: Invoice.objects.update(total_cents=1),
        lambda: Invoice.objects.all()._raw_delete("default"),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    assert Invoice.objects.get().total_cents == invoice.total_cents


def test_what_a_month_came_to_later_is_in_the_next_invoice(scene):
    late = talk(scene, at=NOW)
    invoices.issue(scene.org, MAY, now=IN_JUNE)
    snapshot(late, 2, now=IN_JUNE, is_final=True, stream_ms=600_000)
    settle(late.pk, now=IN_JUNE)
    talk(scene, at=IN_JUNE)
    june = invoices.issue(scene.org, JUNE, now=IN_JULY)
    assert ("correction", "2026-05") in kinds(june)
    net = Invoice.objects.aggregate(Sum("net_micros"))["net_micros__sum"]
    assert net == charged(scene.org)


def test_no_month_is_passed_over_while_another_paper_is_issued(scene, monkeypatch):
    talk(scene, at=NOW)
    talk(scene, at=IN_JUNE)
    tried = []

    def another_came_once(org, month, **more):
        tried.append(month)
        if len(tried) == 1:
            return invoices.WhyNot.ANOTHER_CAME
        return issued(org, month, **more)

    issued = invoices.issue_or_why_not
    monkeypatch.setattr(invoices, "issue_or_why_not", another_came_once)
    invoices.issue_due(now=IN_JULY)
    assert (tried, Invoice.objects.count()) == ([MAY], 0)
    invoices.issue_due(now=IN_JULY)
    assert [each.month for each in Invoice.objects.order_by("number")] == [MAY, JUNE]


def test_a_cancelled_invoice_is_taken_back_and_issued_again(scene, cast):
    talk(scene, at=NOW)
    first = invoices.issue(scene.org, MAY, now=IN_JUNE)
    taken_back = invoices.cancel(first, reason="Wrong address.", actor=cast.olga, now=IN_JUNE)
    assert (taken_back.total_cents, taken_back.cancels) == (-first.total_cents, first)
    assert taken_back.content["cancels"] == "VX-1"
    assert invoices.cancel(first, reason="Twice.", actor=cast.olga, now=IN_JUNE) is None
    invoices.issue_due(now=IN_JUNE)  # leaves it to the operator
    assert Invoice.objects.count() == 2
    again = invoices.issue(scene.org, MAY, now=IN_JUNE, actor=cast.olga)
    assert (again.number, again.revision, again.net_micros) == (3, 3, first.net_micros)
    with pytest.raises(ValueError, match="no invoice"):
        invoices.cancel(taken_back, reason="No.", actor=cast.olga, now=IN_JUNE)


def test_nothing_is_issued_before_the_first_month_or_for_nothing(scene, house):
    assert invoices.issue(scene.org, MAY, now=IN_JUNE) is None
    talk(scene, at=NOW)
    BillingHouse.objects.update(first_month=JUNE)
    assert list(invoices.due_months(scene.org, now=IN_JUNE)) == []
    BillingHouse.objects.all().delete()
    assert invoices.issue_due(now=IN_JUNE) is None
    assert not Invoice.objects.exists()


def test_the_fee_is_that_of_the_plan_when_the_month_ended(scene):
    plans = {
        name: Plan.objects.create(name=name, concurrent_calls=5, monthly_fee_micros=micros)
        for name, micros in (("Free", 0), ("Office", 50_000_000), ("Office, big", 90_000_000))
    }
    for moment, name in (
        ("2026-05-20", "Free"),
        ("2026-06-10", "Office"),
        ("2026-06-20", "Office, big"),
        ("2026-07-01", "Office"),
    ):
        with time_machine.travel(datetime.fromisoformat(f"{moment}T12:00:00+00:00"), tick=False):
            assign_plan(scene.org, plan=plans[name], actor=None, now=timezone.now())
    scene.org.created_at = datetime.fromisoformat("2026-04-01T00:00:00+00:00")
    scene.org.save()
    for _night in range(2):
        invoices.issue_due(now=IN_JULY)
    [june] = Invoice.objects.all()
    assert (kinds(june), june.net_micros) == ([("fee", "2026-06")], 90_000_000)


def test_one_that_is_too_slow_is_told_and_those_behind_it_have_their_turn(scene, monkeypatch):
    behind = Organization.objects.create(name="Birch")

    def too_slow(org, **_rest):
        raise SoftTimeLimitExceeded

    monkeypatch.setattr(invoices, "due_months", too_slow)
    for org in (scene.org, behind):
        with capture_logs() as logs:
            assert invoices.issue_due(now=IN_JUNE, after=org.pk - 1) == org.pk
        told = {"event": "invoice_not_issued", "org": org.public_id}
        assert any(told.items() <= line.items() for line in logs)


def test_sums_are_rounded_once_and_half_away_from_nothing():
    totals = totals_of(1_005_000, tax_hundredths=1_900)
    assert (totals.net_cents, totals.tax_cents, totals.total_cents) == (101, 19, 120)
    assert totals_of(-1_005_000, tax_hundredths=1_900).total_cents == -120


def test_a_tax_has_a_name_and_a_rate(cast):
    given = {
        "name": "House", "address": "1\n2", "tax_number": "", "note": "", "prefix": "",
        "first_month": MAY, "is_automatic": False, "actor": cast.olga,
    }  # fmt: skip
    with pytest.raises(ValidationError):
        save_house(**given, tax_name="VAT", tax_hundredths=0)
    with pytest.raises(ValidationError):
        save_house(**(given | {"address": "\n".join("123456789")}), tax_name="", tax_hundredths=0)
    assert save_house(**given, tax_name="", tax_hundredths=0).pk == BillingHouse.ONLY
