"""Dead letters: records of calls that the database refused, kept until an operator sends or
discards them.

Invalid fields are repaired before a record is written (`usage.records.repair`); this is for records
that are refused even so. For each organization MOST records are kept completely, further ones are
counted. The call is settled without them, and again when a usage record is sent.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Any, Final

import structlog
from django.db import transaction
from django.db.models import F, QuerySet, Sum
from django.utils.translation import ngettext

from accounts.members.access import record
from accounts.models import Organization, User
from usage.billing import settlement
from usage.models import Call, DeadLetter, Turn
from usage.records import calls, recordings, turns
from usage.records.repair import mended
from voicex.database.storable import storable_json, storable_text
from voicex.logs import redacted

MOST: Final = 1_000
MOST_CHARACTERS: Final = 500_000  # maximum of a payload
OVERFLOW: Final = "overflow"
WITH_WORDS: Final = frozenset({"save_turn", "save_flight_record"})

log = structlog.get_logger(__name__)


def _save_turn_unless_older(call_id: int, **turn: Any) -> None:
    """Save a turn (`turns.save_turn`), unless a later version of it was written since."""
    ours = mended(Turn, call_id, number=turn["number"], ended_ms=turn["ended_ms"])
    later = Turn.objects.filter(
        call_id=call_id, number=ours["number"], ended_ms__gt=ours["ended_ms"]
    )
    if not later.exists():
        turns.save_turn(call_id, **turn)


# The services whose records can be kept and sent again, by the name used in the record writer. Each
# takes the call's id first, and is idempotent.
SERVICES: Final[Mapping[str, Callable[..., Any]]] = {
    "save_turn": _save_turn_unless_older,
    "save_usage": calls.save_usage,
    "save_flight_record": partial(turns.save_flight_record, is_counted=False),  # when it was new
    "finalize": settlement.finalize,
    "begin": recordings.begin,
    "grow": recordings.grow,
    "finish": recordings.finish,
    "fail": recordings.fail,
}


def keep(
    kind: str,
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    *,
    error: BaseException,
    now: datetime,
) -> None:
    """Keep a record that the service `kind` could not write, replacing an older one of its kind.

    args: the service's arguments, the call's id first. Raises DatabaseError.
    """
    call = _call_of(args[0] if args else None)
    about = storable_text(str(kwargs.get("number", "")))[:20]
    fields = _packed(kind, args, kwargs) | {"error": _error_text(error), "tried_at": now}
    of_org = DeadLetter.objects.filter(call__org=call.org_id if call else None)
    with transaction.atomic():
        _lock(call)
        same = DeadLetter.objects.filter(call=call, kind=kind, about=about)
        if call is not None and same.update(tries=F("tries") + 1, **fields):
            return
        if of_org.exclude(kind=OVERFLOW).count() < MOST:
            DeadLetter.objects.create(call=call, kind=kind, about=about, created_at=now, **fields)
            return
    # The counter row may belong to another call, and only one call may be locked at a time.
    with transaction.atomic():
        counting = of_org.filter(kind=OVERFLOW)
        _lock(Call.objects.filter(dead_letters__in=counting).first())
        # The error of one call must not be stored with another one, where an erasure would miss it.
        fields |= {**_NOTHING, "error": f"More than {MOST} records of this organization wait"}
        if not counting.update(count=F("count") + 1, **fields):
            DeadLetter.objects.create(call=call, kind=OVERFLOW, created_at=now, **fields)


def forget(kind: str, call_id: int, *, number: int) -> None:
    """Delete the letter of a record of which a later version was written."""
    DeadLetter.objects.filter(call=call_id, kind=kind, about=str(number)).delete()


def waiting(org: Organization | None = None) -> QuerySet[DeadLetter]:
    """Letters that wait for a decision, newest first, with their calls; of `org` or of all."""
    letters = DeadLetter.objects.select_related("call__org").order_by("-pk")
    return letters if org is None else letters.filter(call__org=org)


def count_of(letters: QuerySet[DeadLetter]) -> int:
    """The number of records in `letters`, including those only counted."""
    total: int = letters.aggregate(sum=Sum("count", default=0))["sum"]
    return total


def is_whole(letter: DeadLetter) -> bool:
    """Whether the record is complete and can be sent again; otherwise it can only be discarded."""
    return letter.kind in SERVICES and bool(letter.words or letter.payload)


def outline_of(letter: DeadLetter) -> list[tuple[str, str]]:
    """The record's fields for display: numbers, and of texts only their length."""
    kwargs: Mapping[str, Any] = _payload_of(letter).get("kwargs", {})
    return [(name, _outline(value)) for name, value in kwargs.items()]


class Outcome(StrEnum):
    """The result of an operator's decision."""

    WRITTEN = "written"
    WRITTEN_IN_PART = "written_in_part"  # written; a follow-up failed, and is a letter now
    REFUSED = "refused"  # refused by the database again
    NOT_KEPT = "not_kept"  # the record is incomplete, it can only be discarded
    DISCARDED = "discarded"
    GONE = "gone"  # decided before


