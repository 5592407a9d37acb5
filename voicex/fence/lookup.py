"""Resolves host names, on threads of its own.

The event loop looks names up on the threads that everything else shares, and a name server of a
client may take half a minute for each. Here it holds up lookups of its own name.
"""

import ipaddress
import socket
import threading
from concurrent.futures import Future
from typing import Final

from voicex.errors import EndpointRefused

LONGEST_NAME: Final = 253  # characters (RFC 1035); longer ones take Python's codec long
MAX_AT_ONCE: Final = 32

_lock: Final = threading.Lock()
_under_way: Final[dict[str, "Future[list[str]]"]] = {}


def look_up(host: str) -> "Future[list[str]]":
    """The addresses of `host`, in the system's order of preference.

    Those who ask for a name that is being looked up share the answer. Raises EndpointRefused when
    too many names are; the future raises OSError for a name that is not known.
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
            return known
        if len(_under_way) >= MAX_AT_ONCE:
            raise EndpointRefused("too_slow")
        future: Future[list[str]] = Future()
        future.set_running_or_notify_cancel()  # one who gives up does not cancel it for the others
        _under_way[host] = future
    # A daemon: the end of the process does not wait for a name server.
    threading.Thread(target=_work, args=(host, future), name="fence-lookup", daemon=True).start()
    return future


def _literal(host: str) -> str:
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return ""


def _work(host: str, future: "Future[list[str]]") -> None:
    try:
        # The system's resolver also knows 0x7f.1 and 2130706433; what it gives is checked.
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
