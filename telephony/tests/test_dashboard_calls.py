"""Calls on the dashboard: what was heard, how long each answer took, what it cost."""

import html
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from telephony.tests.dashboard import Office, browser_of

SID = "CA" + "3" * 32


@pytest.fixture
def acorn(cast):
    return Office(cast.acorn)


@pytest.fixture
def browser(cast):
    return browser_of(cast.vera)


def visible(page):
    """The page's text as a reader sees it, white space joined."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_the_words_that_the_caller_did_not_hear_are_struck_through_and_said_to_be(acorn, browser):
    call = acorn.rings(SID)
    acorn.says(call, 1, "Hello, how can I help you?")
    acorn.says(call, 2, "When do you open?")
    acorn.says(call, 3, "At eight. And we close at six.", heard="At eight.", interrupted=True)
    acorn.hangs_up(call)

    text = browser.get(acorn.url(f"calls/{SID}/")).text

    struck = re.findall(r"<del>(.*?)</del>", text.split('<ol class="transcript">')[1])
    assert [visible(each) for each in struck] == [
        "Not heard: And we close at six. (end of what was not heard)"
    ]
    assert "At eight. Not heard: And we close" in visible(text)
    assert "caller spoke over it" in text


def test_what_is_still_being_said_in_a_live_call_is_not_struck_through(acorn, browser):
    call = acorn.rings(SID)
    acorn.says(call, 1, "Hello, how can I help you?", heard="Hello,")
    text = browser.get(acorn.url(f"calls/{SID}/")).text
    assert "<del>" not in text
    assert "Hello, how can I help you?" in visible(text)


def test_each_answer_has_a_waterfall_and_the_same_numbers_in_a_table(acorn, browser):
    call = acorn.rings(SID)
    acorn.says(call, 1, "Hello.")
    acorn.says(call, 2, "Hi.")
    acorn.says(call, 3, "What can I do for you?")
    acorn.hangs_up(call)

    text = browser.get(acorn.url(f"calls/{SID}/")).text

    waterfalls = text.split('<ol class="waterfalls"')[1].split("</ol>")[0]
    assert waterfalls.count("<li>") == 1  # the greeting answered nobody
    assert re.findall(r'class="stage-(\w+)"', waterfalls) == [
        "endpoint",
        "stt",
        "llm",
        "tts",
        "sent",
        "mark",
    ]
    rows = text.split('id="answers-table"')[1].split("</details>")[0].split("<tbody>")[1]
    assert visible(rows) == "0:03 210 (210) 0 (150) 190 (400) 120 (520) 10 (530) 110 (640)"
    assert "<dt>median answer</dt><dd>530 <small>ms</small></dd>" in text


def test_a_settled_call_shows_its_ledger_lines_and_their_total(acorn, browser):
    call = acorn.rings(SID)
    acorn.hangs_up(call, after=61)
    text = visible(browser.get(acorn.url(f"calls/{SID}/")).text)
    assert "Telephony 2 minutes $0.017" in text
    total = sum(entry.amount_micros for entry in call.ledger_entries.all())
    assert f"Total ${total / 1_000_000:.6f}".rstrip("0") in text
    assert "Ended because The caller hung up" in text


def test_an_open_calls_page_follows_it_until_it_is_settled(acorn, browser):
    call = acorn.rings(SID)
    partial = acorn.url(f"calls/{SID}/live/")
    page = browser.get(acorn.url(f"calls/{SID}/")).text
    assert f'data-live="{partial}"' in page
    assert "live.js" in page

    acorn.says(call, 1, "Something new.")
    fresh = browser.get(partial).text
    assert "Something new." in fresh
    assert "data-live" in fresh
    assert "<html" not in fresh

    acorn.hangs_up(call)
    assert "data-live" not in browser.get(partial).text
    assert "live.js" not in browser.get(acorn.url(f"calls/{SID}/")).text


def test_hostile_words_and_callers_are_text_and_nothing_else(acorn, browser):
    attack = "<script>alert(1)</script>"
    call = acorn.rings(SID, caller=attack)
    acorn.says(call, 1, attack + " and more", heard=attack, interrupted=True)
    acorn.says(call, 2, "\"'><img src=x onerror=alert(1)>")
    for path in ("", "calls/", f"calls/{SID}/", f"calls/{SID}/live/"):
        text = browser.get(acorn.url(path)).text
        assert attack not in text
        assert "<img" not in text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


def test_the_list_pages_through_every_call_once_newest_first(acorn, browser):
    began = timezone.now() - timedelta(hours=2)
    sids = [f"CA{number:032x}" for number in range(28)]
    for number, sid in enumerate(sids):
        # Two at each moment, so that a page can end between them.
        call = acorn.rings(sid, now=began + timedelta(minutes=number // 2))
        acorn.hangs_up(call)

    found = []
    address = acorn.url("calls/")
    while address:
        text = browser.get(address).text
        found += re.findall(r"/calls/(CA[0-9a-f]{32})/", text)
        older = re.search(r'href="(\?before=[^"]+)"', text)
        address = acorn.url("calls/") + older[1] if older else ""

    assert found == sids[::-1]


def test_a_page_after_a_call_that_is_not_there_is_not_found(acorn, browser):
    assert browser.get(acorn.url("calls/?before=CA9")).status_code == 404


def test_without_calls_the_list_says_what_to_do(acorn, browser):
    assert "No calls yet" in browser.get(acorn.url("calls/")).text


def test_the_list_of_calls_takes_the_same_queries_however_many_there_are(
    acorn, browser, django_assert_num_queries
):
    for number in range(2):
        acorn.hangs_up(acorn.rings(f"CA{number:032x}"))
    with django_assert_num_queries(5):  # session, user, membership, the organization menu, calls
        browser.get(acorn.url("calls/"))
    for number in range(2, 8):
        acorn.hangs_up(acorn.rings(f"CA{number:032x}"))
    with django_assert_num_queries(5):
        browser.get(acorn.url("calls/"))


def test_a_call_takes_the_same_queries_however_long_it_was(
    acorn, browser, django_assert_num_queries
):
    call = acorn.rings(SID)
    acorn.says(call, 1, "Hello.")
    acorn.hangs_up(call)
    with django_assert_num_queries(7):  # session, user, membership, menu, call, turns, ledger
        browser.get(acorn.url(f"calls/{SID}/"))
    for number in range(2, 20):
        acorn.says(call, number, "More.")
    with django_assert_num_queries(7):
        browser.get(acorn.url(f"calls/{SID}/"))
