"""The forms of a supervisor in a live call, as htmx and static/frame.js have them."""

import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Final

from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from playwright.sync_api import Browser, Page, Route, expect

from dashboard.live.order_forms import NOTE, SAY, TAKE_OVER, OrderForm
from usage.models import Call

ORIGIN: Final = "http://desk.test"
CALL: Final = Call(carrier_call_id="CA1")


def rendered(name: str, **more: object) -> str:
    shared = {"org": SimpleNamespace(public_id="o1"), "call": CALL, "longest_order": 500}
    return render_to_string(f"dashboard/{name}", shared | more)


def answered(form: OrderForm) -> str:
    return rendered("_supervise_form.html", form=form)


def sent(page: Page, held: list[Route], number: int) -> Route:
    """The request of that number, once the page has made it, within ten seconds."""
    for _ in range(1_000):
        if len(held) >= number:
            break
        page.wait_for_timeout(10)
    assert len(held) >= number
    return held[number - 1]


def test_what_is_written_in_the_other_fields_stays_and_the_answer_is_announced(chromium: Browser):
    context = chromium.new_context()
    page = context.new_page()
    section = rendered("_supervise.html", texts=[SAY, NOTE], takeover=TAKE_OVER)
    words = render_to_string("_words_for_scripts.html")
    held: list[Route] = []

    def serve(route: Route) -> None:
        if route.request.method == "POST":
            held.append(route)
        else:
            body = f'<!doctype html>{section}{words}<div id="toasts" role="status"></div>'
            route.fulfill(body=body, content_type="text/html; charset=utf-8")

    page.route(f"{ORIGIN}/**", serve)
    page.goto(f"{ORIGIN}/")
    page.add_script_tag(path=finders.find("django_htmx/htmx-2.min.js"))
    page.add_script_tag(path=settings.BASE_DIR / "static" / "frame.js", type="module")
    note, say = page.get_by_label("Whisper to the agent"), page.get_by_label("Say to the caller")
    note.fill("Offer the later")
    say.fill("One moment")
    page.get_by_role("button", name="Say it").press("Enter")
    note.press_sequentially(" date")  # while the answer is on its way
    route = sent(page, held, 1)
    assert route.request.url == f"{ORIGIN}/o/o1/calls/CA1/say/"
    assert route.request.post_data_json["say"] == "One moment"
    toast = {"HX-Trigger": json.dumps({"voicex:toast": {"text": "It is said."}})}
    route.fulfill(body=answered(SAY), content_type="text/html", headers=toast)
    expect(page.get_by_role("status").get_by_text("It is said.")).to_be_visible()
    expect(say).to_have_value("")
    expect(note).to_have_value("Offer the later date")
    expect(note).to_be_focused()

    page.get_by_role("button", name="Send note").press("Enter")
    refused = replace(NOTE, typed="Offer the later date", problem="Shorten it.")
    sent(page, held, 2).fulfill(status=422, body=answered(refused), content_type="text/html")
    expect(page.get_by_role("alert")).to_have_text("Shorten it.")
    expect(note).to_have_value("Offer the later date")
    expect(page.get_by_role("button", name="Send note")).to_be_focused()

    number = page.get_by_label("Take over on your phone")
    number.fill("12")
    number.press("Enter")
    route = sent(page, held, 3)
    assert route.request.url == f"{ORIGIN}/o/o1/calls/CA1/take-over/"
    wrong = replace(TAKE_OVER, typed="12", problem="Enter your number.")
    route.fulfill(status=422, body=answered(wrong), content_type="text/html")
    expect(page.get_by_role("alert").last).to_have_text("Enter your number.")
    expect(number).to_have_value("12")
    expect(number).to_be_focused()
    expect(note).to_have_value("Offer the later date")
    context.close()


def test_without_a_script_each_button_sends_what_stands_in_all_fields(chromium: Browser):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    section = rendered("_supervise.html", texts=[SAY, NOTE], takeover=TAKE_OVER)
    asked: list[tuple[str, dict[str, str]]] = []

    def serve(route: Route) -> None:
        if route.request.method == "POST":
            asked.append((route.request.url, route.request.post_data_json))
        body = f"<!doctype html>{section}"
        route.fulfill(body=body, content_type="text/html; charset=utf-8")

    page.route(f"{ORIGIN}/**", serve)
    typed = {"say": "One moment", "note": "Offer the later date", "number": "+14155550100"}
    labels = {"say": SAY.label, "note": NOTE.label, "number": TAKE_OVER.label}
    for press, path in ((str(NOTE.button), "tell"), (str(SAY.button), "say"), ("", "take-over")):
        page.goto(f"{ORIGIN}/")
        for name, text in typed.items():
            page.get_by_label(str(labels[name])).fill(text)
        if press:
            page.get_by_role("button", name=press).click()
        else:
            page.get_by_label(str(TAKE_OVER.label)).press("Enter")
        page.wait_for_url(f"{ORIGIN}/o/o1/calls/CA1/{path}/")
        assert asked[-1] == (f"{ORIGIN}/o/o1/calls/CA1/{path}/", typed)
    context.close()
