"""Every page of the site: valid, accessible, whole at every width, and readable without scripts.

Screenshots of each go to var/screenshots/ as `<page>-<theme>-<width>.png`.
"""

from collections.abc import Iterator
from typing import Any, Final

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import URLPattern, URLResolver, get_resolver
from playwright.sync_api import Browser, BrowserContext, Page

from testing.services.servers import ROOT
from tests.journeys.chromium import (
    DESK,
    PATIENCE_MS,
    PHONE,
    Witness,
    adds_passkey,
    has_authenticator,
    logs_in,
)
from tests.journeys.pages import OPERATOR, OWNER, VISITOR, WITHOUT_PAGE
from tests.journeys.site import Site
from tests.journeys.validity import faults_of
from tests.journeys.world import PASSWORD

SCREENSHOTS: Final = ROOT / "var" / "screenshots"
APPS: Final = ("dashboard", "operator", "")
# Where nothing works without a script; the page says so in a sentence.
NEEDS_SCRIPTS: Final = {"try_it"}
TABS: Final = 400
PRESSED: Final = """() => {
    const e = document.activeElement;
    if (!e || e === document.body) return null;
    e.dataset.reached = "";
    const style = getComputedStyle(e);
    return {tag: e.outerHTML.slice(0, 120), isSeen: style.outlineStyle !== "none"
        || style.boxShadow !== "none" || e.closest("label, .drop") !== null
        // The parts of a date or player have rings of their own; a turn draws its outline in SVG.
        || e.matches("[type^=date], audio, svg a, .visually-hidden")};
}"""
# What can be reached with the keyboard; radio buttons share one stop, so they are left out.
NOT_REACHED: Final = """() => [...document.querySelectorAll(
    'main a[href], main button, main input:not([type=hidden]):not([type=radio]), main select, ' +
    'main textarea, main summary')].filter(
    (e) => !e.disabled && e.checkVisibility({visibilityProperty: true})
        && e.dataset.reached === undefined).map((e) => e.outerHTML.slice(0, 120))"""
LOOKS: Final = [("light", 1600), ("dark", 1440), ("light", 360), ("dark", 360)]
# Cards and tables that are wider inside than they are, and show it: over what lies beside them.
SPILT: Final = """() => [...document.querySelectorAll('main .card, main table')].filter(
    (e) => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflowX === 'visible'
        && !e.closest('.narrow')).map((e) => e.outerHTML.slice(0, 80))"""
FAULTS_ONLY: Final = {"resultTypes": ["violations"]}
# Of WCAG 2.2, which axe leaves out unless it is asked.
TARGET_SIZE: Final = {"rules": {"target-size": {"enabled": True}}} | FAULTS_ONLY
CONTRAST: Final = {"runOnly": ["color-contrast"]} | FAULTS_ONLY
# Headings, heads of tables and labels, which both readers must find.
CONTENT: Final = """() => [...document.querySelectorAll(
    'main h1, main h2, main caption, main th[scope=col], main label')]
    .map((e) => e.textContent.trim()).filter(Boolean)"""


# Of the admin, whose pages are its theme's. rule: why it stays.
ADMIN_EXCEPTIONS: Final = {
    "landmark-unique": "SimpleBar, which draws the theme's scroll bars, gives all boxes one label",
}
# One page of each kind that the theme has: a list, a form, a page to read, a question.
ADMIN: Final = (
    "/admin/",
    "/admin/usage/call/",
    "/admin/agents/agent/",
    "/admin/agents/agent/{first}/change/",
    "/admin/accounts/user/add/",
    "/admin/usage/call/{first}/change/",
    "/admin/agents/testresult/{first}/change/",
)


class Gallery:
    """One kind of visitor with two browsers: one with scripts, one without."""

    def __init__(self, browser: Browser, site: Site, *, email: str = "") -> None:
        self._witness = Witness(site.origin)
        self._contexts: list[BrowserContext] = []
        self.page = self._opened(browser, site)
        if email:
            logs_in(self.page, email=email, password=PASSWORD)
            _confirms_access(self.page)
        # One session for both: a passkey, once added, ends the person's other sessions.
        state = self.page.context.storage_state()
        self.plain = self._opened(browser, site, storage_state=state, java_script_enabled=False)

    def _opened(self, browser: Browser, site: Site, **options: Any) -> Page:
        context = browser.new_context(base_url=site.origin, locale="en-GB", **options)
        context.set_default_timeout(PATIENCE_MS)
        self._witness.watch(context)
        self._contexts.append(context)
        return context.new_page()

    def seen(self) -> list[str]:
        """Errors and requests to other hosts since this was asked last."""
        seen = [*self._witness.errors, *self._witness.strangers]
        self._witness.errors.clear()
        self._witness.strangers.clear()
        return seen

    def close(self) -> None:
        """Close both browsers."""
        for context in self._contexts:
            context.close()


def _confirms_access(page: Page) -> None:
    """Without this a page that guards the account shows the question for the password instead."""
    page.goto("/accounts/reauthenticate/?next=/accounts/2fa/")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Confirm").click()
    page.wait_for_url("**/accounts/2fa/")


def _passkey_of(page: Page) -> str:
    """Add a passkey; its number in the addresses of its pages."""
    has_authenticator(page)
    page.goto("/accounts/2fa/webauthn/add/")
    adds_passkey(page, name="My phone")
    page.goto("/accounts/2fa/webauthn/")
    link = page.get_by_role("link", name="Rename My phone").get_attribute("href")
    assert link is not None
    return link.split("/")[-3]


