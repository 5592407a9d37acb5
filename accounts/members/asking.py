"""Places for page requests that wait for servers named by organizations, such as those of tools.

Such a server may take seconds to answer, and the page's thread waits for it. Without places of
their own, a few of them would take the threads of all pages, of all organizations.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.members.trust import counted_as
from accounts.models import Organization

AT_ONCE: Final = 6  # in one process, which serves 16 requests of pages at once
OF_ONE: Final = 2  # of these for one organization; all that are not proven share as many


class ServersBusy(ValidationError):
    """No place was free: says in words to try again."""

    def __init__(self) -> None:
        super().__init__(
            _("Too many requests to other servers at once. Try again in a moment."), code="busy"
        )


class _Places:
    """Who has how many places. Safe on any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._taken: Counter[str] = Counter()

    def take(self, name: str) -> bool:
        """Take a place for `name`; False where none is free."""
        with self._lock:
            if self._taken.total() >= AT_ONCE or self._taken[name] >= OF_ONE:
                return False
            self._taken[name] += 1
            return True

    def give_back(self, name: str) -> None:
        """Give back a place that `take` gave to `name`."""
        with self._lock:
            self._taken[name] -= 1
            if not self._taken[name]:
                del self._taken[name]


_places: Final = _Places()


@contextmanager
def place_to_ask(org: Organization) -> Iterator[None]:
    """A place in which a page's thread waits for servers that `org` names.

    Raises ServersBusy at once where none is free.
    """
    name = counted_as(org)
    if not _places.take(name):
        raise ServersBusy
    try:
        yield
    finally:
        _places.give_back(name)
