"""How many connections the limit of open file descriptors allows."""

import resource
from typing import Final

MOST: Final = 8_192
# Descriptors for files, the database, Redis, providers and wake-up pipes of threads.
_LEAST_SPARE: Final = 128
_SPARE_SHARE: Final = 8
_MANY: Final = 1 << 20  # effectively no limit


def raise_limit() -> int:
    """Raise the soft limit of open descriptors to the hard limit; returns it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MANY if hard == resource.RLIM_INFINITY else hard
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return limit()


def limit() -> int:
    """The number of descriptors that this process may have open."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _MANY if soft == resource.RLIM_INFINITY else soft


def most_connections() -> int:
    """The number of descriptors for connections."""
    allowed = limit()
    return max(1, min(MOST, allowed - max(_LEAST_SPARE, allowed // _SPARE_SHARE)))
