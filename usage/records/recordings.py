"""The sound of calls: kept in pieces while a call runs, read again, and deleted.

A recording is a row and a row of objects in the storage "recordings" (settings.STORAGES):
`<name>/00000`, `<name>/00001` and so on, each PIECE_BYTES of interleaved mu-law (8 kHz, caller
left, agent right) without a header, the last one shorter. An object is never changed, so any
storage will do, and what a killed server had stored can be played.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import structlog
from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum

from accounts.members.access import record
from accounts.models import Organization, User
from usage.models import Call, Recording
from usage.quota import pool
from usage.records.recording_storage import storage, trouble_of
from usage.records.repair import mended

log = structlog.get_logger(__name__)

PIECE_SECONDS: Final = 5  # what a server that is killed takes with it
BYTES_PER_SECOND: Final = 2 * 8_000
PIECE_BYTES: Final = PIECE_SECONDS * BYTES_PER_SECOND
# Ends the name of a recording in such pieces. Those of former releases have 20 s each.
SUFFIX: Final = ".5s"
FORMER_PIECE_BYTES: Final = 20 * BYTES_PER_SECOND
# A call's last piece is stored after the call has ended; a slow storage may take its time.
ABANDONED_AFTER: Final = timedelta(minutes=5)
MOST_FAILURES: Final = 10  # kinds of them


# --- while the call runs ----------------------------------------------------------------------


def begin(call_id: int, *, consent: str, name: str, started_ms: int) -> None:
    """Note that a call is being recorded from `started_ms` of its media clock on.

    consent: a Recording.Consent; name: where the pieces will lie, unlike any other's.
    """
    call = (
        Call.objects.select_related("org")
        .only("opened_at", "erasure", "org__recording_days")
        .get(pk=call_id)
    )
    if call.erasure_id is not None:
        return
    Recording.objects.get_or_create(
        call_id=call_id,
        defaults=mended(
            Recording,
            call_id,
            consent=consent,
            name=name,
            started_ms=started_ms,
            expires_at=call.opened_at + timedelta(days=call.org.recording_days),
        ),
    )


@dataclass(frozen=True, slots=True)
class SoFar:
    """What is stored of a recording whose process is lost, as far as was written down.

    name, started_ms: as of `begin`.
    """

    name: str
    started_ms: int
    size_bytes: int
    peaks: bytes


def so_far(call_id: int) -> SoFar | None:
    """What is stored of the call's recording; None where there is none to continue."""
    found = _running(call_id).only("name", "started_ms", "size_bytes", "peaks").first()
    if found is None:
        return None
    return SoFar(found.name, found.started_ms, found.size_bytes, bytes(found.peaks))


def pieces_from(name: str, number: int) -> Iterator[bytes]:
    """The sound of piece `number` and those behind it. Raises what the storage raises.

    A server that was killed may have stored one more than it could write down.
    """
    while storage().exists(_piece(name, number)):
        with storage().open(_piece(name, number), "rb") as piece:
            yield piece.read()
        number += 1


def take_back_piece(name: str, number: int) -> None:
    """Delete a last piece that is short, because it is stored again with what follows it."""
    storage().delete(_piece(name, number))


def room_of(org_id: str) -> int:
    """How many more bytes of recordings the organization with this public id may keep."""
    org = Organization.objects.only("proven_at").get(public_id=org_id)
    if org.is_proven:
        return settings.RECORDINGS_MB * 1_000_000 - _stored_bytes(Q(call__org=org))
    return pool.RECORDED_BYTES - _stored_bytes(Q(call__org__proven_at=None))


def _stored_bytes(which: Q) -> int:
    stored: int = Recording.objects.filter(which).aggregate(sum=Sum("size_bytes", default=0))["sum"]
    return stored


def store_piece(name: str, number: int, sound: bytes) -> None:
    """Keep piece `number` (from 0). Raises what the storage raises; may be tried again."""
    storage().save(_piece(name, number), ContentFile(sound))


def replace_piece(name: str, number: int, sound: bytes) -> None:
    """`store_piece` of a process that continues a call: one that the process before has stored
    since, which had lost the call, goes.
    """
    if storage().exists(_piece(name, number)):
        take_back_piece(name, number)
    store_piece(name, number, sound)


def grow(call_id: int, *, size_bytes: int, peaks: bytes, name: str = "") -> None:
    """Note how much is stored now; peaks: of all of the recording; name: of the folder of its
    pieces.

    Of one that has been deleted since, or whose caller was erased, the pieces are deleted again,
    after the commit: that raises what the storage raises, and may be tried again. A recording of
    which nothing is known keeps its pieces: its beginning may still be sent
    (`usage.records.dead_letters`).
    """
    is_running = _running(call_id).update(
        size_bytes=size_bytes, duration_ms=_milliseconds(size_bytes), peaks=peaks
    )
    if not is_running and name and _is_unwanted(call_id):
        transaction.on_commit(partial(_delete_pieces, name, size_bytes=size_bytes))


def _is_unwanted(call_id: int) -> bool:
    """Whether the database says that the sound of this call is deleted or to be deleted."""
    is_deleted, is_erased = Q(recording__deleted_at__isnull=False), Q(erasure__isnull=False)
    return Call.objects.filter(is_deleted | is_erased, pk=call_id).exists()


