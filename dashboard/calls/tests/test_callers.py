"""The page of one caller: found without the number in an address, taken along, erased."""

import io
import json
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
from asgiref.sync import sync_to_async
from django.test import AsyncClient, Client
from django.utils import timezone

from accounts.models import AuditEntry
from agents.versions.archiving import archive_agent
from agents.versions.publishing import publish
from telephony.simulator.sound.wav_file import read_wav
from testing.calls.caller import NUMBER, WORD, calls_often
from testing.office import Office, browser_of
from tests.traces import number_traces
from usage import tasks
from usage.models import Call, CallAnalysis, Erasure, Message, Recording, Turn
from usage.privacy import erasure
from usage.records import recordings

FIND, EXPORT, ERASE = "callers/", "callers/export/", "callers/erase/"


@pytest.fixture
def acorn(cast, storage_paths) -> Office:
    office = Office(cast.acorn)
    calls_often(office, letter="a")
    return office


def finds(browser: Client, office: Office, number: str):
    return browser.post(office.url(FIND), {"caller_key": number})


def test_a_caller_is_found_and_what_there_is_is_counted(cast, acorn):
    page = finds(browser_of(cast.adam), acorn, "1 202 555 0143")
    assert page.status_code == 200
    assert "<dt>calls</dt><dd>4</dd>" in page.text
    assert "<dt>transcript turns</dt><dd>12</dd>" in page.text
    assert "<dt>recordings</dt><dd>4</dd>" in page.text
    assert "<dt>event records</dt><dd>4</dd>" in page.text


def test_what_agents_remember_of_a_caller_is_shown_where_they_do(cast, acorn):
    newest = Call.objects.filter(org=acorn.org).order_by("-opened_at").first()
    Message.objects.create(
        call=newest, key="1", name="<b>Anna", text="Call", taken_at=timezone.now()
    )
    CallAnalysis.objects.update_or_create(
        call=newest,
        defaults={"outcome": "message", "reason": "a chain", "made_at": timezone.now()},
    )
    browser = browser_of(cast.adam)
    assert "What agents remember" not in finds(browser, acorn, newest.from_number).text
    publish(acorn.agent, settings={"memory": {"callers": True}})
    page = finds(browser, acorn, newest.from_number).text
    assert "What agents remember" in page
    assert "&lt;b&gt;Anna" in page
    assert "a chain" in page
    archive_agent(acorn.agent, actor=None, now=timezone.now())
    assert "What agents remember" not in finds(browser, acorn, newest.from_number).text


@pytest.mark.parametrize(
    ("number", "says"),
    [
        ("", "This field is required"),
        ("+12025550199", "No calls from this caller"),
        ("anonymous", "their calls can’t be told apart"),
        ("withheld", "their calls can’t be told apart"),
    ],
)
def test_no_caller_is_found_and_the_page_says_why(cast, acorn, number, says):
    page = finds(browser_of(cast.adam), acorn, number)
    assert page.status_code == 422
    assert says in page.text


def test_digits_of_two_countries_have_to_be_written_in_full(cast, acorn):
    for sid, number in (("CA" + "d" * 32, "+4155550132"), ("CA" + "e" * 32, "+14155550132")):
        acorn.hangs_up(acorn.rings(sid, caller=number))
    page = finds(browser_of(cast.adam), acorn, "415 555 0132")
    assert page.status_code == 422
    assert "This could be +4155550132, +14155550132" in page.text


def test_the_page_of_a_call_leads_to_its_caller_without_the_number_in_the_address(cast, acorn):
    call = Call.objects.first()
    link = acorn.url(f"{FIND}?call={call.call_sid}")
    assert link in browser_of(cast.adam).get(acorn.url(f"calls/{call.call_sid}/")).text
    assert link not in browser_of(cast.vera).get(acorn.url(f"calls/{call.call_sid}/")).text
    assert NUMBER in browser_of(cast.adam).get(link).text


def test_the_page_of_a_call_with_a_withheld_number_leads_to_no_caller(cast, acorn):
    acorn.rings("CA" + "9" * 32, caller="anonymous")
    page = browser_of(cast.adam).get(acorn.url(f"{FIND}?call=CA{'9' * 32}"))
    assert "their calls can’t be told apart" in page.text


def test_another_organizations_caller_is_not_found(cast, acorn):
    birch = Office(cast.birch)
    browser = browser_of(cast.charlie)
    assert finds(browser, birch, NUMBER).status_code == 422
    sid = Call.objects.first().call_sid
    assert browser.get(birch.url(f"{FIND}?call={sid}")).status_code == 404
    sent = {"caller_key": NUMBER, "typed_key": NUMBER}
    assert browser.post(birch.url(EXPORT), sent).status_code == 422
    assert browser.post(birch.url(ERASE), sent).status_code == 422
    assert not Erasure.objects.exists()


