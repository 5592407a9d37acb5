"""The system's Chromium, and people who look at the site through it.

Whatever a page does unasked is recorded and judged: an error on the console, a
request to another host, a script that fails.
"""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, Route

EXECUTABLE: Final = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS: Final = (
    # Chromium's sandbox needs rights that root and containers have not; it sees our pages only.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--no-first-run",
    "--no-proxy-server",
    "--autoplay-policy=no-user-gesture-required",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
)
PATIENCE_MS: Final = 60_000  # longer than people wait, for a busy machine
PHONE: Final = {"width": 360, "height": 740}
DESK: Final = {"width": 1600, "height": 1000}


@dataclass
class Witness:
    """What the pages of one browser context did; `origin` is the only host they may ask."""

    origin: str
    errors: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)
    # Parts of console messages that the journey brings about itself: a refused form is a 422.
    expected: tuple[str, ...] = ()

    def watch(self, context: BrowserContext) -> None:
        """Begin to keep what pages of `context` do."""
        context.route("**/*", self._pass_or_stop)
        context.on("console", self._read)
        context.on("weberror", lambda error: self.errors.append(str(error.error)))

    def _pass_or_stop(self, route: Route) -> None:
        if urlsplit(route.request.url).netloc == urlsplit(self.origin).netloc:
            route.continue_()
        else:
            self.strangers.append(route.request.url)
            route.abort()

    def _read(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not any(
            part in message.text for part in self.expected
        ):
            page = message.page.url if message.page else ""
            self.errors.append(f"{page}: {message.text}")

    def assert_nothing_happened(self) -> None:
        """AssertionError that lists errors and requests to other hosts."""
        assert not self.errors, "\n".join(self.errors)
        assert not self.strangers, self.strangers


class Visitors:
    """The people of one test: each has a browser of their own, closed and judged at the end."""

    def __init__(self, browser: Browser, origin: str) -> None:
        self._browser = browser
        self._origin = origin
        self._met: list[tuple[BrowserContext, Witness]] = []

    def comes(self, *, expected: Sequence[str] = (), **options: Any) -> Page:
        """A new person's first page. expected: parts of console messages that are no fault."""
        options = {"viewport": DESK, "base_url": self._origin, "locale": "en-GB"} | options
        context = self._browser.new_context(**options)
        context.set_default_timeout(PATIENCE_MS)
        witness = Witness(self._origin, expected=tuple(expected))
        witness.watch(context)
        self._met.append((context, witness))
        return context.new_page()

    def leave(self) -> None:
        """Close every browser; AssertionError when a page did something unasked."""
        for context, _witness in self._met:
            context.close()
        for _context, witness in self._met:
            witness.assert_nothing_happened()


@contextmanager
def launched(playwright: Playwright, *, microphone: Path | None = None) -> Iterator[Browser]:
    """A Chromium whose microphone plays the WAV file `microphone` again and again."""
    flags = [*FLAGS]
    if microphone is not None:
        flags.append(f"--use-file-for-fake-audio-capture={microphone}")
    # A developer's proxy must not come between the browser and loopback.
    environment = {key: value for key, value in os.environ.items() if "proxy" not in key.lower()}
    browser = playwright.chromium.launch(
        executable_path=EXECUTABLE, args=flags, env=environment, headless=True
    )
    try:
        yield browser
    finally:
        browser.close()


def logs_in(page: Page, *, email: str, password: str) -> None:
    """Log in as a person does, from wherever the site sends one."""
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/accounts/login/" not in url)


def has_authenticator(page: Page) -> None:
    """Give the page what a phone has: a store of passkeys and a thumb on its sensor."""
    developer = page.context.new_cdp_session(page)
    developer.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    developer.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def adds_passkey(page: Page, *, name: str) -> None:
    """Add a passkey on its page, which is open, and come to the recovery codes."""
    page.get_by_label("Name").fill(name)
    page.get_by_role("main").get_by_role("button", name="Add").click()
    page.wait_for_url("**/recovery-codes/")
