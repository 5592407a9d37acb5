"""A link to one call: made once by an admin, opened by anyone, and what it does not show."""

import re
from functools import partial

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.test import AsyncRequestFactory, Client
from django.utils import timezone

from accounts.members import streams
from dashboard.after_call.shared import shared_audio
from dashboard.calls import transcript
from testing.office import Office, browser_of
from usage.models import CallShare, Recording
from usage.records import recordings
from usage.sharing import links
from voicex.web.request_limiter import ABORT

SID = "CA" + "4" * 32
CALLER = "+12025550143"


@pytest.fixture
def acorn(cast):
    office = Office(cast.acorn)
    call = office.rings(SID, caller=CALLER)
    office.says(call, 1, "Hello, how can I help you?")
    office.says(call, 2, "When are <b>you</b> open?")
    office.says(call, 3, "Until six. And a part that nobody heard.", heard="Until six.")
    office.runs(call, 4, 'take_message {"message": "secret"}', gave="taken")
    office.hangs_up(call)
    return office


def made(office, person, **posted):
    """The path of a new link, from the page that shows it."""
    answer = browser_of(person).post(office.url(f"calls/{SID}/share/"), {"days": "7"} | posted)
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    return re.search(r'value="[^"]+?(/shared/[^"]+)"', answer.text)[1]


def test_anyone_with_the_link_reads_what_was_heard_and_nothing_else(cast, acorn):
    answer = Client().get(made(acorn, cast.adam))
    for shown in ("A call to Acorn", "When are &lt;b&gt;you", "Until six."):
        assert shown in answer.text
    for hidden in (CALLER, "nobody heard", "take_message", "secret", SID, "<b>you", "<audio"):
        assert hidden not in answer.text
    assert "no-store" in answer["Cache-Control"]
    assert "noindex" in answer["X-Robots-Tag"]


def test_the_link_is_shown_once(cast, acorn):
    path = made(acorn, cast.adam)
    again = browser_of(cast.adam).get(acorn.url(f"calls/{SID}/share/")).text
    assert path not in again
    assert "Active links" in again


def test_a_revoked_link_is_not_found(cast, acorn):
    path = made(acorn, cast.alice)
    share = CallShare.objects.get()
    browser = browser_of(cast.adam)
    browser.post(acorn.url(f"calls/{SID}/share/revoke/"), {"share": share.pk})
    assert Client().get(path).status_code == 404
    again = browser.post(acorn.url(f"calls/{SID}/share/revoke/"), {"share": share.pk}, follow=True)
    assert "no longer open" in again.text


def test_the_recording_is_heard_only_where_it_was_ticked(cast, acorn):
    call = acorn.org.calls.get()
    Recording.objects.create(call=call, state="stored", name="gone", size_bytes=16)
    plain = made(acorn, cast.adam)
    assert "<audio" not in Client().get(plain).text
    assert Client().get(f"{plain}recording.wav").status_code == 404
    ticked = made(acorn, cast.adam, has_recording="on")
    assert "<audio" in Client().get(ticked).text
    answer = Client().get(f"{ticked}recording.wav", headers={"Range": "bytes=0-3"})
    assert answer.status_code == 206
    assert "no-store" in answer["Cache-Control"]
    assert answer.getvalue() == b"RIFF"


@pytest.mark.parametrize("is_revoked", [True, False])
def test_a_recording_that_is_being_sent_ends_when_its_link_is_revoked(
    cast, acorn, monkeypatch, is_revoked
):
    call = acorn.org.calls.get()
    Recording.objects.create(call=call, state="stored", name="gone", size_bytes=40)
    share, token = links.create(
        call, days=1, has_recording=True, actor=cast.adam, now=timezone.now()
    )
    monkeypatch.setattr(streams, "RECHECK_SECONDS", 0.0)
    monkeypatch.setattr(recordings, "read", lambda *_, **__: iter([b"a" * 10] * 4))
    aborted: list[int] = []
    request = AsyncRequestFactory().get("/")
    request.scope[ABORT] = partial(aborted.append, 1)
    response = shared_audio(request, token)

    async def sent() -> int:
        count = 0
        async for _part in response.streaming_content:
            count += 1
            if count == 2 and is_revoked:
                now = timezone.now()
                await sync_to_async(links.revoke)(call, share.pk, actor=cast.adam, now=now)
        return count

    assert async_to_sync(sent)() == (2 if is_revoked else 5)
    assert aborted == ([1] if is_revoked else [])


def test_days_beyond_a_month_are_refused(cast, acorn):
    answer = browser_of(cast.adam).post(acorn.url(f"calls/{SID}/share/"), {"days": "31"})
    assert answer.status_code == 422
    assert not CallShare.objects.exists()


def test_members_share_nothing(cast, acorn):
    browser = browser_of(cast.bob)
    assert "Share this call" not in browser.get(acorn.url(f"calls/{SID}/")).text
    assert browser.post(acorn.url(f"calls/{SID}/share/"), {"days": "7"}).status_code == 403


def test_a_very_long_call_is_shared_in_pages(cast, acorn, monkeypatch):
    monkeypatch.setattr(transcript, "TURNS_A_PAGE", 2)
    path = made(acorn, cast.adam)
    first = Client().get(path).text
    assert 'href="?from=3"' in first
    assert "Until six." not in first
    assert "Until six." in Client().get(f"{path}?from=3").text
    assert "Hello, how can I help you?" in Client().get(f"{path}?from=999").text
    assert CallShare.objects.get().opened_count == 1
    Client().get(f"{path}?from=x")  # which shows the first page
    assert CallShare.objects.get().opened_count == 2
