"""Work that one process does at a time: the one that has its turn, a lock with a time limit in the
cache that all share.

A turn ends at a time, whatever became of its process. One that outlasts that (it stood still) has
lost its turn, which may be another's then, so only one's own is given back. Work that must not be
done twice needs a lock or a lease of its own beside it: `usage.outbox.claims`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from secrets import token_hex

from django.core.cache import cache


@contextmanager
def turn(name: str, *, seconds: int) -> Iterator[bool]:
    """Whether the block has the turn; it is given back behind it. seconds: longer than the work."""
    own = take(name, seconds=seconds)
    try:
        yield bool(own)
    finally:
        if own:
            give_back(name, own)


def take(name: str, *, seconds: int) -> str:
    """Take the turn for so long: with what it is given back; "" while another one has it."""
    own = token_hex(8)
    return own if cache.add(name, own, timeout=seconds) else ""


def give_back(name: str, own: str) -> None:
    """Let the next one have the turn, unless that was taken already. own: what `take` gave."""
    delete_if = getattr(cache, "delete_if", None)
    if delete_if is not None:
        delete_if(name, own)
    elif cache.get(name) == own:  # a cache of this process alone
        cache.delete(name)
