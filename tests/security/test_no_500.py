"""Whatever is filled into a page's query or form, it is answered: never an error of ours."""

import random
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import resolve

from telephony.tests import test_dashboard_tenancy
from telephony.tests.dashboard import Office, browser_of
from tests.security.fields import Fields, read_by
from tests.security.garbage import ALWAYS, FILES, TEXTS
from tests.security.modules import modules
from usage.models import Plan

# Pages that read filters, days, numbers, texts or files of an organization.
READING = ("agent", "attempts", "audit", "calls", "saved", "usage")
MEMBERS = sorted(n for n in test_dashboard_tenancy.LEAST if any(each in n for each in READING))
TRIES = 3  # of each page and method, beside one for each field


@pytest.fixture
def office(cast, settings, monkeypatch):
    monkeypatch.setattr("accounts.rate_limits.is_within", lambda *_, **__: True)
    settings.RATELIMIT_ENABLE = False
    Plan.objects.create(pk=901, name="Office", concurrent_calls=5)
    office = Office(cast.acorn)
    office.rings(test_dashboard_tenancy.CALL_SID)
    return test_dashboard_tenancy.with_more_people(office, member=901, invitation=901)


def names_of(browser: Client, address: str) -> list[str]:
    """What the page at `address` may read."""
    view = resolve(address).func
    module = next((m for m in modules() if m.__name__ == view.__module__), None)
    names = set(read_by(module)) if module else set()
    page = browser.get(address, follow=True)
    if "html" in page.headers.get("Content-Type", ""):
        names |= Fields(page.content.decode("utf-8", "replace")).names
    return sorted(names - {"csrfmiddlewaretoken"}) or ["next"]


def fillings(names: list[str], seed: str) -> Iterator[dict[str, object]]:
    """All names with each of the worst texts, each name alone with one, then some at once."""
    chance = random.Random(seed)
    for text in ALWAYS:
        yield dict.fromkeys(names, text)
    for name in names:
        yield {name: chance.choice(TEXTS)}
    for _ in range(TRIES):
        yield {name: chance.choice(TEXTS) for name in chance.sample(names, min(3, len(names)))}
    yield {name: [chance.choice(TEXTS), chance.choice(TEXTS)] for name in names}
    yield {f"{name}\u202e[é]": "1" for name in names}


def faults(browser: Client, address: str) -> list[str]:
    """Each request that ended in an error, with the error."""
    found = []
    names = names_of(browser, address)
    for filling in fillings(names, address):
        for method in ("get", "post"):
            try:
                with transaction.atomic():
                    status = sent(browser, method, address, filling)
                    transaction.set_rollback(True)
            except Exception as error:
                status = f"{type(error).__name__}: {error}"
            if not isinstance(status, int) or status >= 500:
                found.append(f"{method} {str(filling)[:120]}: {str(status)[:200]}")
    return found


def sent(browser: Client, method: str, address: str, filling: dict[str, object]) -> int:
    """The status of the answer. Half of a character is sent as browsers of old sent it."""
    query = urlencode(filling, doseq=True, errors="surrogatepass")
    if method == "get":
        return browser.get(f"{address}?{query}").status_code
    return browser.post(address, query, "application/x-www-form-urlencoded").status_code


@pytest.mark.parametrize("name", MEMBERS)
def test_no_page_of_an_organization_breaks(cast, office, name):
    address = test_dashboard_tenancy.address(name, office, office)
    assert faults(browser_of(cast.alice), address) == []


@pytest.mark.parametrize("name", ["import_agent", "import_draft"])
def test_no_file_breaks_an_import(cast, office, name):
    address = test_dashboard_tenancy.address(name, office, office)
    browser = browser_of(cast.alice)
    for content in FILES:
        for called in ("agent.json", "x" * 300, "\u202egnp.exe"):
            file = SimpleUploadedFile(called, content, "application/json")
            with transaction.atomic():
                assert browser.post(address, {"file": file}).status_code < 500
                transaction.set_rollback(True)
