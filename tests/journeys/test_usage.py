"""The usage that an organization sees, on the page and as a file, is what its ledger says."""

import csv
import io
import re
from collections import defaultdict
from decimal import Decimal
from typing import Any, Final

import pytest
from playwright.sync_api import expect

from testing.services.servers import wait_until
from tests.journeys.chromium import Visitors, logs_in
from tests.journeys.person import Person
from tests.journeys.site import CALL_SECONDS, QUESTION, Site
from tests.journeys.world import PASSWORD

SETTLED_SECONDS: Final = 60.0


@pytest.fixture(scope="module")
def office(site: Site) -> dict[str, Any]:
    return site.make("office", name="Usage Dental", slug="usage")


@pytest.fixture
def vera(visitors: Visitors, office: dict[str, Any]) -> Person:
    """A viewer, on the overview."""
    page = visitors.comes(accept_downloads=True)
    logs_in(page, email="viewer@usage.example", password=PASSWORD)
    page.goto(f"/o/{office['org']}/")
    return Person(page)


def figure(vera: Person, label: str) -> str:
    """The number over `label` at the head of the page."""
    term = vera.main.locator("dt", has_text=re.compile(f"^{label}$"))
    return term.locator("xpath=following-sibling::dd").inner_text()


def exported(vera: Person) -> dict[str, list[int]]:
    """The sums of the page's file: for each component its quantity and micro-dollars."""
    with vera.page.expect_download() as download:
        vera.follows("Download as CSV")
    sums: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
    for row in csv.DictReader(io.StringIO(download.value.path().read_text("utf-8-sig"))):
        sums[row["component"]][0] += int(row["quantity"])
        sums[row["component"]][1] += int(Decimal(row["charged_usd"]) * 1_000_000)
    return dict(sums)


def test_the_usage_page_and_its_file_say_what_the_ledger_says(site, office, vera):
    vera.goes_to("Usage")
    expect(vera.main).to_contain_text("No usage in this period")

    texts = ((), (QUESTION,), (QUESTION, "Thank you, goodbye."))
    for called in [site.rings(office["webhook"], *each) for each in texts]:
        answered = called.result(CALL_SECONDS)
        assert answered.ok, answered.errors
    refused = site.phone(f"{office['webhook']}&agent_id=0")
    assert refused.outcome == "refused"

    told: dict[str, Any] = {}

    def is_settled() -> bool:
        told.update(site.make("ledger", org=office["org"]))
        return told["calls"] == 3 and not told["unsettled"]

    def is_noted() -> bool:  # attempts are written a quarter of a second later
        vera.page.reload()
        return figure(vera, "refused") == "1"

    wait_until(is_settled, "three calls in the ledger and none to come", seconds=SETTLED_SECONDS)
    wait_until(is_noted, "the refused request on the page", seconds=SETTLED_SECONDS)
    assert figure(vera, "calls") == "3"
    assert figure(vera, "minutes") == str(told["minutes"])
    assert told["minutes"] >= 3  # each call's first minute counts whole
    assert figure(vera, "charged") == f"${told['micros'] / 1_000_000:.2f}"
    assert told["micros"] > 0
    assert figure(vera, "requests answered") == "3"

    sums = exported(vera)
    assert sums.pop("call") == [3, 0]
    assert sums == told["components"]
