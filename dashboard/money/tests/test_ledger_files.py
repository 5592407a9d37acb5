"""The ledger of a period as a file: what it adds up to, and where it is continued."""

import csv
import json
from datetime import UTC, datetime, timedelta

import pytest
from asgiref.sync import async_to_sync
from django.db.models import Sum
from django.test import AsyncClient
from django.utils import timezone

from accounts.models import AuditEntry
from dashboard.money import ledger_files
from testing.office import Office, browser_of
from usage.models import Call, LedgerEntry, UsageDay
from usage.reads import ledger_lines
from usage.reads.sums import Period


@pytest.fixture
def acorn(cast, monkeypatch):
    monkeypatch.setattr(ledger_lines, "PAGE", 2)
    monkeypatch.setattr(ledger_lines, "COMMITTED_AFTER", -timedelta(minutes=5))
    office, birch = Office(cast.acorn), Office(cast.birch)
    for number in range(3):
        office.hangs_up(office.rings(f"CA{number}"), after=61)
    birch.hangs_up(birch.rings("CA9"), after=61)
    return office


@pytest.fixture
def download(cast, acorn):
    browser = AsyncClient()
    browser.cookies = browser_of(cast.vera).cookies

    @async_to_sync
    async def get(name, **asked):
        answer = await browser.get(acorn.url(f"usage/{name}"), asked)
        assert "attachment" in answer.headers["Content-Disposition"]
        return b"".join([part async for part in answer.streaming_content]).decode("utf-8-sig")

    return get


def rows(text):
    return [json.loads(line) for line in text.splitlines()]


def test_both_forms_hold_every_line_and_add_up_to_the_sums(cast, acorn, download):
    found = rows(download("ledger.jsonl"))
    assert len(found) == LedgerEntry.objects.filter(org=cast.acorn).count() > 4
    sums = UsageDay.objects.filter(org=cast.acorn).aggregate(Sum("amount_micros"))
    assert sum(row["charged_micro_usd"] for row in found) == sums["amount_micros__sum"]
    assert {row["call_sid"] for row in found} == {"CA0", "CA1", "CA2"}
    assert not {"cost_micros", "cost"} & found[0].keys()
    head, *written = csv.reader(download("ledger.csv").splitlines())
    assert head == list(ledger_lines.COLUMNS)
    assert [int(row[0]) for row in written] == [row["line"] for row in found]
    assert AuditEntry.objects.filter(action="export.ledger").exists()


def test_a_file_that_broke_off_is_continued_by_its_last_line(download):
    whole = download("ledger.csv").splitlines()
    third = next(csv.reader([whole[3]]))[0]
    assert download("ledger.csv", after=third).splitlines() == whole[4:]
    whole = rows(download("ledger.jsonl"))
    assert rows(download("ledger.jsonl", after=whole[1]["line"])) == whole[2:]
    assert rows(download("ledger.jsonl", after="x")) == whole


def test_a_call_is_in_the_file_of_the_days_on_which_it_began(acorn, download):
    today = timezone.now().date()
    before = timezone.now() - timedelta(days=40)
    Call.objects.filter(carrier_call_id="CA1").update(opened_at=before, counted_on=None)
    month = {"first": before.date().isoformat(), "last": before.date().isoformat()}
    assert {row["call_sid"] for row in rows(download("ledger.jsonl", **month))} == {"CA1"}
    assert {row["call_sid"] for row in rows(download("ledger.jsonl", first=today, last=today))} == {
        "CA0",
        "CA2",
    }


def test_a_file_has_the_lines_of_the_organizations_days(acorn, download):
    """Calls count on the day that was theirs as they opened: before, or behind, that of UTC."""
    night = datetime(2026, 5, 4, 23, 30, tzinfo=UTC)
    Call.objects.update(opened_at=night, counted_on=None)
    Call.objects.filter(carrier_call_id="CA1").update(counted_on="2026-05-05")
    Call.objects.filter(carrier_call_id="CA2").update(counted_on="2026-05-03")

    def calls_on(day):
        found = rows(download("ledger.jsonl", first=f"2026-05-{day}", last=f"2026-05-{day}"))
        return {row["call_sid"] for row in found}

    found = [calls_on(day) for day in ("02", "03", "04", "05", "06")]
    assert found == [set(), {"CA2"}, {"CA0"}, {"CA1"}, set()]


def test_a_file_ends_before_lines_behind_which_others_may_still_come(acorn, download, monkeypatch):
    monkeypatch.setattr(ledger_lines, "COMMITTED_AFTER", timedelta(minutes=5))
    whole = list(LedgerEntry.objects.filter(org=acorn.org))
    assert rows(download("ledger.jsonl")) == []
    later = whole[3].posted_at + timedelta(minutes=5, microseconds=1)
    monkeypatch.setattr(ledger_files.timezone, "now", lambda: later)
    days = {"first": "2026-01-01", "last": later.date().isoformat()}
    before = [line.pk for line in whole if line.posted_at <= whole[3].posted_at]
    assert [row["line"] for row in rows(download("ledger.jsonl", **days))] == before != []


@pytest.mark.parametrize(
    ("first", "last", "told"),
    [
        ("2000-01-01", "2099-12-31", "Choose at most 366 days."),
        ("2026-05-02", "2026-05-01", "The end date is before the start date."),
        ("garbage", "2026-05-01", "Enter a valid date."),
    ],
)
def test_days_that_are_no_period_are_refused_in_words(cast, acorn, first, last, told):
    answer = browser_of(cast.vera).get(
        acorn.url("usage/ledger.csv"), {"first": first, "last": last}
    )
    assert (answer.status_code, answer.text) == (400, told)


def test_a_page_reads_the_lines_of_its_period_alone(cast, acorn):
    before = timezone.now() - timedelta(days=40)
    day = before.date()
    Call.objects.filter(carrier_call_id="CA1").update(opened_at=before, counted_on=day)
    span = ledger_lines.span_of(acorn.org, Period(day, day))
    own = LedgerEntry.objects.filter(call__carrier_call_id="CA1").values_list("pk", flat=True)
    assert (span.first, span.last) == (min(own), max(own))
    empty = Period(day - timedelta(days=1), day - timedelta(days=1))
    assert ledger_lines.span_of(acorn.org, empty) == ledger_lines.Span(0, 0)
