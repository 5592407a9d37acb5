"""What is done to a row of a list leads back to the page and the filters of that list."""

import re
from html import unescape

import pytest
from celery import current_app
from django.core.cache import cache
from django.test import RequestFactory
from django.utils import timezone

from agents.tools.base import MessageDraft
from dashboard.calls import inbox
from dashboard.navigation import HERE, back_to, on_the_way, place_of
from testing.invoices import a_house, an_invoice
from testing.office import browser_of
from testing.twilio.own_account import give_account
from testing.twilio.rest_api import number, offer
from usage.hooks.endpoints import add
from usage.messages.taking import take
from usage.models import DeadLetter, HookDelivery, HookEndpoint, Message

ASKED = re.compile(r'name="here" value="([^"]*)"')


@pytest.fixture
def twilio(twilio, acorn):
    give_account(acorn.org)
    return twilio


def here(page):
    """What the forms of the page say about where they are."""
    return {HERE: unescape(ASKED.search(page.text)[1])}


def link(page, path):
    """The address on the page that begins with `path`."""
    return unescape(re.search(rf'href="({re.escape(path)}[^"]*)"', page.text)[1])


def test_a_place_is_a_query_and_leads_to_nowhere_else():
    made = RequestFactory()
    for evil in ("//evil.example/", "https://evil.example", "\r\nSet-Cookie: a=b", "#x"):
        led = back_to(made.post("/", {HERE: evil}), "/list/")
        assert led.startswith("/list/?")
        assert re.fullmatch(r"[!-~]+", led)
        assert "#" not in led
    assert back_to(made.post("/", {HERE: "a=" + "b" * 1_000}), "/list/") == "/list/"
    assert back_to(made.post("/"), "/list/") == "/list/"
    on_page = made.get("/list/?search=a+b&before=7")
    assert place_of(on_page) == "search=a+b&before=7"
    way = on_the_way(on_page, "/list/9/")
    assert way == "/list/9/?here=search%3Da%2Bb%26before%3D7"
    # Once on the way it is passed on, however many pages there are between.
    assert on_the_way(made.get(way), "/list/9/ask/") == f"/list/9/ask/{way[8:]}"
    assert back_to(made.get(way), "/list/") == "/list/?search=a+b&before=7"


def test_messages_are_worked_off_on_their_page(cast, acorn, monkeypatch):
    monkeypatch.setattr(inbox, "PAGE_SIZE", 2)
    call = acorn.rings("CA1")
    for text in ("One", "Two", "Three", "Four"):
        take(call.pk, MessageDraft(text), key=text, now=timezone.now())
    browser = browser_of(cast.bob)
    home = acorn.url("messages/")
    second = browser.get(browser.get(home).context["older_url"])
    for message in second.context["found"]:
        done = browser.post(acorn.url(f"messages/{message.pk}/"), {"do": "done"} | here(second))
        assert done.url == f"{home}?{here(second)[HERE]}"
    # Nothing is left there: the newest are shown.
    assert browser.get(done.url).url == home
    assert Message.objects.filter(state="done").count() == 2
    mine = browser.get(acorn.url("messages/?show=all&whose=mine"))
    assert place_of(mine.wsgi_request) == "show=all&whose=mine"


def test_a_note_leads_back_to_the_part_of_the_call_that_was_read(cast, acorn):
    acorn.hangs_up(acorn.rings("CA1"))
    browser = browser_of(cast.bob)
    page = browser.get(acorn.url("calls/CA1/?from=201"))
    for path, typed in (("notes/", {"add": "Call back"}), ("tags/", {"add": "vip"})):
        answer = browser.post(acorn.url(f"calls/CA1/{path}"), typed | here(page))
        assert answer.url == acorn.url("calls/CA1/?from=201")


def test_numbers_are_connected_and_given_back_on_their_page(cast, acorn, twilio):
    twilio.numbers = [number(index) for index in range(21)]
    browser = browser_of(cast.adam)
    home = acorn.url("numbers/")
    second = browser.get(link(browser.get(home), f"{home}?page="))
    last = twilio.numbers[-1]["sid"]
    point = {"number": last, "agent": acorn.agent.public_id} | here(second)
    back = browser.post(acorn.url("numbers/point/"), point, follow=True)
    assert f"Connected to {acorn.agent}." in back.text
    asked = link(back, acorn.url("numbers/release/"))
    assert link(browser.get(asked), f"{home}?page=")
    given = browser.post(asked)
    assert given.url == f"{home}?{here(second)[HERE]}"
    assert browser.get(given.url).url == home  # the page is empty now


def test_a_number_that_is_not_bought_leads_back_to_the_search(cast, acorn, twilio):
    twilio.sold = {("US", "Local"): [offer("+12065550142", locality="Seattle", region="WA")]}
    browser = browser_of(cast.adam)
    search = acorn.url("numbers/find/?country=US&kind=local&digits=206")
    wanted = {"number": "+12065550142", "agent": acorn.agent.public_id}
    found = browser.get(search)
    asked = browser.get(acorn.url("numbers/buy/"), wanted | here(found))
    assert link(asked, acorn.url("numbers/find/")) == search
    twilio.sold = {}
    failed = browser.post(f"{asked.wsgi_request.get_full_path()}")
    assert failed.url == search


def test_the_operators_lists_stay_where_they_are(cast, acorn, monkeypatch):
    monkeypatch.setattr(current_app, "send_task", lambda *_args, **_more: None)
    browser = browser_of(cast.olga)
    a_house(last_number=1)
    an_invoice(cast.acorn, number=1)
    invoices = browser.get("/operator/invoices/?search=Acorn&before=9")
    asked = link(invoices, "/operator/invoices/1/cancel/")
    page = browser.get(asked)
    home = "/operator/invoices/?search=Acorn&before=9"
    assert link(page, "/operator/invoices/?") == home
    assert browser.post(asked, {"reason": "Wrong."} | here(page)).url == home
    assert browser.post("/operator/invoices/2/again/", here(invoices)).url == home

    now = timezone.now()
    for pk in (901, 902):
        DeadLetter.objects.create(pk=pk, kind="save_turn", created_at=now, tried_at=now)
    records = browser.get("/operator/records/?before=903")
    assert "Newer" in records.text
    letter = browser.get(link(records, "/operator/records/902/"))
    told = browser.post("/operator/records/902/discard/", {"reason": "Old."} | here(letter))
    assert told.url == "/operator/records/?before=903"
    assert browser.get("/operator/records/?before=901").url == "/operator/records/"


def test_deliveries_lead_back_to_their_part_of_the_log(cast, acorn, settings):
    settings.ALLOW_PRIVATE_ENDPOINTS = True
    cache.clear()
    now = timezone.now()
    target = HookEndpoint.Target.URL
    endpoint = add(acorn.org, url="https://10.1.2.3/hook", target=target, events=["call.ended"])
    row = HookDelivery.objects.create(
        org=acorn.org, endpoint=endpoint, message_id="msg_1", event="call.ended", body="{}",
        created_at=now, tried_since=now, state="dead",
    )  # fmt: skip
    browser = browser_of(cast.adam)
    home = acorn.url(f"webhooks/{endpoint.public_id}/")
    log = browser.get(f"{home}?show=failed")
    page = browser.get(link(log, f"{home}deliveries/{row.pk}/"))
    assert link(page, f"{home}?show=") == f"{home}?show=failed"
    again = browser.post(f"{home}deliveries/{row.pk}/again/", here(page))
    assert link(browser.get(again.url), f"{home}?show=") == f"{home}?show=failed"
    assert browser.post(f"{home}again/", here(log)).url == f"{home}?show=failed"
