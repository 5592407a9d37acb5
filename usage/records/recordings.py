"""Recordings of calls: stored in pieces during the call, read, and deleted.

A recording is a row and a row of objects in the storage "recordings" (settings.STORAGES):
`<name>/00000`, `<name>/00001` and so on, each PIECE_BYTES of interleaved mu-law (8 kHz, caller
left, agent right) without a header, the last one shorter. What a killed server had stored can be
played. Objects are written whole, so any storage can be used that overwrites; only the last one of
a call that another process continues is written anew as it grows.

Pieces of a stream that has replaced another are called by its generation too: `<name>/00007.2`. Of
a piece that several streams have stored the newest stream's counts: a process that stood still in
the middle of storing one, and was replaced meanwhile, does not store over its successor's.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum

from accounts.members.access import record
from accounts.models import Organization, User
from usage.models import Call, Recording
from usage.quota import pool
from usage.records.recording_storage import listed, storage, trouble_of
from usage.records.repair import mended

log = structlog.get_logger(__name__)

PIECE_SECONDS: Final = 5  # the loss when a server is killed
BYTES_PER_SECOND: Final = 2 * 8_000
PIECE_BYTES: Final = PIECE_SECONDS * BYTES_PER_SECOND
# The suffix of recordings with pieces of this length. Pieces of former releases have 20 s.
SUFFIX: Final = ".5s"
FORMER_PIECE_BYTES: Final = 20 * BYTES_PER_SECOND
KEPT_AT_ONCE: Final = 1_000  # of which one transaction changes how long they are kept
# The last piece is stored after the call has ended; a slow storage may take long.
ABANDONED_AFTER: Final = timedelta(minutes=5)
MOST_FAILURES: Final = 10  # kinds of errors that are reported
_PIECE: Final = re.compile(r"(?P<number>[0-9]{1,9})(?:[.](?P<generation>[0-9]{1,9}))?")


class HalfDeleted(Exception):
    """The time of a task was over while it deleted a recording: the next one continues with it."""


# --- while the call runs ----------------------------------------------------------------------


def begin(call_id: int, *, consent: str, name: str, started_ms: int) -> None:
    """Note that a call is being recorded from `started_ms` of its media clock on.

    consent: a Recording.Consent; name: unique folder of the pieces.
    """
    call = (
        Call.objects.select_related("org")
        .only("opened_at", "erasure", "org__recording_days")
        .get(pk=call_id)
    )
    if call.erasure_id is not None:
        return
    fields = mended(
        Recording,
        call_id,
        consent=consent,
        name=name,
        started_ms=started_ms,
        expires_at=call.opened_at + timedelta(days=call.org.recording_days),
    )
    _, is_new = Recording.objects.get_or_create(call_id=call_id, defaults=fields)
    if not is_new:  # by a process that was lost before anything was stored
        _running(call_id).filter(size_bytes=0).update(**fields)


@dataclass(frozen=True, slots=True)
class SoFar:
    """The stored part of a recording whose process is lost, according to its row.

    name, started_ms: as in `begin`.
    """

    name: str
    started_ms: int
    size_bytes: int
    peaks: bytes


def so_far(call_id: int) -> SoFar | None:
    """The stored part of the call's recording; None if there is none to continue."""
    found = _running(call_id).only("name", "started_ms", "size_bytes", "peaks").first()
    if found is None:
        return None
    return SoFar(found.name, found.started_ms, found.size_bytes, bytes(found.peaks))


def pieces_from(name: str, number: int, *, generation: int = 0) -> Iterator[bytes]:
    """The audio of piece `number` and later ones. Raises any error of the storage.

    A server that was killed may have stored one more than it could write down. generation: of the
    call's newest stream.
    """
    while found := _newest(name, number, generation):
        with storage().open(found, "rb") as piece:
            yield piece.read()
        number += 1


def room_of(org_id: str) -> int:
    """The remaining storage in bytes of the organization with this public id."""
    org = Organization.objects.only("proven_at").get(public_id=org_id)
    if org.is_proven:
        return settings.RECORDINGS_MB * 1_000_000 - _stored_bytes(Q(call__org=org))
    return pool.RECORDED_BYTES - _stored_bytes(Q(call__org__proven_at=None))


