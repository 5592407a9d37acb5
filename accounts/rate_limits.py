"""Rate limits, counted in the shared cache.

Counts fixed windows of time: around the end of a window up to twice the limit may pass.
Without Redis, or while it is away, each process counts for itself (`voicex.database.shared_cache`).
"""

from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _


def is_within(limit: int, *, seconds: int, name: str, amount: int = 1) -> bool:
    """Count one use of `name`; returns whether it is among the first `limit` of its window.

    name: what is limited and for which user or key, such as "voice:17". seconds: length of a
    window. amount: as how many uses this one counts.
    """
    key = f"rate:{name}"
    if cache.add(key, amount, timeout=seconds):
        return limit >= amount
    try:
        return cache.incr(key, amount) <= limit
    except ValueError:  # the window ended between the two lines
        cache.set(key, amount, timeout=seconds)
        return limit >= amount


def ensure_alone(name: str) -> None:
    """Raises ValidationError while another request does `name`: for what counts before it writes.

    It is refused for two seconds. Where the row that bounds a count can be locked, lock it instead.
    """
    if not is_within(1, seconds=2, name=f"alone:{name}"):
        raise ValidationError(
            _("This was sent twice at once. Check whether it is there already, then try again.")
        )


def take_back(name: str) -> None:
    """Undo the count of the last use of `name`."""
    try:
        cache.decr(f"rate:{name}")
    except ValueError:  # its window is over
        return
