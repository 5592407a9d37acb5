"""What a member wrote about something that is gone, or no longer theirs to change, is shown."""

import pytest
from django.test import Client

from testing.office import browser_of

WRITTEN = "Finds an <order> by its number"
SHOWN = "Finds an &lt;order&gt; by its number"
ABOUT_GONE = (
    "tools/none/try/",
    "agents/{agent}/questions/999999/fact/",
    "webhooks/none/edit/",
    "calls/CA0/notes/",
)


@pytest.mark.parametrize("path", ABOUT_GONE)
def test_what_was_written_about_something_gone_can_be_copied(cast, acorn, path):
    page = acorn.url(path.format(agent=acorn.agent.public_id))
    typed = {"name": "find_order", "text": WRITTEN, "api_key": "vx_1 s3cret", "here": "page=a b"}
    answer = browser_of(cast.adam).post(page, typed)
    assert answer.status_code == 404
    assert "Your entries weren’t saved" in answer.text
    assert SHOWN in answer.text
    assert "find_order" in answer.text
    assert "s3cret" not in answer.text
    assert "page=a b" not in answer.text


@pytest.mark.parametrize(
    ("path", "new", "typed"),
    [
        ("tools/none/", "tools/new/", {"name": "find_order", "description": WRITTEN, "rows": "1"}),
        (
            "tools/none/",
            "tools/new/calendar/",
            {"name": "visits", "description": WRITTEN, "provider": "calcom"},
        ),
        ("agents/{agent}/tests/999999/", "agents/{agent}/tests/new/", {"name": WRITTEN}),
    ],
)
def test_what_can_be_made_anew_stays_in_its_form(cast, acorn, path, new, typed):
    path, new = (acorn.url(each.format(agent=acorn.agent.public_id)) for each in (path, new))
    browser = browser_of(cast.bob)
    assert browser.get(path).status_code == 404
    answer = browser.post(path, typed)
    assert answer.status_code == 422
    assert "This no longer exists. Save again to create it anew." in answer.text
    assert SHOWN in answer.text
    assert f'action="{new}"' in answer.text


def test_so_can_what_a_member_wrote_whose_role_was_lowered_meanwhile(cast, acorn):
    acorn.rings("CA1")
    answer = browser_of(cast.vera).post(acorn.url("calls/CA1/notes/"), {"add": WRITTEN})
    assert answer.status_code == 403
    assert SHOWN in answer.text


def test_so_can_what_was_written_before_signing_in_again_in_another_tab(cast, acorn):
    acorn.rings("CA1")
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(cast.bob)
    notes = acorn.url("calls/CA1/notes/")
    answer = browser.post(notes, {"add": WRITTEN, "csrfmiddlewaretoken": "of before"})
    assert answer.status_code == 403
    assert SHOWN in answer.text
    assert SHOWN not in Client(enforce_csrf_checks=True).post(notes, {"add": WRITTEN}).text


@pytest.mark.parametrize("written", ["予約を変更したい", "Über", "x" * 65])
def test_so_can_texts_without_blanks(cast, acorn, written):
    answer = browser_of(cast.adam).post(acorn.url("calls/CA0/notes/"), {"add": written})
    assert written in answer.text


def test_the_press_of_a_button_shows_nothing_and_neither_does_what_no_page_sent(cast, acorn):
    browser = browser_of(cast.bob)
    pressed = browser.post(acorn.url("messages/999999/"), {"do": "assign", "assignee": "7"})
    assert pressed.status_code == 404
    assert "Your entries" not in pressed.text
    pressed = browser.post(acorn.url("messages/999999/"), {"do": "done", "next": "/o/?" + "x" * 80})
    assert "Your entries" not in pressed.text
    assert "Your entries" not in browser.post("/no-page/", {"text": WRITTEN}).text
    assert "Your entries" not in browser.get(acorn.url("tools/none/?text=a+b")).text
