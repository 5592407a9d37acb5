"""Places for page requests that wait for servers named by organizations, such as those of tools.

Such a server may take seconds to answer, and the page's thread waits for it. Without places of
their own, a few of them would take the threads of all pages, of all organizations. The last places
are for people who have used few seconds of them lately, so that those with slow servers, or with
many organizations, leave some to others.
"""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from time import monotonic
from typing import Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.members.trust import counted_as
from accounts.models import Membership, Organization

AT_ONCE: Final = 6  # in one process, which serves 16 requests of pages at once
OF_ONE: Final = 2  # of these for one organization; all that are not proven share as many
LEFT: Final = 2  # of these, for people who hold none and have had few seconds lately
FEW_SECONDS: Final = 10.0  # of all places that were given back within
LATELY_SECONDS: Final = 60.0


class ServersBusy(ValidationError):
    """No place was free: says in words to try again."""

    def __init__(self) -> None:
        super().__init__(
            _("Too many requests to other servers at once. Try again in a moment."), code="busy"
        )


@dataclass(frozen=True, slots=True)
class _Place:
    """A place that was given. name: the organization, as it is counted; person: whose it is."""

    name: str
    person: str
    since: float


class _Places:
    """Who has which places. Safe on any thread. clock: seconds."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._lock = Lock()
        self._clock = clock
        self._taken: list[_Place] = []
        self._given_back: deque[tuple[float, _Place]] = deque()  # lately, and when

    def take(self, name: str, *, person: str) -> _Place | None:
        """Take a place for the organization `name`; None where it gets none."""
        with self._lock:
            now = self._clock()
            free = AT_ONCE - len(self._taken)
            if free <= 0 or sum(each.name == name for each in self._taken) >= OF_ONE:
                return None
            if free <= LEFT and self._has_had_many_seconds(person, now):
                return None
            place = _Place(name, person, now)
            self._taken.append(place)
            return place

    def give_back(self, place: _Place) -> None:
        """Give back what `take` gave."""
        with self._lock:
            now = self._clock()
            self._taken.remove(place)
            self._given_back.append((now, place))
            self._forget(now)

    def _has_had_many_seconds(self, person: str, now: float) -> bool:
        if any(each.person == person for each in self._taken):
            return True
        self._forget(now)
        had = (at - each.since for at, each in self._given_back if each.person == person)
        return sum(had) >= FEW_SECONDS

    def _forget(self, now: float) -> None:
        """Forget what was given back long ago."""
        while self._given_back and self._given_back[0][0] <= now - LATELY_SECONDS:
            self._given_back.popleft()


_places: Final = _Places()


@contextmanager
def place_to_ask(org: Organization) -> Iterator[None]:
    """A place in which a page's thread waits for servers that `org` names.

    Raises ServersBusy at once where none is free.
    """
    place = _places.take(counted_as(org), person=_person_of(org))
    if place is None:
        raise ServersBusy
    try:
        yield
    finally:
        _places.give_back(place)


def _person_of(org: Organization) -> str:
    """Whose organization it is: one person may have twenty."""
    if not org.is_proven:
        return counted_as(org)
    owners = Membership.objects.filter(org=org, role=Membership.Role.OWNER).order_by("pk")
    owner = owners.values_list("user", flat=True).first()
    return f"user:{owner}" if owner is not None else counted_as(org)