def _stored_bytes(which: Q) -> int:
    stored: int = Recording.objects.filter(which).aggregate(sum=Sum("size_bytes", default=0))["sum"]
    return stored


def store_piece(name: str, number: int, sound: bytes, *, generation: int = 0) -> None:
    """Store piece `number` (from 0), in place of one that the same stream has stored under it.

    generation: of the stream. Raises any error of the storage; may be retried.
    """
    storage().save(_piece(name, number, generation), ContentFile(sound))


def name_of(call_id: int) -> str:
    """Where the recording of that call lies; "" where there is none, or it was deleted."""
    names = Recording.objects.filter(call_id=call_id).values_list("name", flat=True)
    return names.first() or ""


def grow(call_id: int, *, size_bytes: int, peaks: bytes, name: str = "") -> None:
    """Update the stored length; peaks: of the whole recording; name: folder of its pieces.

    If the recording was deleted meanwhile, or its caller erased, the pieces are deleted after the
    commit: this raises any error of the storage, and may be retried. Pieces of an unknown recording
    are kept, because the record of its beginning may still be sent (`usage.records.dead_letters`).
    """
    is_running = _running(call_id).update(
        size_bytes=size_bytes, duration_ms=_milliseconds(size_bytes), peaks=peaks
    )
    if is_running or not name:
        return
    is_deleted, is_erased = Q(recording__deleted_at__isnull=False), Q(erasure__isnull=False)
    unwanted = Call.objects.filter(is_deleted | is_erased, pk=call_id)
    if unwanted.exists():
        transaction.on_commit(partial(_delete_pieces, name))


def finish(call_id: int) -> None:
    """Note that everything is stored; a recording without audio counts as failed."""
    _running(call_id).filter(size_bytes__gt=0).update(state=Recording.State.STORED)
    fail(call_id)


def fail(call_id: int, error: str = "") -> None:
    """Note that the rest could not be stored; the stored part stays. error: the storage's error."""
    fields = mended(Recording, call_id, error=error)
    _running(call_id).update(state=Recording.State.FAILED, **fields)


def failures(*, since: datetime) -> list[tuple[str, int]]:
    """The errors of failed recordings since `since`, with counts."""
    failed = Recording.objects.filter(state=Recording.State.FAILED, call__opened_at__gte=since)
    told = failed.exclude(error="").values_list("error").annotate(count=Count("pk"))
    return [(error, count) for error, count in told.order_by("-count", "error")[:MOST_FAILURES]]


def finish_abandoned(*, now: datetime) -> None:
    """Close the recordings of calls whose server is lost, so that the stored part can be played."""
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
    """The recording of a call of `org`, if it has audio."""
    return (
        Recording.objects.select_related("call__org")
        .filter(call__org=org, call__carrier_call_id=call_sid, size_bytes__gt=0, deleted_at=None)
        .exclude(state=Recording.State.RUNNING)
        .first()
    )


def read(recording: Recording, *, first: int, length: int) -> Iterator[bytes]:
    """`length` bytes of audio from byte `first` on, read piece by piece."""
    name, size = recording.name, piece_bytes(recording.name)
    stored = _stored_pieces(name) if recording.call.generation else {}
    while length > 0:
        number, skipped = divmod(first, size)
        pieces = stored.get(number) or [_piece(name, number)]
        sound = _sound_of(pieces, least=min(size, recording.size_bytes - number * size))
        sound = sound[skipped : skipped + length]
        if not sound:
            return
        yield sound
        first += len(sound)
        length -= len(sound)


def _stored_pieces(name: str) -> dict[int, list[str]]:
    """The objects of each piece, those of later streams first."""
    found: dict[int, list[tuple[int, str]]] = {}
    for each in listed(name):
        if is_piece := _PIECE.fullmatch(each):
            generation = int(is_piece["generation"] or 0)
            found.setdefault(int(is_piece["number"]), []).append((generation, f"{name}/{each}"))
    return {number: [each for _, each in sorted(of, reverse=True)] for number, of in found.items()}


def _sound_of(pieces: Iterable[str], *, least: int) -> bytes:
    """The first of these that has `least` bytes, else the first that has any.

    A process of a former release stores a piece without a generation, behind a short one of the
    stream that it has replaced.
    """
    newest = b""
    for each in pieces:
        with storage().open(each, "rb") as piece:
            sound: bytes = piece.read()
        if len(sound) >= least:
            return sound
        newest = newest or sound
    return newest


