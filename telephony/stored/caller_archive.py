"""Exports all data of one caller as a ZIP file, written while it is sent.

    about.json              who, when, how much
    calls.csv               a line for each call, as the list of calls has it
    calls/0001-CA….json     the call, its turns and what it used
    events/0001-CA….jsonl   the events as the server received them
    recordings/0001-CA….wav stereo: caller left, agent right
    missing.txt             recordings that the storage did not give, if any

The transcripts of PAGE_OF_WORDS calls and one piece of audio are in memory at a time. No query
stays open between two parts, so each part may be produced on another thread.
"""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any, Final

import structlog

from accounts.models import Organization
from telephony.calls.flight_recorder import unpacked
from telephony.stored import wav
from usage.analysis.words import report_of
from usage.models import Call, Recording
from usage.privacy import callers
from usage.privacy.callers import Caller
from usage.reads import calls
from usage.reads.csv_rows import HEAD, csv_rows
from usage.records import recordings
from voicex.spreadsheets import csv_head, csv_line

log = structlog.get_logger(__name__)

PAGE: Final = 50  # calls that are read with one query
PAGE_OF_WORDS: Final = 10  # the same, with all that was said in them
_NOT_IN_A_NAME: Final = re.compile(r"[^A-Za-z0-9_-]")


class _Outlet(io.RawIOBase):
    """A writable file that buffers the ZIP data until it is taken."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, part: Any) -> int:
        self._parts.append(bytes(part))
        return len(self._parts[-1])

    def take(self) -> bytes:
        """The data written since the last call."""
        parts, self._parts = self._parts, []
        return b"".join(parts)


def archive_of(org: Organization, caller: Caller, *, now: datetime) -> Iterator[bytes]:
    """The bytes of the file in non-empty parts. Blocks while it produces a part."""
    outlet = _Outlet()
    with zipfile.ZipFile(outlet, "w", zipfile.ZIP_DEFLATED) as archive:
        missing: list[str] = []
        for name, parts in _files(org, caller, now=now, missing=missing):
            with archive.open(name, "w", force_zip64=True) as file:
                for part in parts:
                    file.write(part)
                    if written := outlet.take():
                        yield written
            if written := outlet.take():
                yield written
        if missing:
            archive.writestr("missing.txt", "".join(f"{name}\n" for name in missing))
    yield outlet.take()


def _files(
    org: Organization, caller: Caller, *, now: datetime, missing: list[str]
) -> Iterator[tuple[str, Iterator[bytes]]]:
    yield "about.json", iter([_json(_about(org, caller, now=now))])
    yield "calls.csv", _table(org, caller)
    for number, call in enumerate(_calls(org, caller, has_all=True), 1):
        name = f"{number:04}-{_NOT_IN_A_NAME.sub('_', call.call_sid)}"
        yield f"calls/{name}.json", iter([_json(_call(call))])
        if events := getattr(call, "flight_record", None):
            yield f"events/{name}.jsonl", unpacked(bytes(events.events))
        recording = getattr(call, "recording", None)
        if recording and recording.name and recording.state != Recording.State.RUNNING:
            file = f"recordings/{name}.wav"
            yield file, _wav(recording, file, missing)


def _about(org: Organization, caller: Caller, *, now: datetime) -> dict[str, Any]:
    held = callers.held_of(org, caller)
    return {
        "organization": org.name,
        "org_id": org.public_id,
        "caller": caller.name,
        "exported_at": _time(now),
        "calls": held.calls,
        "turns": held.turns,
        "recordings": held.recordings,
        "messages": held.messages,
        "notes": held.notes,
    }


def _calls(org: Organization, caller: Caller, *, has_all: bool = False) -> Iterator[Call]:
    """The caller's calls as in the list of calls, oldest first; has_all: with transcript and
    records.
    """
    after = 0
    listed = calls.listed_calls(org)
    if has_all:
        kept = ("agent", "usage", "analysis", "version", "recording", "flight_record")
        lists = ("turns", "messages", "notes", "transfers", "questions")
        listed = listed.select_related(*kept).prefetch_related(*lists, "hook_deliveries__endpoint")
        listed = listed.defer("version__prompt", "version__facts", "version__prepared")
    theirs = callers.calls_of(org, caller).order_by().values("pk")
    most = PAGE_OF_WORDS if has_all else PAGE
    while page := list(listed.filter(pk__in=theirs, pk__gt=after).order_by("pk")[:most]):
        yield from page
        after = page[-1].pk


def _table(org: Organization, caller: Caller) -> Iterator[bytes]:
    yield csv_head(HEAD).encode()
    found = _calls(org, caller)
    while page := list(islice(found, PAGE)):
        for row in csv_rows(org, page):
            yield csv_line(row).encode()


def _call(call: Call) -> dict[str, Any]:
    """The content of a call's JSON file: the call, its turns and its usage."""
    used = getattr(call, "usage", None)
    return {
        "call_sid": call.call_sid,
        "agent": call.agent.name,
        "agent_version": call.version.number,
        "door": call.channel,
        "from": call.from_number,
        "to": call.to_number,
        "opened_at": _time(call.opened_at),
        "connected_at": _time(call.live_at),
        "ended_at": _time(call.ended_at),
        "end_reason": call.end_reason,
        "carrier": call.carrier_report,
        "words_deleted_at": _time(call.words_deleted_at),
        "stream_ms": used.stream_ms if used else 0,
        "charged_micros": call.cost_micros,  # type: ignore[attr-defined]  # annotated
        "analysis": report_of(call),
        "turns": [
            {
                "number": turn.number,
                "role": turn.role,
                "text": turn.text,
                "heard_text": turn.heard_text,
                "interrupted": turn.interrupted,
                "started_ms": turn.started_ms,
                "ended_ms": turn.ended_ms,
            }
            for turn in call.turns.all()
        ],
        "transfers": [
            {"to": each.target, "number": each.address, "result": each.result}
            for each in call.transfers.all()
        ],
        "messages": [
            {
                "taken_at": _time(message.taken_at),
                "name": message.name,
                "number": message.number,
                "text": message.text,
                "urgent": message.is_urgent,
                "state": message.state,
                "call_back_at": _time(message.due_at),
                "done_at": _time(message.done_at),
            }
            for message in call.messages.all()
        ],
        "questions_without_an_answer": [each.text for each in call.questions.all()],
        "tags": [tag.name for tag in call.tags.all()],
        "notes": [
            {"written_at": _time(note.created_at), "text": note.text} for note in call.notes.all()
        ],
        "webhooks": [
            {
                "event": delivery.event,
                "endpoint": delivery.endpoint.shown_url,
                "created_at": _time(delivery.created_at),
                "state": delivery.state,
            }
            for delivery in call.hook_deliveries.all()
        ],
    }


def _wav(recording: Recording, name: str, missing: list[str]) -> Iterator[bytes]:
    """Write the WAV file; if the storage fails, the part that could be read, and a note."""
    left = recording.size_bytes
    yield wav.header(left)
    try:
        for piece in recordings.read(recording, first=0, length=left):
            yield piece
            left -= len(piece)
    except Exception as error:  # boundary: storages raise any exception
        log.error("recording_not_read", call_id=recording.call_id, error=type(error).__name__)
    if left:
        missing.append(name)


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=2).encode("utf-8", "replace")


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None
