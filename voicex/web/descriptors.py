"""How many connections the descriptors of this process allow."""

import resource
from typing import Final

MOST: Final = 8_192
# Files, the database, Redis, providers, and threads that are being woken need some, too.
_LEAST_SPARE: Final = 128
_SPARE_SHARE: Final = 8
_MANY: Final = 1 << 20  # in effect no limit


def raise_limit() -> int:
    """Raise the limit of open descriptors to what is allowed to this process; returns it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MANY if hard == resource.RLIM_INFINITY else hard
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return limit()


def limit() -> int:
    """How many descriptors this process may have open."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _MANY if soft == resource.RLIM_INFINITY else soft


def most_connections() -> int:
    """How many of them connections may take."""
    allowed = limit()
    return max(1, min(MOST, allowed - max(_LEAST_SPARE, allowed // _SPARE_SHARE)))
