"""Tags and notes on the page of a call, and in the list."""

import pytest
from django.utils import timezone

from dashboard.calls import transcript
from testing.office import Office, browser_of
from usage.models import Call, CallNote, CallTag
from usage.reads.calls import listed_calls
from usage.reads.csv_rows import csv_head_of, csv_rows

SID = "CA" + "6" * 32


@pytest.fixture
def acorn(cast):
    office = Office(cast.acorn)
    office.hangs_up(office.rings(SID))
    return office


def send(office, person, path, **posted):
    return browser_of(person).post(office.url(f"calls/{SID}/{path}/"), posted, follow=True)


def test_a_member_tags_a_call_writes_a_note_and_takes_both_back(cast, acorn):
    assert "Complaint" in send(acorn, cast.bob, "tags", add="Complaint").text
    text = send(acorn, cast.bob, "notes", add="Call back on Monday.").text
    for shown in ("Call back on Monday.", "bob@example.com", "Remove the tag Complaint"):
        assert shown in text
    send(acorn, cast.bob, "tags", remove="Complaint")
    send(acorn, cast.bob, "notes", remove=CallNote.objects.get().pk)
    assert not CallTag.objects.exists()
    assert not CallNote.objects.exists()


def test_a_refusal_is_said_in_words(cast, acorn):
    assert "Enter a tag of up to 40 characters." in send(acorn, cast.bob, "tags", add="").text
    assert "Enter a note of up to" in send(acorn, cast.bob, "notes", add=" ").text


def test_a_note_that_is_too_long_stays_in_its_field(cast, acorn):
    page = send(acorn, cast.bob, "notes", add="Long <note> " + "x" * 2_000)
    assert page.status_code == 422
    assert "Enter a note of up to" in page.text
    assert f">Long &lt;note&gt; {'x' * 2_000}</textarea>" in page.text
    assert not CallNote.objects.exists()


def test_the_page_of_a_refused_note_leads_to_the_other_turns(cast, acorn, monkeypatch):
    monkeypatch.setattr(transcript, "TURNS_A_PAGE", 2)
    for number in range(1, 4):
        acorn.says(Call.objects.get(), number, f"turn {number}")
    page = send(acorn, cast.bob, "notes", add="x" * 2_001)
    assert f'href="{acorn.url(f"calls/{SID}/")}?from=3"' in page.text


def test_a_note_on_a_call_whose_words_were_deleted_meanwhile_is_not_lost(cast, acorn):
    Call.objects.update(words_deleted_at=timezone.now())
    assert 'id="new-note"' not in browser_of(cast.bob).get(acorn.url(f"calls/{SID}/")).text
    page = send(acorn, cast.bob, "notes", add="Call back.")
    assert page.status_code == 422
    assert "can’t have notes any more" in page.text
    assert ">Call back.</textarea>" in page.text


def test_a_viewer_reads_them_and_changes_nothing(cast, acorn):
    send(acorn, cast.bob, "tags", add="Complaint")
    send(acorn, cast.bob, "notes", add="Call back.")
    text = browser_of(cast.vera).get(acorn.url(f"calls/{SID}/")).text
    assert "Complaint" in text
    assert "Call back." in text
    assert "Add tag" not in text
    assert "Remove note" not in text
    assert send(acorn, cast.vera, "tags", add="x").status_code == 403


def test_a_note_of_another_member_is_for_admins_to_remove(cast, acorn):
    send(acorn, cast.adam, "notes", add="Adam's.")
    note = CallNote.objects.get().pk
    assert send(acorn, cast.bob, "notes", remove=note).status_code == 403
    assert send(acorn, cast.bob, "notes", remove=note + 1).status_code == 404
    assert send(acorn, cast.alice, "notes", remove=note).status_code == 200
    assert not CallNote.objects.exists()


def test_the_list_shows_tags_filters_by_them_and_so_does_the_file(cast, acorn):
    acorn.hangs_up(acorn.rings("CAother"))
    send(acorn, cast.bob, "tags", add="Complaint")
    send(acorn, cast.bob, "tags", add="Big one")
    send(acorn, cast.bob, "notes", add="=cmd()\nsecond line")
    text = browser_of(cast.vera).get(acorn.url("calls/?tag=Complaint")).text
    assert f"/calls/{SID}/" in text
    assert "/calls/CAother/" not in text
    assert browser_of(cast.vera).get(acorn.url("calls/?tag=None+such")).status_code == 422
    cells = list(csv_rows(acorn.org, list(listed_calls(acorn.org))))
    rows = [dict(zip(csv_head_of(()), each, strict=True)) for each in cells]
    assert {row["call_sid"]: row["tags"] for row in rows} == {
        SID: "Big one; Complaint", "CAother": "",
    }  # fmt: skip
    assert {row["notes"] for row in rows} == {"=cmd()\nsecond line", ""}


def test_what_members_write_is_shown_as_text(cast, acorn):
    send(acorn, cast.bob, "notes", add="<img src=x onerror=alert(1)>")
    text = browser_of(cast.vera).get(acorn.url(f"calls/{SID}/")).text
    assert "<img src=x" not in text
