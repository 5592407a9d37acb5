"""The button of a form that is sent: it waits for as long as its request does."""

from typing import Final

from django.conf import settings
from playwright.sync_api import Browser, expect

PAGE: Final = '<!doctype html><title>Buy</title><form method="post"><button>Buy</button></form>'
# What passes the page's own script is counted, and not answered.
COUNTED: Final = """
window.sent = 0;
addEventListener("submit", (event) => {
  if (!event.defaultPrevented) window.sent += 1;
  event.preventDefault();
});
"""


def test_a_slow_form_is_not_sent_twice_and_escape_frees_its_button(chromium: Browser):
    context = chromium.new_context()
    page = context.new_page()
    page.clock.install()
    page.set_content(PAGE)
    page.add_script_tag(path=settings.BASE_DIR / "static" / "frame.js")
    page.add_script_tag(content=COUNTED)
    button = page.get_by_role("button")
    button.click()
    page.clock.fast_forward("10:00")
    button.click()
    assert page.evaluate("window.sent") == 1
    expect(button).to_have_attribute("aria-busy", "true")
    page.keyboard.press("Escape")
    button.click()
    assert page.evaluate("window.sent") == 2
    context.close()
