"""Rate limits, counted in the shared cache.

Counts fixed windows of time: around the end of a window up to twice the limit may pass.
Without Redis, or while it is away, each process counts for itself (`voicex.database.shared_cache`).
"""

from django.core.cache import cache


def is_within(limit: int, *, seconds: int, name: str) -> bool:
    """Count one use of `name`; returns whether it is among the first `limit` of its window.

    name: what is limited and for which user or key, such as "voice:17". seconds: length of a
    window.
    """
    key = f"rate:{name}"
    if cache.add(key, 1, timeout=seconds):
        return limit > 0
    try:
        return cache.incr(key) <= limit
    except ValueError:  # the window ended between the two lines
        cache.set(key, 1, timeout=seconds)
        return limit > 0


def take_back(name: str) -> None:
    """Undo the count of the last use of `name`."""
    try:
        cache.decr(f"rate:{name}")
    except ValueError:  # its window is over
        return
