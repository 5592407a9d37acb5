"""The ledger of a period as a file: what it adds up to, and where it is continued."""

import csv
import json
from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync
from django.db.models import Sum
from django.test import AsyncClient
from django.utils import timezone

from accounts.models import AuditEntry
from testing.office import Office, browser_of
from usage.models import Call, LedgerEntry, UsageDay
from usage.reads import ledger_lines


@pytest.fixture
def acorn(cast, monkeypatch):
    monkeypatch.setattr(ledger_lines, "PAGE", 2)
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
    Call.objects.filter(carrier_call_id="CA1").update(opened_at=before)
    month = {"first": before.date().isoformat(), "last": before.date().isoformat()}
    assert {row["call_sid"] for row in rows(download("ledger.jsonl", **month))} == {"CA1"}
    assert {row["call_sid"] for row in rows(download("ledger.jsonl", first=today, last=today))} == {
        "CA0",
        "CA2",
    }