def test_an_old_log_in_proves_itself_first_and_no_number_waits_in_the_session(cast, acorn):
    browser = browser_of(cast.adam, logged_in_ago=100_000)
    assert "/accounts/reauthenticate/" in browser.get(acorn.url(FIND)).url
    sent = {"caller_key": NUMBER, "typed_key": NUMBER}
    for path in (FIND, EXPORT, ERASE):
        assert browser.post(acorn.url(path), sent).url == acorn.url(FIND)
    visitor = Client()
    visitor.post(acorn.url(ERASE), sent | {"days": "7"})  # the log-in has ended
    assert not Erasure.objects.exists()
    kept = [(name, str(each.session.items())) for name, each in (("a", browser), ("b", visitor))]
    assert "days" in kept[1][1]
    assert number_traces(NUMBER, kept) == []


@pytest.mark.parametrize("typed", ["", "+12025550144", "yes", "anonymous"])
def test_without_the_number_typed_again_nothing_is_erased(cast, acorn, typed):
    sent = {"caller_key": NUMBER, "typed_key": typed}
    page = browser_of(cast.adam).post(acorn.url(ERASE), sent)
    assert page.status_code == 422
    assert "The numbers don’t match. Nothing was erased." in page.text
    assert Turn.objects.filter(text__contains=WORD).count() == 12


def test_a_caller_on_the_line_is_not_erased(cast, acorn):
    acorn.rings("CA" + "b" * 32, caller=NUMBER)
    browser = browser_of(cast.adam)
    assert "A call from this caller is in progress" in finds(browser, acorn, NUMBER).text
    page = browser.post(acorn.url(ERASE), {"caller_key": NUMBER, "typed_key": NUMBER})
    assert page.status_code == 422
    assert "Erase the caller once it is over" in page.text
    assert not Erasure.objects.exists()


def test_after_the_erasure_the_pages_say_so(cast, acorn):
    browser = browser_of(cast.adam)
    answer = browser.post(acorn.url(ERASE), {"caller_key": NUMBER, "typed_key": "202 555 0143"})
    [made] = Erasure.objects.all()
    tasks.go_on_erasing(made.pk)
    assert answer.url == acorn.url(f"callers/erasures/{made.pk}/")
    page = browser.get(answer.url).text
    assert "Caller erased" in page
    assert "data-live" not in page
    call = browser.get(acorn.url(f"calls/{Call.objects.first().call_sid}/")).text
    assert "its caller was erased" in call
    assert "Call from erased" in call
    assert f"?call={Call.objects.first().call_sid}" not in call
    assert browser.get(acorn.url("calls/?caller=erased")).text.count("data-label") > 0
    assert "erased a caller’s data" in browser.get(acorn.url("audit/")).text
    assert "4 calls" in browser.get(acorn.url(FIND)).text


def test_sound_is_left_to_a_worker_and_followed(cast, acorn, monkeypatch):
    """Each answer of a storage may take seconds, and a page waits for none."""
    asked: list[str] = []

    class Slow:
        """A storage that a worker may ask, and a request may not."""

        def __getattr__(self, name: str) -> object:
            asked.append(name)
            raise OSError

    browser = browser_of(cast.adam)
    with monkeypatch.context() as patch:
        patch.setattr(recordings, "storage", Slow)
        sent = {"caller_key": NUMBER, "typed_key": NUMBER}
        page = browser.post(acorn.url(ERASE), sent, follow=True).text
    [made] = Erasure.objects.all()
    assert asked == []
    assert not Turn.objects.exclude(text="").exists()
    assert "0 of 4 calls" in page
    assert f'data-live="{acorn.url(f"callers/erasures/{made.pk}/")}?part"' in page
    tasks.go_on_erasing(made.pk)
    part = browser.get(acorn.url(f"callers/erasures/{made.pk}/?part")).text
    assert "data-live" not in part
    assert "<html" not in part


def test_sound_goes_though_the_hint_to_the_worker_was_lost(cast, acorn, monkeypatch):
    sent = {"caller_key": NUMBER, "typed_key": NUMBER}
    browser_of(cast.adam).post(acorn.url(ERASE), sent)
    monkeypatch.setattr(erasure, "hint", tasks.go_on_erasing)
    tasks.sweep()
    assert Erasure.objects.get().done_at is not None
    assert not Recording.objects.exclude(state="deleted").exists()


