"""Whole calls of which something is taken out: no number is left where anything is kept."""

import asyncio
import re
import threading
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from django.core.files.storage import FileSystemStorage
from django.urls import reverse

from agents.engines.conversation import Utterance
from agents.engines.scripted.engines import ScriptedLanguageModel, tone_mulaw
from agents.speech.audio import mulaw
from agents.speech.said.said import Said
from agents.versions.publishing import publish
from dashboard.live import access
from telephony.admission.tickets import make_ticket
from telephony.calls import driver
from telephony.calls.private import muting
from telephony.process.recordings.audio_upload import RecordingUploader
from telephony.process.runtime import Runtime
from testing.calls.media_stream import Stream
from testing.calls.served import all_written, media_process, serving
from testing.engines import SILENCE, SPEECH, settle
from testing.guard import GUARD_SECONDS
from testing.office import browser_of
from testing.phone_number import CALL_SID, PhoneNumber
from usage.models import Call, FlightRecord, Recording, Turn

pytestmark = pytest.mark.django_db(transaction=True)

ALL = {"card_numbers": True, "numbers": True, "names": True}
CARD = "4111111111111111"
# Four digits alone, for tokens and times have any four by chance; and eight wherever they are.
PARTS = (r"\b4111\b", r"\b1111\b", "41111111", "11111111", "one one one", "double one", "Smith")
WINDOW_MS = 32
LONGEST_WAIT_WINDOWS = 2_800 // WINDOW_MS  # of an agent for the rest of a number, and a little
QUIET = bytes([mulaw.SILENCE])


@pytest.fixture
def shared(settings, tmp_path) -> Iterator[Runtime]:
    settings.VAR_DIR = tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        "recordings": {
            "BACKEND": "tests.whole_calls.test_private_calls.Stored",
            "OPTIONS": {"location": tmp_path / "sound", "allow_overwrite": True},
        },
    }
    Stored.ever.clear()
    with media_process() as shared:
        # SQLite in memory lets one thread at a time at a table.
        shared.recordings = RecordingUploader(shared.recorder, room_of=lambda _org_id: 10**9)
        yield shared


class Stored(FileSystemStorage):
    """A storage that remembers everything that was ever stored in it."""

    ever: ClassVar[list[bytes]] = []

    def _save(self, name, content):
        self.ever.append(content.read())
        content.seek(0)
        return super()._save(name, content)


class Caller:
    """Speaks and listens, and knows where in the sound of the call it is."""

    def __init__(self) -> None:
        self.stream = Stream()
        self.windows = 0
        self.said: dict[str, tuple[int, int]] = {}  # where each utterance lies, in windows
        self.answers: dict[str, bytes] = {}  # the sound of the reply to each

    async def hears(self, windows: int) -> None:
        for _ in range(windows):
            self.stream.speaks(SILENCE)
            self.windows += 1
            await settle()

    async def greeted(self) -> None:
        # The recording begins once the sentence about it was heard, so that has to be there first.
        await self.stream.until(lambda: bool(self.stream.heard("mark")))
        for _ in range(2):  # the sentence about recording, then the greeting
            marks = len(self.stream.heard("mark"))
            await self.stream.until(lambda marks=marks: len(self.stream.heard("mark")) > marks - 1)
            await self.hears(20)
            self.stream.returns_marks()
            await settle()

    async def says(self, name: str, *, windows: int = 10) -> None:
        """An utterance, its silence, and the whole reply to it."""
        await self._speaks(name, windows)
        before = len(self.stream.audio)
        await self._is_silent(before)
        await self._is_answered(before)
        self.answers[name] = bytes(self.stream.audio[before:])

    async def _is_silent(self, before: int) -> None:
        """Until an answer begins: a number is waited for, as more of it may come."""
        for window in range(LONGEST_WAIT_WINDOWS):
            if window >= 10 and len(self.stream.audio) > before:
                return
            await self.hears(1)

    async def _speaks(self, name: str, windows: int) -> None:
        began = self.windows
        for _ in range(windows):
            self.stream.speaks(SPEECH)
            self.windows += 1
            await settle()
        self.said[name] = (began, self.windows)

    async def keys(self, digits: str) -> None:
        before = len(self.stream.audio)
        for digit in digits:
            self.stream.sends_event("dtmf", dtmf={"track": "inbound_track", "digit": digit})
            await self.hears(1)
        await self._is_answered(before)

    async def _is_answered(self, before: int) -> None:
        await self.stream.until(lambda: len(self.stream.audio) > before)
        await settle()
        await self.hears(40)
        self.stream.returns_marks()
        await settle()
        await self.hears(15)  # between two turns


def set_up(line: PhoneNumber, *, transcripts, replies=(), privacy=ALL) -> None:
    publish(
        line.agent,
        settings={
            "engines": {
                "scripted.stt_ms": 0, "scripted.llm_ms": 0, "scripted.token_ms": 0,
                "scripted.tts_ms": 0, "scripted.ms_per_character": 10,
                "scripted.transcripts": list(transcripts), "scripted.replies": list(replies),
            },
            "privacy": privacy,
            "recording": {"mode": "announced", "sentence": "This call is recorded."},
        },
    )  # fmt: skip


