"""The connections of a process: how many there may be, from which address, and how long idle.

    beginning --request complete--> serving --answered--> beginning
        `--upgrade--> socket (of a call, or another)

A connection that has not sent a whole request has shown nothing yet: it may take so long and no
longer, and when all places are taken the one that began longest ago makes room. What is being
served, and a socket, hold their place; sockets that are no calls have a share of the places, so
that calls have the others. Pure: times are seconds on one clock, given with each call.
"""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from math import inf
from typing import Final, Protocol

REQUEST_SECONDS: Final = 10.0  # from the first byte to the end of a header, and between requests
BODY_SECONDS: Final = 30.0  # `voicex.web.body_limit` answers earlier, in words
STALL_SECONDS: Final = 30.0  # an answer of which the other side takes nothing for so long
CLOSE_SECONDS: Final = 10.0  # for the last bytes
MOST_OF_ONE: Final = 256  # of one address, calls apart


class Kind(StrEnum):
    """What a connection that holds a place is for."""

    CALL = "call"  # a socket that has proven its call
    SOCKET = "socket"  # any other
    REQUEST = "request"  # that is being served


SHARES: Final = {Kind.CALL: 1.0, Kind.SOCKET: 0.125, Kind.REQUEST: 1.0}


class Transport(Protocol):
    """The part of asyncio's transport that is used here."""

    def is_closing(self) -> bool:
        """Whether it is closed, or about to be."""
        ...

    def abort(self) -> None:
        """Close it now; what was not sent is lost."""
        ...


@dataclass(slots=True, eq=False)
class Connection:
    """One connection. address: whose it is, "" for one that is shared (a proxy's)."""

    transport: Transport
    address: str
    due: float = inf  # when it is closed unless something comes
    kind: Kind | None = None  # None while it is beginning
    counted: set[str] = field(default_factory=set)  # the addresses it counts for


class Connections:
    """All connections of a process. For one event loop."""

    def __init__(self, *, most: int, most_of_one: int = MOST_OF_ONE) -> None:
        self.most = most
        self.most_of_one = min(most_of_one, most // 4)
        self.evicted = 0
        self.refused = 0
        self._all: dict[Connection, None] = {}
        self._beginning: dict[Connection, None] = {}  # the longest ago first
        self._of: Counter[str] = Counter()
        self._holding: Counter[Kind] = Counter()

    def __len__(self) -> int:
        return len(self._all)

    def holding(self, kind: Kind) -> int:
        """How many hold a place of this kind."""
        return self._holding[kind]

    def open(self, transport: Transport, address: str, now: float) -> Connection | None:
        """A new one; None when there is no place for it, and it is to be closed."""
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
        """The connection waits for a request: new, at its first byte, or after an answer."""
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
        """Note that the request is complete; False when there is no place for this kind.

        address: whose it is, where a proxy says so.
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
        if is_call:  # it counts for no share any more
            self._uncount(connection)
        return True

    def stall(self, connection: Connection, now: float) -> None:
        """Note that the client takes nothing of what was sent."""
        connection.due = min(connection.due, now + STALL_SECONDS)

    def flow(self, connection: Connection) -> None:
        """Note that the client takes data again."""
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
        """Close what is overdue. About once a second."""
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
