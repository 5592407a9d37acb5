"""Every page of the admin without a fault of axe: lists, forms to add, pages of one row.

The pages are made by Django's test client, beside one row of every model, and a small server gives
them to the browser: neither the service nor a database runs meanwhile. How some of them look and
fit is in test_pages.py.
"""

import mimetypes
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib import admin
from django.contrib.staticfiles import finders
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, sync_playwright

from tests.journeys.chromium import PATIENCE_MS, launched
from tests.journeys.test_pages import ADMIN_EXCEPTIONS, TARGET_SIZE
from usage.admin.tests.test_admin import operator, world

__all__ = ["operator", "world"]  # fixtures

# Of a field that searches, once its list is open: what is not select2's own way.
OPEN: Final = {"runOnly": ["aria-input-field-name", "aria-required-attr"]}
STATIC: Final = "/static/"
SCRIPT: Final = "/admin/jsi18n/"  # words for the admin's scripts
SEARCHED: Final = "#content-main .select2-selection[role=combobox]:visible"


@pytest.fixture
def pages(operator: Client, world: object) -> dict[str, HttpResponse]:
    """What the admin's pages are, by their paths: made before the browser's event loop runs."""
    made = {SCRIPT: operator.get(SCRIPT)}
    for model, shown in admin.site._registry.items():
        routes = f"admin:{shown.opts.app_label}_{shown.opts.model_name}"
        first = model._default_manager.first()
        paths = [reverse(f"{routes}_changelist"), reverse(f"{routes}_add")]
        paths += [reverse(f"{routes}_change", args=(first.pk,))] if first is not None else []
        for path in paths:
            answer = operator.get(path)
            if answer.status_code == 200:
                made[path] = answer
    return made


@pytest.fixture
def origin(pages: dict[str, HttpResponse]) -> Iterator[str]:
    """Where the pages are served, with the static files."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(pages))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_no_page_of_the_admin_has_a_fault(pages, origin):
    searched = 0
    faults = []
    with sync_playwright() as playwright, launched(playwright) as browser:
        context = browser.new_context(base_url=origin, locale="en-GB", reduced_motion="reduce")
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        for number, path in enumerate(path for path in pages if path != SCRIPT):
            # Half of the pages on a phone in the dark: they are made by the same few templates.
            is_phone = number % 2 == 1
            page.set_viewport_size({"width": 360 if is_phone else 1440, "height": 900})
            page.emulate_media(color_scheme="dark" if is_phone else "light")
            page.goto(path)
            faults += [f"{path}: {fault}" for fault in faults_of(page, TARGET_SIZE)]
            for combobox in page.locator(SEARCHED).all():
                combobox.click()
                faults += [f"{path}, searched: {fault}" for fault in faults_of(page, OPEN)]
                page.keyboard.press("Escape")
                searched += 1
    assert not faults, "\n".join(faults)
    assert len(pages) >= 2 * len(admin.site._registry)
    assert searched


def handler_of(pages: Mapping[str, HttpResponse]) -> type[BaseHTTPRequestHandler]:
    """What answers with the page that was made, or a static file; nothing else is there."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            if path in pages:
                self._answer(pages[path].content, pages[path].headers["Content-Type"])
            elif path.startswith(STATIC) and (found := finders.find(path.removeprefix(STATIC))):
                kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
                self._answer(Path(found).read_bytes(), kind, cache="max-age=600")
            else:
                self._answer(b"", "text/plain", status=404)

        def _answer(
            self, body: bytes, kind: str, *, status: int = 200, cache: str = "no-store"
        ) -> None:
            self.send_response(status)
            headers = {"Content-Type": kind, "Content-Length": len(body), "Cache-Control": cache}
            for name, value in headers.items():
                self.send_header(name, str(value))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            """Nothing."""

    return Handler


def faults_of(page: Page, rules: Mapping[str, Any]) -> Iterator[str]:
    """What axe finds wrong with the page."""
    for found in Axe().run(page, options=dict(rules)).response["violations"]:
        if found["id"] not in ADMIN_EXCEPTIONS:
            yield f"{found['id']} {[node['target'] for node in found['nodes']]}"