def run(line: PhoneNumber, shared: Runtime, scenario) -> Caller:
    """Carry a call through `scenario(caller)`, to its last record."""
    ticket = make_ticket(line.answered())
    caller = Caller()

    async def carry() -> None:
        task = serving(caller.stream)
        caller.stream.starts(ticket)
        await caller.greeted()
        await scenario(caller)
        await task
        await all_written(shared)

    asyncio.run(carry())
    shared.recordings.close()
    asyncio.run(all_written(shared))
    return caller


async def reads(shared: Runtime, work: Callable[[], None]) -> None:
    """Have `work` read what is written by now; SQLite in memory lets one thread at a table."""
    shared.recorder.submit(work)
    await all_written(shared)


def sides() -> tuple[bytes, bytes]:
    """The whole recording, caller and agent, from where it began."""
    recording = Recording.objects.get()
    assert recording.state == Recording.State.STORED
    stereo = b"".join(Stored.ever)
    assert len(stereo) == recording.size_bytes
    both = np.frombuffer(stereo, np.uint8).reshape(-1, 2)
    return both[:, 0].tobytes(), both[:, 1].tobytes()


def heard(caller: Caller, name: str) -> bytes:
    """The caller's side of the recording where this was said."""
    left, _ = sides()
    begin, end = (at * WINDOW_MS - Recording.objects.get().started_ms for at in caller.said[name])
    return left[begin * 8 : end * 8]


def texts() -> list[str]:
    return list(Turn.objects.order_by("number").values_list("text", flat=True))


def everything_kept(logged) -> str:
    """All that is kept or shown of the call in text."""
    rows = [str(row) for model in (Turn, Call) for row in model.objects.values()]
    flights = [zlib.decompress(bytes(each.events)).decode() for each in FlightRecord.objects.all()]
    # The agent's own settings hold the script of the fake engines.
    events = [line for flight in flights for line in flight.split("\n")[1:]]
    return "\n".join([*rows, *events, str(logged)])


def test_a_card_number_in_two_turns_and_by_key_is_nowhere_kept(
    line, shared, logged, cast, monkeypatch
):
    set_up(
        line,
        transcripts=["I want to pay", "my card is 4111 1111", "then double one 11 one one one one",
                     "my name is Anna Smith", "goodbye then"],
        replies=["Your card number?", "Go on.", "That is 4111 1111 1111 1111, thanks.",
                 "Thanks, Anna Smith. Now key it in.", "I have 4111111111111111.", "Goodbye."],
    )  # fmt: skip
    told = []
    asked = conversations(monkeypatch)

    async def scenario(caller: Caller) -> None:
        await caller.says("pay")
        await caller.says("first half")
        await reads(shared, lambda: told.append(live_page(cast)))
        await caller.says("second half")
        await caller.says("name")
        await caller.keys(f"{CARD}#")
        await caller.says("goodbye")
        caller.stream.stops()

    caller = run(line, shared, scenario)
    assert texts()[2:] == [
        "I want to pay", "Your card number?", "my card is [card number]", "Go on.",
        "then [card number]", "That is [card number], thanks.", "my name is [name]",
        "Thanks, [name]. Now key it in.", "[card number]", "I have [card number].",
        "goodbye then", "Goodbye.",
    ]  # fmt: skip
    kept = everything_kept(logged) + "".join(told)
    assert "my card is [card number]" in told[0]
    assert [part for part in PARTS if re.search(part, kept)] == []
    for name in ("first half", "second half", "name"):
        assert heard(caller, name).strip(QUIET) == b"", name
    for name in ("pay", "goodbye"):
        assert heard(caller, name) == SPEECH * 10, name
    # The model got what was said, and the caller heard its answer, at 10 ms a character.
    said = [utterance.text for utterance in asked[-1] if utterance.role == "caller"]
    assert "my card is 4111 1111" in said
    answer = "That is 4111 1111 1111 1111, thanks."
    assert caller.answers["second half"] == tone_mulaw(10 * len(Said()(answer)))


def conversations(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Utterance, ...]]:
    """What the model is given from here on, for each answer."""
    asked: list[tuple[Utterance, ...]] = []
    reply = ScriptedLanguageModel.reply

    def noted(model, conversation):
        asked.append(conversation)
        return reply(model, conversation)

    monkeypatch.setattr(ScriptedLanguageModel, "reply", noted)
    return asked


def live_page(cast) -> str:
    url = reverse("dashboard:call", args=[cast.acorn.public_id, CALL_SID])
    return browser_of(cast.bob).get(url).content.decode()


def test_what_the_agent_reads_back_is_silent_on_both_sides(line, shared):
    set_up(
        line,
        transcripts=[f"it is {CARD}", "we are done then"],
        replies=["So that is 4111 1111 1111 1111.", "Goodbye to you."],
    )

    async def scenario(caller: Caller) -> None:
        await caller.says("card")
        caller.answered = caller.windows
        await caller.says("bye")
        caller.stream.stops()

    caller = run(line, shared, scenario)
    started_ms = Recording.objects.get().started_ms
    left, right = sides()
    begin, end = caller.said["card"][0], caller.said["bye"][0]
    window = slice((begin * WINDOW_MS - started_ms) * 8, (end * WINDOW_MS - started_ms - 450) * 8)
    assert right[window].strip(QUIET) == b""
    assert left[window].strip(QUIET) == b""
    assert right[(end * WINDOW_MS - started_ms) * 8 :].strip(QUIET) != b""  # the goodbye


