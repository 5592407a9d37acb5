"""A lease in the shared cache, for work that one process does at a time.

A lease expires even if its process has died. A process that was stalled for longer has lost it, and
another process may have it: so a lease is released only by the value that its owner wrote. Work
that must never be done twice needs a lock or lease in the database as well: `usage.outbox.claims`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from secrets import token_hex

from django.core.cache import cache


@contextmanager
def lease(name: str, *, seconds: int) -> Iterator[bool]:
    """Try to take the lease for the block, and release it afterwards; yields whether it was taken.
    seconds: when the lease expires, longer than the work takes.
    """
    own = take(name, seconds=seconds)
    try:
        yield bool(own)
    finally:
        if own:
            give_back(name, own)


def take(name: str, *, seconds: int) -> str:
    """Try to take the lease for `seconds`. Returns the value that releases it, or "" while another
    process has it.
    """
    own = token_hex(8)
    return own if cache.add(name, own, timeout=seconds) else ""


def give_back(name: str, own: str) -> None:
    """Release the lease, unless it has expired and another process has it. own: the value that
    `take` returned.
    """
    delete_if = getattr(cache, "delete_if", None)
    if delete_if is not None:
        delete_if(name, own)
    elif cache.get(name) == own:  # a cache of this process alone
        cache.delete(name)