def finish(call_id: int) -> None:
    """Note that everything was stored; a recording without a sound has failed."""
    _running(call_id).filter(size_bytes__gt=0).update(state=Recording.State.STORED)
    fail(call_id)


def fail(call_id: int, error: str = "") -> None:
    """Note that the rest could not be stored; what was stays. error: what the storage said."""
    fields = mended(Recording, call_id, error=error)
    _running(call_id).update(state=Recording.State.FAILED, **fields)


def failures(*, since: datetime) -> list[tuple[str, int]]:
    """What the storage said when recordings of calls since then failed, and how often."""
    failed = Recording.objects.filter(state=Recording.State.FAILED, call__opened_at__gte=since)
    told = failed.exclude(error="").values_list("error").annotate(count=Count("pk"))
    return [(error, count) for error, count in told.order_by("-count", "error")[:MOST_FAILURES]]


def finish_abandoned(*, now: datetime) -> None:
    """Close the recordings of calls whose server is gone: what it had stored can be played."""
    found = Recording.objects.filter(
        state=Recording.State.RUNNING, call__ended_at__lt=now - ABANDONED_AFTER
    )
    for call_id in found.values_list("call_id", flat=True):
        log.warning("recording_abandoned", call_id=call_id)
        finish(call_id)


def _running(call_id: int) -> QuerySet[Recording]:
    return Recording.objects.filter(call_id=call_id, state=Recording.State.RUNNING)


# --- afterwards ---------------------------------------------------------------------------------


def playable(org: Organization, *, call_sid: str) -> Recording | None:
    """The recording of that call of `org`, if there is something to hear."""
    return (
        Recording.objects.select_related("call__org")
        .filter(call__org=org, call__carrier_call_id=call_sid, size_bytes__gt=0, deleted_at=None)
        .exclude(state=Recording.State.RUNNING)
        .first()
    )


def read(recording: Recording, *, first: int, length: int) -> Iterator[bytes]:
    """`length` bytes of the sound from byte `first` on, a piece at a time."""
    while length > 0:
        number, skipped = divmod(first, piece_bytes(recording.name))
        with storage().open(_piece(recording.name, number), "rb") as piece:
            sound = piece.read()[skipped : skipped + length]
        if not sound:
            return
        yield sound
        first += len(sound)
        length -= len(sound)


def delete(recording: Recording, *, actor: User | None, now: datetime) -> None:
    """Delete the sound, for good; the row stays and says so.

    Raises what the storage raises, and then nothing has been noted: it can be tried again.
    """
    _delete_pieces(recording.name, size_bytes=recording.size_bytes)
    with transaction.atomic():
        if _is_noted_deleted(recording, now=now):
            call = recording.call
            record(call.org, actor=actor, action="recording.deleted", target=call.call_sid)


def erase(recording: Recording, *, now: datetime) -> None:
    """Delete the sound without an audit entry of its own: a part of what has one already."""
    _delete_pieces(recording.name, size_bytes=recording.size_bytes)
    _is_noted_deleted(recording, now=now)


def _is_noted_deleted(recording: Recording, *, now: datetime) -> bool:
    """Record that the sound is gone; False when that was recorded before."""
    deleted = Recording.objects.filter(pk=recording.pk, deleted_at=None).update(
        state=Recording.State.DELETED, deleted_at=now, name="", peaks=b"", size_bytes=0
    )
    return bool(deleted)


def expired(*, now: datetime, limit: int, after: int = 0) -> list[Recording]:
    """Recordings that their organization keeps no longer, by id, above `after`."""
    return list(
        Recording.objects.select_related("call__org")
        .filter(expires_at__lt=now, deleted_at=None, pk__gt=after)
        .exclude(state=Recording.State.RUNNING)
        .order_by("pk")[:limit]
    )


def delete_expired(*, now: datetime, limit: int, after: int = 0) -> int | None:
    """Delete the next `limit` recordings that have expired; the `after` of the next round.

    None: there are no more. One that the storage will not let go is passed over, logged, and
    tried again next night.
    """
    found = expired(now=now, limit=limit, after=after)
    for recording in found:
        try:
            delete(recording, actor=None, now=now)
        except Exception as error:  # boundary: storages raise what their makers like
            log.error("recording_not_deleted", call_id=recording.call_id, error=trouble_of(error))
    return found[-1].pk if len(found) == limit else None


def keep_for(org: Organization, *, days: int) -> None:
    """Keep the recordings of `org` for so many days from now on, those that it has included."""
    opened = Call.objects.filter(pk=OuterRef("call_id")).values("opened_at")[:1]
    Recording.objects.filter(call__org=org, deleted_at=None).update(
        expires_at=Subquery(opened) + timedelta(days=days)
    )


def _delete_pieces(name: str, *, size_bytes: int) -> None:
    if not name:
        return
    number = 0
    known = -(-size_bytes // piece_bytes(name))
    # A server that was killed may have stored one more than it could write down.
    while number < known or storage().exists(_piece(name, number)):
        storage().delete(_piece(name, number))
        number += 1


def piece_bytes(name: str) -> int:
    """How much sound each piece of the recording of that name holds, but its last."""
    return PIECE_BYTES if name.endswith(SUFFIX) else FORMER_PIECE_BYTES


def _piece(name: str, number: int) -> str:
    return f"{name}/{number:05}"


def _milliseconds(size_bytes: int) -> int:
    return size_bytes * 1000 // BYTES_PER_SECOND