def test_without_the_setting_all_is_kept_as_it_was_said(line, shared, logged):
    set_up(line, transcripts=[f"it is {CARD}"], privacy={})

    async def scenario(caller: Caller) -> None:
        await caller.says("card")
        caller.stream.stops()

    caller = run(line, shared, scenario)
    assert f"it is {CARD}" in texts()
    assert CARD in everything_kept(logged)
    assert heard(caller, "card") == SPEECH * 10


def test_a_call_that_breaks_off_in_mid_number_keeps_nothing_of_it(line, shared, logged):
    set_up(line, transcripts=["hello", "4111 1111 11"], replies=["Your card number, please?"])

    async def scenario(caller: Caller) -> None:
        await caller.says("hello")
        await caller._speaks("broken", 10)
        await caller.hears(3)  # a pause: it is transcribed, and is no turn yet
        await caller._speaks("more", 5)
        caller.stream.disconnects()

    caller = run(line, shared, scenario)
    assert "4111" not in everything_kept(logged)
    assert heard(caller, "broken").strip(QUIET) == b""
    assert heard(caller, "more").strip(QUIET) == b""
    assert heard(caller, "hello") == SPEECH * 10


def test_a_long_call_is_stored_while_it_continues_and_a_number_never_is(line, shared, monkeypatch):
    monkeypatch.setattr(muting, "MOST_HELD", 8)
    words = [f"words {number}" for number in range(12)]
    words[4] = f"it is {CARD}"
    set_up(line, transcripts=words, replies=["Yes."] * 12)
    stored_before_its_end = []

    async def scenario(caller: Caller) -> None:
        for number in range(12):
            await caller.says(f"words {number}", windows=60)
        await all_written(shared)
        stored_before_its_end.append(len(Stored.ever))
        caller.stream.stops()

    caller = run(line, shared, scenario)
    assert stored_before_its_end[0] >= 1
    assert heard(caller, "words 4").strip(QUIET) == b""
    assert heard(caller, "words 2") == heard(caller, "words 9") == SPEECH * 60


def test_a_server_that_stops_stores_what_is_settled_last(line, shared, monkeypatch):
    monkeypatch.setattr(driver, "RECORD_SECONDS", 0)
    set_up(line, transcripts=["hello", f"it is {CARD}"], replies=["Yes?", "Thanks."])
    ticket = make_ticket(line.answered())
    caller = Caller()
    database_is_back = threading.Event()
    written, close = shared.recorder.written, shared.recordings.close

    async def is_awaited(*, seconds: float) -> bool:
        database_is_back.set()
        return await written(seconds=seconds)

    def is_closed() -> None:
        close()
        database_is_back.set()

    async def carry_and_stop() -> None:
        task = serving(caller.stream)
        caller.stream.starts(ticket)
        await caller.greeted()
        await caller.says("hello")
        await caller.says("card")
        await all_written(shared)
        shared.recorder.submit(database_is_back.wait, GUARD_SECONDS)
        caller.stream.stops()
        await task
        monkeypatch.setattr(shared.recorder, "written", is_awaited)
        monkeypatch.setattr(shared.recordings, "close", is_closed)
        await shared.aclose()

    asyncio.run(carry_and_stop())
    assert heard(caller, "hello") == SPEECH * 10
    assert heard(caller, "card").strip(QUIET) == b""


@pytest.mark.parametrize(("privacy", "may_listen"), [({"names": True}, False), ({}, True)])
def test_such_a_call_has_no_listeners(line, shared, cast, privacy, may_listen):
    set_up(line, transcripts=["hello"], privacy=privacy)
    url = reverse("dashboard:live_calls", args=[cast.acorn.public_id])
    listeners = []

    def listens() -> None:
        browser = browser_of(cast.adam)
        page = browser.get(url).content.decode()
        key = browser.session.session_key
        org_id = cast.acorn.public_id
        listener = access.begin_listening(key, org_id=org_id, call_sid=CALL_SID)
        listeners.append((CALL_SID in page, 'id="listen-CA' in page, listener is not None))

    async def scenario(caller: Caller) -> None:
        await caller.says("hello")
        await reads(shared, listens)
        caller.stream.stops()

    run(line, shared, scenario)
    assert listeners == [(True, may_listen, may_listen)]


def test_files_of_the_recording_lie_where_they_always_do(line, shared, settings):
    set_up(line, transcripts=["hello"])

    async def scenario(caller: Caller) -> None:
        await caller.says("hello")
        caller.stream.stops()

    run(line, shared, scenario)
    root = Path(settings.STORAGES["recordings"]["OPTIONS"]["location"])
    assert [path.name for path in root.rglob("0*") if path.is_file()] == ["00000"]