def test_a_caller_without_recordings_is_erased_before_the_page_comes_back(cast, acorn):
    Recording.objects.all().delete()
    sent = {"caller_key": NUMBER, "typed_key": NUMBER}
    page = browser_of(cast.adam).post(acorn.url(ERASE), sent, follow=True).text
    assert "Caller erased" in page


def archive(answer) -> zipfile.ZipFile:
    assert answer["Content-Type"] == "application/zip"
    found = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))
    assert found.testzip() is None
    return found


def test_everything_comes_along_in_one_file(cast, acorn):
    browser = browser_of(cast.adam)
    first = Call.objects.order_by("pk").first()
    due_at = datetime(2026, 12, 1, 9, 30, tzinfo=UTC)
    Message.objects.create(call=first, key="1", text="Call", taken_at=due_at, due_at=due_at)
    file = archive(browser.post(acorn.url(EXPORT), {"caller_key": "2025550143"}))
    names = file.namelist()
    assert [names.count("about.json"), names.count("calls.csv")] == [1, 1]
    about = json.loads(file.read("about.json"))
    assert (about["caller"], about["calls"], about["turns"]) == (NUMBER, 4, 12)
    lines = file.read("calls.csv").decode("utf-8-sig").splitlines()
    assert len(lines) == 5
    call = Call.objects.order_by("pk").first()
    stem = f"0001-{call.call_sid}"
    told = json.loads(file.read(f"calls/{stem}.json"))
    assert told["call_sid"] == call.call_sid
    assert [each["call_back_at"] for each in told["messages"]] == ["2026-12-01T09:30:00+00:00"]
    assert [turn["text"] for turn in told["turns"]] == [
        turn.text for turn in Turn.objects.filter(call=call)
    ]
    assert told["carrier"]["status"] == "completed"
    assert WORD in file.read(f"events/{stem}.jsonl").decode()
    sound = file.read(f"recordings/{stem}.wav")
    assert read_wav(sound)[1] == 8000
    assert sound.endswith(WORD.encode() * 10)
    assert "missing.txt" not in names
    [entry] = AuditEntry.objects.filter(action="caller.exported")
    assert entry.actor == cast.adam
    assert entry.target.startswith("caller ")
    assert "2025550143" not in entry.target


def test_a_recording_that_the_storage_does_not_give_is_named(cast, acorn):
    recording = Recording.objects.order_by("pk").first()
    recordings.storage().delete(f"{recording.name}/00001")
    answer = browser_of(cast.adam).post(acorn.url(EXPORT), {"caller_key": NUMBER})
    file = archive(answer)
    name = f"recordings/0001-{recording.call.call_sid}.wav"
    assert file.read("missing.txt").decode() == f"{name}\n"
    assert len([each for each in file.namelist() if each.endswith(".wav")]) == 4


def test_many_calls_take_a_few_queries_for_each_page(cast, acorn, django_assert_max_num_queries):
    began = timezone.now() - timedelta(hours=2)
    for number in range(60):
        call = acorn.rings(f"CA{number:032x}", caller=NUMBER, now=began)
        acorn.says(call, 2, "Hello.")
        acorn.hangs_up(call)
    browser = browser_of(cast.adam)
    with django_assert_max_num_queries(85):
        file = archive(browser.post(acorn.url(EXPORT), {"caller_key": NUMBER}))
    assert len([name for name in file.namelist() if name.startswith("calls/")]) == 64


def test_one_piece_of_sound_is_in_memory_at_a_time(cast, acorn):
    recording = Recording.objects.order_by("pk").first()
    for number in range(30):
        recordings.store_piece(recording.name, number, bytes(recordings.PIECE_BYTES))
    Recording.objects.filter(pk=recording.pk).update(size_bytes=30 * recordings.PIECE_BYTES)
    answer = browser_of(cast.adam).post(acorn.url(EXPORT), {"caller_key": NUMBER})
    assert max(len(part) for part in answer.streaming_content) < 2 * recordings.PIECE_BYTES


@pytest.mark.django_db(transaction=True)
async def test_a_server_sends_the_file_while_it_is_written(cast, storage_paths):
    office = await sync_to_async(Office)(cast.acorn)
    await sync_to_async(calls_often)(office, letter="a")
    browser = AsyncClient()
    browser.cookies = (await sync_to_async(browser_of)(cast.adam)).cookies
    answer = await browser.post(office.url(EXPORT), {"caller_key": NUMBER})
    assert answer.is_async
    parts = [part async for part in answer.streaming_content]
    assert max(len(part) for part in parts) < 2 * recordings.PIECE_BYTES
    with zipfile.ZipFile(io.BytesIO(b"".join(parts))) as file:
        assert file.testzip() is None
        assert len([name for name in file.namelist() if name.startswith("calls/")]) == 4