def delete(recording: Recording, *, actor: User | None, now: datetime) -> None:
    """Delete the audio permanently; the row stays and records it.

    Raises any error of the storage, and HalfDeleted: then the row is unchanged, and another try
    continues with the remaining pieces.
    """
    _delete_pieces(recording.name)
    with transaction.atomic():
        if _is_noted_deleted(recording, now=now):
            call = recording.call
            record(call.org, actor=actor, action="recording.deleted", target=call.call_sid)


def erase(recording: Recording, *, now: datetime) -> None:
    """Delete the audio without an audit entry, as a part of an audited deletion. Raises as
    `delete`.
    """
    _delete_pieces(recording.name)
    _is_noted_deleted(recording, now=now)


def _is_noted_deleted(recording: Recording, *, now: datetime) -> bool:
    """Record the deletion of the audio; False if it was recorded before."""
    deleted = Recording.objects.filter(pk=recording.pk, deleted_at=None).update(
        state=Recording.State.DELETED, deleted_at=now, name="", peaks=b"", size_bytes=0
    )
    return bool(deleted)


def expired(*, now: datetime, limit: int, after: int = 0) -> list[Recording]:
    """Expired recordings with an id above `after`, ordered by id."""
    return list(
        Recording.objects.select_related("call__org")
        .filter(expires_at__lt=now, deleted_at=None, pk__gt=after)
        .exclude(state=Recording.State.RUNNING)
        .order_by("pk")[:limit]
    )


def delete_expired(*, now: datetime, limit: int, after: int = 0) -> int | None:
    """Delete the next `limit` expired recordings; returns `after` for the next round.

    None: there are no more. A recording whose deletion fails is skipped, logged, and retried the
    next hour.
    """
    found = expired(now=now, limit=limit, after=after)
    for recording in found:
        try:
            delete(recording, actor=None, now=now)
        except HalfDeleted:
            return recording.pk - 1
        except SoftTimeLimitExceeded as error:  # the next task begins behind this one
            log.error("recording_not_deleted", call_id=recording.call_id, error=trouble_of(error))
            return recording.pk
        except Exception as error:  # boundary: storages raise what their makers like
            log.error("recording_not_deleted", call_id=recording.call_id, error=trouble_of(error))
    return found[-1].pk if len(found) == limit else None


def keep_for(org: Organization, *, days: int) -> None:
    """Set how many days the recordings of `org` are kept.

    Each batch is a transaction of its own unless the caller has one. May be run again.
    """
    opened = Call.objects.filter(pk=OuterRef("call_id")).values("opened_at")[:1]
    kept = Recording.objects.filter(org=org, deleted_at=None)
    others = kept.exclude(expires_at=F("call__opened_at") + timedelta(days=days)).order_by("pk")
    after = 0
    while ids := list(others.filter(pk__gt=after).values_list("pk", flat=True)[:KEPT_AT_ONCE]):
        with transaction.atomic():
            kept.filter(pk__in=ids).update(expires_at=Subquery(opened) + timedelta(days=days))
        after = ids[-1]


def _delete_pieces(name: str) -> None:
    """Delete all that is stored under this name: of any stream, noted or not."""
    for count, piece in enumerate(listed(name) if name else ()):
        try:
            storage().delete(f"{name}/{piece}")
        except SoftTimeLimitExceeded as error:
            if not count:  # nor would the next task delete any
                raise
            raise HalfDeleted from error


def piece_bytes(name: str) -> int:
    """The length in bytes of each piece but the last of the recording with that name."""
    return PIECE_BYTES if name.endswith(SUFFIX) else FORMER_PIECE_BYTES


def _piece(name: str, number: int, generation: int = 0) -> str:
    return f"{name}/{number:05}.{generation}" if generation else f"{name}/{number:05}"


def _newest(name: str, number: int, generation: int) -> str:
    """The piece of that number that counts, of streams up to this generation; "" without one."""
    of_streams = (_piece(name, number, each) for each in range(generation, -1, -1))
    return next((piece for piece in of_streams if storage().exists(piece)), "")


def _milliseconds(size_bytes: int) -> int:
    return size_bytes * 1000 // BYTES_PER_SECOND
