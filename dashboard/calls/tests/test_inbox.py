"""The inbox: what it shows, to whom, and what members do there."""

import pytest

from accounts.models import AuditEntry, Membership
from agents.tools.base import MessageDraft
from dashboard.calls import inbox as pages
from testing.office import Office, browser_of
from testing.scene import NOW
from usage.messages import inbox
from usage.messages.taking import take
from usage.models import Message

SID = "CA" + "5" * 32


def left(office, text="The boiler leaks.", *, sid=SID, **given):
    call = office.org.calls.filter(carrier_call_id=sid).first() or office.rings(sid)
    return take(call.pk, MessageDraft(text, **given), key=text[:40], now=NOW)


def change(office, person, message, **posted):
    return browser_of(person).post(office.url(f"messages/{message.pk}/"), posted)


def test_a_viewer_reads_it_and_is_offered_nothing_to_do(cast, acorn):
    left(acorn, name="Ann Lee", number="555 0142", is_urgent=True)
    text = browser_of(cast.vera).get(acorn.url("messages/")).text
    for shown in ("The boiler leaks.", "Ann Lee", "555 0142", "urgent", f"calls/{SID}/"):
        assert shown in text
    assert "Mark done" not in text
    assert change(acorn, cast.vera, Message.objects.get(), do="done").status_code == 403
    assert Message.objects.get().state == "new"


def test_reading_it_is_in_the_audit_log_once_a_day(cast, acorn):
    browser = browser_of(cast.vera)
    browser.get(acorn.url("messages/"))
    assert not AuditEntry.objects.filter(action="transcript.messages").exists()
    left(acorn)
    for _ in range(2):
        browser.get(acorn.url("messages/"))
    assert AuditEntry.objects.get(action="transcript.messages").actor == cast.vera


def test_what_callers_say_is_shown_as_text(cast, acorn):
    left(acorn, "<img src=x onerror=alert(1)>", name="<b>Ann</b>")
    text = browser_of(cast.bob).get(acorn.url("messages/")).text
    assert "<img src=x" not in text
    assert "<b>Ann" not in text


def test_a_member_marks_it_done_and_it_leaves_the_new_ones(cast, acorn):
    message = left(acorn)
    browser = browser_of(cast.bob)
    done = change(acorn, cast.bob, message, do="done", here="")
    assert (done.status_code, done.url) == (302, acorn.url("messages/"))
    assert "The boiler leaks." not in browser.get(acorn.url("messages/")).text
    for show in ("done", "all"):
        text = browser.get(acorn.url(f"messages/?show={show}")).text
        assert "The boiler leaks." in text
        assert "bob@example.com" in text
    change(acorn, cast.bob, message, do="reopen", here="show=done")
    assert "The boiler leaks." in browser.get(acorn.url("messages/")).text


def test_it_is_given_to_a_member_and_found_as_theirs(cast, acorn):
    message = left(acorn)
    given = change(acorn, cast.bob, message, do="assign", assignee=cast.adam.pk, here="whose=mine")
    assert given.url == acorn.url("messages/?whose=mine")
    assert Message.objects.get().assignee == cast.adam
    page = acorn.url("messages/?whose=mine")
    assert "The boiler leaks." in browser_of(cast.adam).get(page).text
    assert "The boiler leaks." not in browser_of(cast.bob).get(page).text


def test_a_page_from_before_takes_it_from_nobody_and_says_who_has_it(cast, acorn):
    message = left(acorn)
    change(acorn, cast.adam, message, do="assign", assignee=cast.adam.pk, seen="")
    late = {"do": "assign", "assignee": cast.bob.pk, "seen": ""}
    browser = browser_of(cast.bob)
    page = browser.post(acorn.url(f"messages/{message.pk}/"), late, follow=True).text
    assert "adam@example.com was given this message meanwhile." in page
    assert Message.objects.get().assignee == cast.adam
    assert f'name="seen" value="{cast.adam.pk}"' in page


def test_the_card_says_that_the_assignee_has_left(cast, acorn):
    message = left(acorn)
    inbox.assign(message, assignee=cast.bob, actor=cast.bob, seen=None)
    Membership.objects.filter(user=cast.bob).delete()
    page = browser_of(cast.adam).get(acorn.url("messages/")).text
    assert "bob@example.com, who has left the team" in page


@pytest.mark.parametrize("assignee", ["charlie", "nobody at all", "9" * 30])
def test_it_is_given_to_no_stranger(cast, acorn, assignee):
    wanted = cast.charlie.pk if assignee == "charlie" else assignee
    answer = change(acorn, cast.bob, left(acorn), do="assign", assignee=wanted)
    assert answer.status_code == 302
    assert Message.objects.get().assignee is None


def test_new_ones_are_counted_beside_the_navigation_of_every_page(cast, acorn):
    browser = browser_of(cast.vera)
    assert '<span class="visually-hidden"> new' not in browser.get(acorn.url("")).text
    first, _second = left(acorn), left(acorn, "Another.")
    link = f'<a href="{acorn.url("messages/")}">'
    entry = browser.get(acorn.url("")).text.split(link)[1].split("</a>")[0]
    assert "Messages" in entry
    assert ">2</span>" in entry
    inbox.finish(first, actor=cast.bob, now=NOW)
    assert ">1</span>" in browser.get(acorn.url("")).text.split(link)[1].split("</a>")[0]


def test_older_ones_are_on_further_pages(cast, acorn, monkeypatch):
    monkeypatch.setattr(pages, "PAGE_SIZE", 2)
    for number in range(3):
        left(acorn, f"Message number {number}")
    browser = browser_of(cast.vera)
    first = browser.get(acorn.url("messages/"))
    assert [each.text[-1] for each in first.context["found"]] == ["2", "1"]
    older = browser.get(first.context["older_url"])
    assert [each.text[-1] for each in older.context["found"]] == ["0"]
    assert older.context["older_url"] == ""


@pytest.mark.parametrize(
    "query", ["?show=evil", "?before=abc", "?whose=you", "?before=" + "9" * 40]
)
def test_what_is_no_filter_is_passed_over(cast, acorn, query):
    left(acorn)
    answer = browser_of(cast.vera).get(acorn.url(f"messages/{query}"))
    assert answer.status_code == 200
    assert "The boiler leaks." in answer.text


def test_it_stands_on_the_page_of_its_call_and_can_be_worked_off_there(cast, acorn):
    message = left(acorn, name="Ann Lee")
    page = acorn.url(f"calls/{SID}/")
    text = browser_of(cast.bob).get(page).text
    assert "The boiler leaks." in text
    assert "Message: Ann Lee" in " ".join(text.split())
    done = change(acorn, cast.bob, message, do="done", page="call")
    assert done.url == page
    assert Message.objects.get().state == "done"


def test_another_organizations_messages_are_neither_shown_nor_changed(cast, acorn):
    birch = Office(cast.birch)
    theirs = left(birch, "Secret of Birch", sid="CA" + "6" * 32)
    left(acorn)
    browser = browser_of(cast.alice)
    for show in ("", "done", "all"):
        assert "Secret of Birch" not in browser.get(acorn.url(f"messages/?show={show}")).text
    assert browser.get(birch.url("messages/")).status_code == 404
    assert change(acorn, cast.alice, theirs, do="done").status_code == 404
    assert change(birch, cast.alice, theirs, do="done").status_code == 404
    assert Message.objects.get(pk=theirs.pk).state == "new"
