"""Fixtures of the journeys: the site, Chromium, and people who visit."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Playwright, expect, sync_playwright

from testing.services.servers import missing
from tests.journeys.chromium import EXECUTABLE, PATIENCE_MS, Visitors, launched
from tests.journeys.site import Site, visited

NEEDED = [*missing(), *([] if EXECUTABLE else ["chromium"])]

expect.set_options(timeout=PATIENCE_MS)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Each journey needs real servers, the speech models and a browser, or is skipped."""
    item.add_marker(pytest.mark.services)
    item.add_marker(pytest.mark.models)
    if NEEDED:
        item.add_marker(pytest.mark.skip(reason=f"not installed: {', '.join(NEEDED)}"))


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with visited(tmp_path_factory.mktemp("site")) as running_site:
        yield running_site


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    # Not for the session: its event loop would be in the way of other modules' own loops.
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    with launched(playwright) as browser:
        yield browser


@pytest.fixture
def visitors(chromium: Browser, site: Site) -> Iterator[Visitors]:
    """People; at the test's end no page of theirs may have done anything unasked."""
    met = Visitors(chromium, site.origin)
    yield met
    met.leave()