def send_again(letter: DeadLetter, *, actor: User, now: datetime) -> Outcome:
    """Write the record and delete the letter in one transaction, exactly once.

    Never returns DISCARDED.
    """
    is_written = False
    try:
        with transaction.atomic():
            found = _locked(letter)
            if found is None:
                return Outcome.GONE
            if not is_whole(found):
                return Outcome.NOT_KEPT
            args, kwargs = unpacked(_payload_of(found))
            SERVICES[found.kind](*args, **kwargs)
            _decide(found, actor=actor, action="record.sent_again")
            is_written = True
    except Exception as error:  # boundary: any error of the database or an old payload
        log.warning("dead_letter_refused", letter=letter.pk, error=type(error).__name__)
        if is_written:  # the commit succeeded, a follow-up failed
            keep(letter.kind, args, kwargs, error=error, now=now)
            return Outcome.WRITTEN_IN_PART
        is_there = _record_refusal(letter, error, now=now)
        return Outcome.REFUSED if is_there else Outcome.GONE
    return Outcome.WRITTEN


def discard(letter: DeadLetter, *, actor: User, reason: str) -> Outcome:
    """Delete the record permanently: DISCARDED or GONE. reason: a sentence for the audit log."""
    with transaction.atomic():
        found = _locked(letter)
        if found is None:
            return Outcome.GONE
        _decide(found, actor=actor, action="record.discarded", reason=reason)
    return Outcome.DISCARDED


def _lock(call: Call | None) -> None:
    """Hold the row of `call` to the end of the transaction: before its records, as
    `usage.records.transcript_deletion` does, so that the two never deadlock."""
    if call is not None:
        Call.objects.select_for_update(no_key=True).filter(pk=call.pk).exists()


def _locked(letter: DeadLetter) -> DeadLetter | None:
    """The letter and its call, locked; None if it was decided before."""
    _lock(letter.call)
    return DeadLetter.objects.select_for_update(of=("self",)).filter(pk=letter.pk).first()


def _record_refusal(letter: DeadLetter, error: BaseException, *, now: datetime) -> bool:
    """Whether the letter is still there."""
    with transaction.atomic():
        _lock(letter.call)
        noted = DeadLetter.objects.filter(pk=letter.pk).update(
            tries=F("tries") + 1, tried_at=now, error=_error_text(error)
        )
    return bool(noted)


def _decide(letter: DeadLetter, *, actor: User, action: str, reason: str = "") -> None:
    call = letter.call
    of_what = f"{letter} of {call.call_sid if call else 'no call'}"
    target = f"{of_what}: {reason}" if reason else of_what
    letter.delete()
    record(call.org if call else None, actor=actor, action=action, target=target)


def _outline(value: Any) -> str:
    if value is None or isinstance(value, bool | int | float):
        return str(value)
    if isinstance(value, dict) and value.keys() == {"moment"}:
        return str(value["moment"])
    if isinstance(value, str):
        return ngettext("%(count)d character", "%(count)d characters", len(value)) % {
            "count": len(value)
        }
    return ngettext("%(count)d value", "%(count)d values", len(value)) % {"count": len(value)}


def _call_of(call_id: object) -> Call | None:
    if not isinstance(call_id, int) or not 0 < call_id < 2**63:
        return None
    return Call.objects.only("pk", "org").filter(pk=call_id).first()


def _error_text(error: BaseException) -> str:
    """The first line of the error. In further lines PostgreSQL quotes the row, and so the
    caller.
    """
    text, *_details = f"{type(error).__name__}: {error}".splitlines()
    return storable_text(redacted(text))[:300]


# --- payloads -----------------------------------------------------------------------------------


_NOTHING: Final[Mapping[str, Any]] = {"payload": {}, "words": ""}


def _packed(kind: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """A service's arguments as fields of a letter; without them if they are too large."""
    payload = storable_json(plain(args, kwargs))
    text = json.dumps(payload)
    if len(text) > MOST_CHARACTERS:
        return dict(_NOTHING)
    has_words = kind in WITH_WORDS
    return {"payload": {} if has_words else payload, "words": text if has_words else ""}


def _payload_of(letter: DeadLetter) -> dict[str, Any]:
    payload: dict[str, Any] = json.loads(letter.words) if letter.words else letter.payload
    return payload


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return {"base64": b64encode(value).decode()}
    if isinstance(value, datetime):
        return {"moment": value.isoformat()}
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value


def plain(args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Convert a service's arguments to JSON values."""
    return {"args": _plain(list(args)), "kwargs": _plain(dict(kwargs))}


def unpacked(payload: Mapping[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """Reverse `plain`."""
    return [_read(each) for each in payload["args"]], {
        name: _read(each) for name, each in payload["kwargs"].items()
    }


def _read(value: Any) -> Any:
    if isinstance(value, dict) and value.keys() == {"base64"}:
        return b64decode(value["base64"])
    if isinstance(value, dict) and value.keys() == {"moment"}:
        return datetime.fromisoformat(value["moment"])
    return value
