"""Resolves host names, on threads of its own.

asyncio resolves names on the default executor, which everything else shares, and an organization's
name server may take half a minute for each. Here it delays only lookups in its own domain. Limits
count by registered domain, as its owner can create any number of names in it.
"""

import ipaddress
import socket
import threading
from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field
from time import monotonic
from typing import Final

from voicex.errors import EndpointRefused

LONGEST_NAME: Final = 253  # characters (RFC 1035); longer ones take Python's codec long
MAX_AT_ONCE: Final = 256
OF_A_DOMAIN: Final = 64
STUCK_SECONDS: Final = 0.5  # a working name server answers much sooner
STUCK_OF_A_DOMAIN: Final = 4
# Second-level labels under country domains at which others register their domains. A rule by length
# would be wrong: the owner of "abc.de" would have any number of such domains. Where a label is
# missing here, the domains below it share one limit, which is safe.
_SECOND_LABELS: Final = frozenset(
    {"ac", "asn", "co", "com", "edu", "gen", "go", "gob", "gouv", "gov", "govt", "gv", "id", "ind"}
    | {"lg", "ltd", "me", "mil", "ne", "net", "nhs", "nom", "or", "org", "plc", "police", "sch"}
)


@dataclass(frozen=True, slots=True)
class _UnderWay:
    domain: str
    addresses: "Future[list[str]]" = field(default_factory=Future)
    began_at: float = field(default_factory=monotonic)


_lock: Final = threading.Lock()
_under_way: Final[dict[str, _UnderWay]] = {}


def look_up(host: str) -> "Future[list[str]]":
    """The addresses of `host`, in the system's order of preference.

    Concurrent lookups of one name share the result. Raises EndpointRefused when too many lookups
    are running, in total or for one domain; the future raises OSError for an unknown name.
    """
    if address := _literal(host):
        done: Future[list[str]] = Future()
        done.set_result([address])
        return done
    if len(host) > LONGEST_NAME:
        unknown: Future[list[str]] = Future()
        unknown.set_exception(OSError("not a host name"))
        return unknown
    with _lock:
        if (known := _under_way.get(host)) is not None:
            return known.addresses
        begun = _UnderWay(_domain_of(host))
        if not _has_room(begun, _under_way.values()):
            raise EndpointRefused("too_slow")
        future = begun.addresses
        future.set_running_or_notify_cancel()  # a cancelled waiter does not cancel the others'
        _under_way[host] = begun
    # A daemon: the end of the process does not wait for a name server.
    threading.Thread(target=_work, args=(host, future), name="fence-lookup", daemon=True).start()
    return future


def _has_room(begun: _UnderWay, others: Iterable[_UnderWay]) -> bool:
    of_all, of_domain, stuck = 0, 0, 0
    for each in others:
        of_all += 1
        if each.domain == begun.domain:
            of_domain += 1
            stuck += begun.began_at - each.began_at > STUCK_SECONDS
    return of_all < MAX_AT_ONCE and of_domain < OF_A_DOMAIN and stuck < STUCK_OF_A_DOMAIN


def _domain_of(host: str) -> str:
    """The registered domain of a host name: "b.com" of "a.b.com", "b.co.uk" of "a.b.co.uk"."""
    labels = host.rstrip(".").lower().split(".")
    is_country = len(labels) > 2 and len(labels[-1]) == 2
    return ".".join(labels[-3 if is_country and labels[-2] in _SECOND_LABELS else -2 :])


def _literal(host: str) -> str:
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return ""


def _work(host: str, future: "Future[list[str]]") -> None:
    try:
        # The system's resolver also accepts 0x7f.1 and 2130706433; its result is checked like any
        # other.
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    except (OSError, UnicodeError) as error:
        _forget(host)
        future.set_exception(error if isinstance(error, OSError) else OSError("not a host name"))
    else:
        _forget(host)
        future.set_result(addresses)


def _forget(host: str) -> None:
    with _lock:
        _under_way.pop(host, None)
