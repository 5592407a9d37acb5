"""The shared limit of calls of all unproven organizations.

Each has its own quota too, but organizations are free to create: without the pool a person with
forty of them could use all lines of the platform, and its money at the providers. A call belongs to
the pool when its organization was unproven as it opened (`Call.is_pooled`).
"""

from datetime import datetime, timedelta
from typing import Final

from django.db import connection
from django.db.models import Count, Q, Sum

from usage.models import Call
from usage.quota.quotas import with_slot
from voicex.errors import Declined
from voicex.reasons.attempts import AttemptReason

CALLS_AT_ONCE: Final = 10
# A call costs most as it begins and ends: one after the other would take a core, as ten at once.
CALLS_A_MINUTE: Final = 20
CALLS_A_DAY: Final = 300
MINUTES_A_DAY: Final = 120
SECONDS_OF_CALL: Final = 600  # calls that run now count only when they end
RECORDED_BYTES: Final = 50_000_000  # 52 minutes

_DAY: Final = timedelta(days=1)
_MINUTE: Final = timedelta(minutes=1)
_LOCK: Final = 0x706F6F6C  # any number that no other advisory lock has


def take(*, now: datetime) -> None:
    """Raise Declined (`pool_busy`, `pool_used_up`) if the pool has no room for another call.

    In the transaction that writes the call; concurrent calls wait for each other.
    """
    if connection.vendor == "postgresql":  # SQLite writes one transaction after the other
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    pooled = Call.objects.filter(is_pooled=True).order_by()
    if pooled.filter(with_slot(now)).count() >= CALLS_AT_ONCE:
        raise Declined(AttemptReason.POOL_BUSY)
    today = pooled.filter(opened_at__gt=now - _DAY).aggregate(
        calls=Count("pk"),
        in_a_minute=Count("pk", filter=Q(opened_at__gt=now - _MINUTE)),
        stream_ms=Sum("usage__stream_ms", default=0),
    )
    if today["calls"] >= CALLS_A_DAY or today["stream_ms"] >= MINUTES_A_DAY * 60_000:
        raise Declined(AttemptReason.POOL_USED_UP)
    if today["in_a_minute"] >= CALLS_A_MINUTE:
        raise Declined(AttemptReason.POOL_BUSY)
