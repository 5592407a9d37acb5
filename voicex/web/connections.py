"""Limits the connections of a process: in number, by address, and in idle time.

    beginning --request complete--> serving --answered--> beginning
        `--upgrade--> socket (of a call, or another)

A connection that has not sent a complete request has a deadline, and when all places are taken the
oldest of them is closed to make room. Requests being served and sockets hold their place. Sockets
other than calls have only a share of the places, so that the rest is left for calls. Pure: times
are seconds on one monotonic clock, passed with each call.
"""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from math import inf
from typing import Final, Protocol

REQUEST_SECONDS: Final = 10.0  # from the first byte to the end of a header, and between requests
BODY_SECONDS: Final = 30.0  # `voicex.web.body_limit` answers earlier, in words
STALL_SECONDS: Final = 30.0  # the longest time in which the client reads nothing of an answer
CLOSE_SECONDS: Final = 10.0  # for the last bytes of an answer
MOST_OF_ONE: Final = 256  # connections of one address, not counting calls


class Kind(StrEnum):
    """The purpose of a connection that holds a place."""

    CALL = "call"  # a socket with the valid path of a call's stream
    SOCKET = "socket"  # any other socket
    REQUEST = "request"  # a request that is being served


SHARES: Final = {Kind.CALL: 1.0, Kind.SOCKET: 0.125, Kind.REQUEST: 1.0}


class Transport(Protocol):
    """The part of asyncio's transport that is used here."""

    def is_closing(self) -> bool:
        """Whether it is closed or closing."""
        ...

    def abort(self) -> None:
        """Close it now; unsent data is lost."""
        ...


@dataclass(slots=True, eq=False)
class Connection:
    """One connection. address: the client's, "" for a shared one (a proxy's)."""

    transport: Transport
    address: str
    due: float = inf  # when it is closed unless data arrives
    kind: Kind | None = None  # None while it waits for a request
    counted: set[str] = field(default_factory=set)  # the addresses whose limits it counts for


class Connections:
    """All connections of a process. For one event loop."""

    def __init__(self, *, most: int, most_of_one: int = MOST_OF_ONE) -> None:
        self.most = most
        self.most_of_one = min(most_of_one, most // 4)
        self.evicted = 0
        self.refused = 0
        self._all: dict[Connection, None] = {}
        self._beginning: dict[Connection, None] = {}  # the oldest first
        self._of: Counter[str] = Counter()
        self._holding: Counter[Kind] = Counter()

    def __len__(self) -> int:
        return len(self._all)

    def holding(self, kind: Kind) -> int:
        """The number of connections of this kind."""
        return self._holding[kind]

    def open(self, transport: Transport, address: str, now: float) -> Connection | None:
        """Register a connection; None when there is no place, and it has to be closed."""
        if len(self._all) >= self.most and not self._evict():
            self.refused += 1
            return None
        connection = Connection(transport, address)
        if not self._count(connection, address):
            self.refused += 1
            return None
        self._all[connection] = None
        self.begin(connection, now)
        return connection

    def begin(self, connection: Connection, now: float) -> None:
        """The connection waits for a request, or its first byte has arrived. Starts the
        deadline.
        """
        if connection not in self._all:
            return
        self._let_go(connection)
        connection.due = now + REQUEST_SECONDS
        self._beginning.pop(connection, None)
        self._beginning[connection] = None

    def expect_body(self, connection: Connection, now: float) -> None:
        """The header is complete, and a body follows."""
        connection.due = now + BODY_SECONDS

    def hold(self, connection: Connection, kind: Kind, address: str = "") -> bool:
        """The request is complete: hold a place. False when there is none for this kind.

        address: the client's, where a proxy reports it.
        """
        if connection not in self._all:
            return False
        is_within_share = self._holding[kind] < self.most * SHARES[kind]
        is_call = kind is Kind.CALL
        if not is_within_share or not (is_call or self._count(connection, address)):
            self.refused += 1
            return False
        self._let_go(connection)
        self._beginning.pop(connection, None)
        connection.kind = kind
        connection.due = inf
        self._holding[kind] += 1
        if is_call:  # it no longer counts for any limit
            self._uncount(connection)
        return True

    def stall(self, connection: Connection, now: float) -> None:
        """The client reads nothing of what was sent. Starts a deadline."""
        connection.due = min(connection.due, now + STALL_SECONDS)

    def flow(self, connection: Connection) -> None:
        """The client reads again."""
        if connection.kind is not None:
            connection.due = inf

    def close(self, connection: Connection) -> None:
        """Forget a connection that is closed. Idempotent."""
        if connection in self._all:
            del self._all[connection]
            self._beginning.pop(connection, None)
            self._let_go(connection)
            self._uncount(connection)

    def sweep(self, now: float) -> None:
        """Close connections past their deadline. Called about once a second."""
        for connection in list(self._all):
            if connection.due == inf and connection.transport.is_closing():
                connection.due = now + CLOSE_SECONDS
            elif connection.due <= now:
                self.close(connection)
                connection.transport.abort()

    def _evict(self) -> bool:
        oldest = next(iter(self._beginning), None)
        if oldest is None:
            return False
        self.evicted += 1
        self.close(oldest)
        oldest.transport.abort()
        return True

    def _let_go(self, connection: Connection) -> None:
        if connection.kind is not None:
            self._holding[connection.kind] -= 1
            connection.kind = None

    def _count(self, connection: Connection, address: str) -> bool:
        if not address or address in connection.counted:
            return True
        if self._of[address] >= self.most_of_one:
            return False
        self._of[address] += 1
        connection.counted.add(address)
        return True

    def _uncount(self, connection: Connection) -> None:
        for address in connection.counted:
            self._of[address] -= 1
            if not self._of[address]:
                del self._of[address]
        connection.counted.clear()
