"""Appends to the audit log: one chain for each organization, and one for the platform.

Each entry has its place in its chain and a digest over its content and the digest before it, so
an entry that is changed, missing or moved is found (`accounts.audit.check`). The row of the
chain's head is locked while an entry is written: two writers cannot fork the chain.
"""

import hashlib
import json
from datetime import UTC, date, datetime
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from accounts.audit.models import AuditChain, AuditEntry, AuditTally
from accounts.models import Impersonation, Organization, User

PLATFORM: Final = 0
TARGET: Final = 120  # characters
SUMMED_AT_ONCE: Final = 1_000  # entries, of seconds at most
_FORGOTTEN_AT_ONCE: Final = 5_000  # tallies, in one statement
_FORMAT: Final = 1  # part of each digest, so that another format can follow
_COUNT: Final = f"""
    INSERT INTO {AuditTally._meta.db_table} (org_id, person, action, about, day, count, entries)
    VALUES (%s, %s, %s, '', %s, 1, %s)
    ON CONFLICT (org_id, person, action, about, day)
    DO UPDATE SET count = {AuditTally._meta.db_table}.count + 1
    RETURNING count
"""  # noqa: S608  the names are the model's own  # nosec B608


def append(
    org: Organization | None,
    *,
    actor: User | None,
    action: str,
    target: str,
    impersonation: Impersonation | None = None,
) -> AuditEntry:
    """Write the next entry of the chain of `org`, or of the platform's (None).

    It is written in the surrounding transaction, which locks the chain until it ends.
    """
    with transaction.atomic():
        head = _locked_head(org.pk if org else PLATFORM)
        entry = AuditEntry(
            org=org,
            sequence=head.length + 1,
            actor=actor,
            actor_name=actor.email if actor else "",
            action=action,
            target=_fitting(target),
            impersonation=impersonation,
            at=timezone.now(),
        )
        entry.digest = digest_of(head.digest, entry)
        entry.save()
        AuditChain.objects.filter(pk=head.pk).update(length=entry.sequence, digest=entry.digest)
    return entry


def _fitting(target: str) -> str:
    """`target` as it is stored; of one that is too long the beginning and the end.

    The end often says what was done, as in "address: role", and how long the rest is may be chosen
    by another person.
    """
    if len(target) <= TARGET:
        return target
    end = TARGET // 2
    return f"{target[: TARGET - end - 1]}…{target[-end:]}"


def digest_of(previous: str, entry: Any) -> str:
    """The digest of `entry` after one with the digest `previous` ("" for none): 64 hex digits."""
    content = [
        _FORMAT,
        previous,
        entry.org_id,
        entry.sequence,
        entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        entry.actor_id,
        entry.actor_name,
        entry.action,
        entry.target,
        entry.impersonation_id,
    ]
    return hashlib.sha256(json.dumps(content, separators=(",", ":")).encode()).hexdigest()


def is_recorded_today(
    org: Organization, *, actor: User, action: str, about: str, now: datetime
) -> bool:
    """Whether `actor` has already done this today (UTC); takes no lock."""
    return AuditTally.objects.filter(
        org=org, person=actor.pk, action=action, about=about[:TARGET], day=_day_of(now)
    ).exists()


def record_today(org: Organization, *, actor: User, action: str, about: str, now: datetime) -> bool:
    """Record that `actor` does this today (UTC); True the first time, for one of two at once."""
    _tally, is_first = AuditTally.objects.get_or_create(
        org=org, person=actor.pk, action=action, about=about[:TARGET], day=_day_of(now)
    )
    return is_first


def counted_today(
    org: Organization, *, actor: User | None, action: str, entries: int, now: datetime
) -> int:
    """How often this was done today (UTC), including this time.

    entries: how many times per day get a separate entry; `sum_up` writes one for the rest.
    """
    values: list[Any] = [org.pk, actor.pk if actor else 0, action, _day_of(now), entries]
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, values)
        return int(cursor.fetchone()[0])


def sum_up(*, now: datetime, at_most: int = SUMMED_AT_ONCE) -> int:
    """Write one entry for the repeats of each past day; returns how many were written.

    at_most: of these; when so many were written there may be more.
    """
    over = AuditTally.objects.filter(day__lt=_day_of(now)).order_by("pk")
    _forget_single_ones(over)
    written = 0
    for tally in over.select_related("org")[:at_most]:
        with transaction.atomic():
            deleted, _rows = AuditTally.objects.filter(pk=tally.pk).delete()
            more = tally.count - tally.entries
            if deleted and more > 0:
                append(
                    tally.org,
                    actor=User.objects.filter(pk=tally.person).first(),
                    action=tally.action,
                    target=f"{more} more on {tally.day}",
                )
                written += 1
    return written


def _forget_single_ones(over: QuerySet[AuditTally]) -> None:
    """Delete tallies that need no entry: one for each call that somebody has read, and so many."""
    single = over.filter(count__lte=F("entries"))
    pks = single.values_list("pk", flat=True)
    while (last := pks[_FORGOTTEN_AT_ONCE - 1 :].first()) is not None:
        single.filter(pk__lte=last).order_by().delete()
    single.order_by().delete()


def _day_of(now: datetime) -> date:
    return now.astimezone(UTC).date()


def _locked_head(chain: int) -> AuditChain:
    heads = AuditChain.objects.select_for_update()
    head = heads.filter(pk=chain).first()
    if head is None:
        AuditChain.objects.bulk_create([AuditChain(chain=chain)], ignore_conflicts=True)
        head = heads.get(pk=chain)
    return head
