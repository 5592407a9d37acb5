"""Remembers parameters that a provider's server does not support.

Compatible servers refuse parameters that others require. This is only known after a refused
request: from then on the parameter is left out or replaced, so that only one caller has to wait.
Kept in this process for a day, as servers get fixed.
"""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from agents.engines.access import Access
from agents.engines.openai.server_address import OPENAI_URL

Kind = Literal["stt", "llm", "tts"]

REMEMBERED_SECONDS: Final = 86_400.0
MAX_SERVERS: Final = 512  # of one model each
MAX_HABITS: Final = 24  # of one server
OWNER_CHARACTERS: Final = 16
MAX_CHARACTERS: Final = 60  # of a parameter's name, and of what is sent in its place


@dataclass(frozen=True, slots=True)
class Habit:
    """One parameter that a server does not support.

    server: its base address without a query, "" for one that an organization named. owner: of
    the key that it was asked with, see `owner_of`. instead: what it gets in the place of
    `parameter`, "" when that is left out. at: seconds since the epoch.
    """

    kind: Kind
    server: str
    owner: str
    model: str
    parameter: str
    instead: str
    at: float


def owner_of(access: Access) -> str:
    """The owner of habits: "" for the platform, else a digest of the key.

    A truncated digest, too short to recover the key.
    """
    if not access.is_of_client:
        return ""
    return hashlib.sha256(f"{access.endpoint} {access.key}".encode()).hexdigest()[:OWNER_CHARACTERS]


class Habits:
    """The habits of one server for one model. Safe on any thread; methods never block."""

    def __init__(
        self, kind: Kind, server: str, owner: str, model: str, clock: Callable[[], float]
    ) -> None:
        self._kind: Kind = kind
        self._server = server
        self._owner = owner
        self._model = model
        self._clock = clock
        self._found: dict[str, tuple[str, float]] = {}  # parameter -> instead, when

    def without(self, parameter: str) -> bool:
        """Whether `parameter` has to be left out."""
        return self._known(parameter) == ""

    def instead_of(self, parameter: str, usual: str) -> str:
        """The name or value to send in place of `usual`."""
        return self._known(parameter) or usual

    def leave_out(self, parameter: str) -> bool:
        """Note that the server refused `parameter`. False if known, or above the limit."""
        return self._record(parameter, "")

    def use(self, parameter: str, instead: str) -> bool:
        """Note that the server accepts `instead` in its place. False if known, or above
        the limit.
        """
        return self._record(parameter, instead[:MAX_CHARACTERS])

    def all(self) -> list[Habit]:
        """All habits that have not expired, in order of discovery."""
        return [
            Habit(
                self._kind,
                self._server,
                self._owner,
                self._model[:MAX_CHARACTERS],
                name,
                instead,
                at,
            )
            for name, (instead, at) in list(self._found.items())
            if self._is_fresh(at)
        ]

    def _known(self, parameter: str) -> str | None:
        instead, at = self._found.get(parameter[:MAX_CHARACTERS], (None, 0.0))
        return instead if self._is_fresh(at) else None

    def _is_fresh(self, at: float) -> bool:
        return self._clock() - at < REMEMBERED_SECONDS

    def _record(self, parameter: str, instead: str) -> bool:
        name = parameter[:MAX_CHARACTERS]
        # Expired habits do not count for the limit.
        self._found = {each: at for each, at in self._found.items() if self._is_fresh(at[1])}
        if self._known(name) == instead or (
            name not in self._found and len(self._found) >= MAX_HABITS
        ):
            return False
        self._found[name] = (instead, self._clock())
        return True


class ServerHabits:
    """The habits of all servers; the least recently used server is evicted."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._servers: OrderedDict[tuple[str, str, str, str], Habits] = OrderedDict()

    def of(self, kind: Kind, access: Access, model: str) -> Habits:
        """The habits of the server of `access` for `model`; always the same object.

        Each organization's key has its own habits, so that organizations cannot influence each
        other.
        """
        owner = owner_of(access)
        endpoint = access.endpoint or OPENAI_URL
        key = (kind, endpoint, model, owner)
        if key not in self._servers:
            shown = "" if access.is_fenced else endpoint.partition("?")[0]
            self._servers[key] = Habits(kind, shown, owner, model, self._clock)
            if len(self._servers) > MAX_SERVERS:
                self._servers.popitem(last=False)
        self._servers.move_to_end(key)
        return self._servers[key]

    def known(self) -> list[Habit]:
        """All habits of all servers."""
        return [habit for habits in list(self._servers.values()) for habit in habits.all()]


server_habits: Final = ServerHabits()
