"""What was typed into one form of a page while another one is sent, as static/kept_forms.js has it.

The pages are the test's own, with the script that all pages have.
"""

from collections.abc import Iterator
from typing import Final

import pytest
from django.template.loader import render_to_string
from playwright.sync_api import Browser, Page, Route, expect

from testing.services.servers import ROOT

ORIGIN: Final = "http://desk.test"
SCRIPT: Final = (ROOT / "static" / "kept_forms.js").read_text()
TAG: Final = (
    '<form method="post" action="/tags/"><input name="add" aria-label="Tag">'
    "<button>Add tag</button></form>"
)
REMOVAL: Final = '<form method="post" action="/tags/"><button name="remove">Remove</button></form>'
NOTE: Final = (
    '<form method="post" action="/notes/"><textarea name="add" aria-label="Note"></textarea>'
    '<select name="kind" aria-label="Kind"><option>a<option>b</select><button>Save</button></form>'
)
# What is kept when the first form is sent.
SENT: Final = """() => {
  document.forms[0].dispatchEvent(new Event("submit", { bubbles: true }));
  return JSON.stringify({ ...sessionStorage });
}"""


@pytest.fixture
def desk(chromium: Browser) -> Iterator[Page]:
    """The page of a call; each tag that is added stands before the form of notes."""
    page = chromium.new_context().new_page()
    tags = [""]
    words = render_to_string("_words_for_scripts.html")

    def serve(route: Route) -> None:
        if route.request.method == "POST":
            tags.append(REMOVAL)
            route.fulfill(status=302, headers={"Location": f"{ORIGIN}/call/"})
            return
        head = f'<!doctype html><body data-person="ann">{words}'
        main = f"<main>{''.join(tags)}{TAG}{NOTE}</main>"
        body = f'{head}{main}<script type="module">{SCRIPT}</script>'
        route.fulfill(body=body, content_type="text/html; charset=utf-8")

    page.route(f"{ORIGIN}/**", serve)
    page.goto(f"{ORIGIN}/call/")
    yield page
    page.context.close()


def sends_a_tag(page: Page) -> None:
    page.get_by_label("Tag").fill("urgent")
    page.get_by_role("button", name="Add tag").click()
    expect(page.get_by_role("button", name="Remove")).to_be_visible()


def test_a_note_that_was_begun_is_there_after_a_tag_was_added(desk):
    desk.get_by_label("Note").fill("She calls again on Monday.")
    desk.get_by_label("Kind").select_option("b")
    sends_a_tag(desk)
    expect(desk.get_by_label("Note")).to_have_value("She calls again on Monday.")
    expect(desk.get_by_label("Kind")).to_have_value("b")
    expect(desk.get_by_label("Tag")).to_have_value("")


def test_a_secret_is_kept_nowhere(desk):
    desk.evaluate("document.querySelector('textarea').name = 'google_credentials'")
    desk.get_by_label("Note").fill('{"private_key": "x"}')
    desk.get_by_label("Kind").select_option("b")
    kept = desk.evaluate(SENT)
    assert "kind" in kept
    assert "private_key" not in kept


def test_what_nobody_touched_is_what_the_server_says(desk):
    sends_a_tag(desk)
    assert desk.evaluate("sessionStorage.length") == 0
    expect(desk.get_by_label("Note")).to_have_value("")


def test_it_comes_back_once(desk):
    desk.get_by_label("Note").fill("Once.")
    sends_a_tag(desk)
    expect(desk.get_by_label("Note")).to_have_value("Once.")
    desk.reload()
    expect(desk.get_by_label("Note")).to_have_value("")