@pytest.fixture(scope="module")
def world(site: Site) -> dict[str, Any]:
    return site.make("gallery")


@pytest.fixture(scope="module")
def galleries(chromium: Browser, site: Site, world: dict[str, Any]) -> Iterator[dict[str, Gallery]]:
    opened = {
        "visitor": Gallery(chromium, site),
        "owner": Gallery(chromium, site, email="owner@gallery.example"),
        "operator": Gallery(chromium, site, email=world["operator"]),
    }
    world["passkey"] = _passkey_of(opened["owner"].page)
    yield opened
    for gallery in opened.values():
        gallery.close()


def routes(resolver: URLResolver, app: str = "") -> Iterator[str]:
    """The names of all routes of our own apps and allauth's, as pages.py writes them."""
    for each in resolver.url_patterns:
        if isinstance(each, URLResolver):
            inner = each.app_name or app
            if inner in APPS:
                yield from routes(each, inner)
        elif isinstance(each, URLPattern) and each.name:
            yield f"operator:{each.name}" if app == "operator" else each.name


def test_every_route_is_looked_at_or_shows_no_page():
    known = {*VISITOR, *OWNER, *OPERATOR, *WITHOUT_PAGE}
    assert set(routes(get_resolver())) - {"operator:None"} == known


@pytest.mark.parametrize(
    ("who", "name", "address"),
    [
        pytest.param(who, name, address, id=name)
        for who, table in (("visitor", VISITOR), ("owner", OWNER), ("operator", OPERATOR))
        for name, address in table.items()
    ],
)
def test_a_page_is_whole(galleries, world, who, name, address):
    gallery = galleries[who]
    page = gallery.page
    path = address.format(**world)
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.set_viewport_size(DESK)
    response = page.goto(path)
    assert response is not None
    assert response.status < 400 or name == "account_confirm_email"
    faults = [*faults_of(response.text()), *looks_of(page, name), *keyboard_faults(page)]
    gallery.plain.goto(path)
    if name not in NEEDS_SCRIPTS:
        plain, full = gallery.plain.evaluate(CONTENT), page.evaluate(CONTENT)
        missing = [text for text in full if text not in plain]
        faults += [f"only with scripts: {text!r}" for text in missing]
    assert not faults + gallery.seen()


@pytest.mark.parametrize("address", ADMIN)
def test_the_admin_is_whole(galleries, address):
    page = galleries["operator"].page
    if "{first}" in address:
        page.goto(address.partition("{first}")[0])
        address = page.locator("#result_list th a").first.get_attribute("href").split("?")[0]
    faults = []
    for theme, width in (("light", 1440), ("dark", 360)):
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        page.set_viewport_size({**(PHONE if width == 360 else DESK), "width": width})
        page.goto(address)
        faults += _faults_of_admin(page, theme, width)
    assert not faults


def _faults_of_admin(page: Page, theme: str, width: int) -> Iterator[str]:
    if (overflow := page.evaluate("document.documentElement.scrollWidth - innerWidth")) > 0:
        yield f"{overflow} px too wide at {width} px"
    for found in Axe().run(page, options=TARGET_SIZE).response["violations"]:
        if found["id"] not in ADMIN_EXCEPTIONS:
            where = [node["target"] for node in found["nodes"]]
            yield f"axe, {theme}, {width}: {found['id']} {where}"


def looks_of(page: Page, name: str) -> Iterator[str]:
    """Take the pictures; say what is too wide, and what axe finds in each theme."""
    file = name.replace("operator:", "operator_")
    for theme, width in LOOKS:
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        page.set_viewport_size({**(PHONE if width == 360 else DESK), "width": width})
        page.screenshot(
            path=SCREENSHOTS / f"{file}-{theme}-{width}.png", full_page=True, animations="disabled"
        )
        if (overflow := page.evaluate("document.documentElement.scrollWidth - innerWidth")) > 0:
            yield f"{overflow} px too wide at {width} px"
        for spilt in page.evaluate(SPILT):
            yield f"too wide for its place at {width} px: {spilt}"
        # Colours differ by theme, everything else by width.
        rules = CONTRAST if theme == "dark" else TARGET_SIZE
        if (theme, width) in (("light", 360), ("dark", 1440)):
            for found in Axe().run(page, options=rules).response["violations"]:
                where = [node["target"] for node in found["nodes"]]
                yield f"axe, {theme}, {width}: {found['id']} {where}"
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.set_viewport_size(DESK)


def keyboard_faults(page: Page) -> list[str]:
    """Go through the page with Tab: everything is reached, and one sees where one is.

    A region that the page reads again on its way holds elements that were not there yet: then the
    page is gone through once more.
    """
    return _faults_with_tab(page) and _faults_with_tab(page)


def _faults_with_tab(page: Page) -> list[str]:
    faults = []
    page.get_by_role("link", name="Skip to content").focus()  # the first of every page
    first = None
    for _ in range(TABS):
        page.keyboard.press("Tab")
        reached = page.evaluate(PRESSED)
        if reached is None or reached["tag"] == first:
            break
        first = first or reached["tag"]
        if not reached["isSeen"]:
            faults.append(f"focus is not seen on {reached['tag']}")
    return faults + [f"not reached with Tab: {tag}" for tag in page.evaluate(NOT_REACHED)]
