"""What the processes know together, in Redis; while Redis is away, each knows it for itself.

The cache holds counts of how often something was done (`accounts.rate_limits`, the log-in limits
and used one-time codes of allauth), leases of background work (`voicex.database.shared_lease`) and
what it did last or leaves alone (`agents.meaning.making`, `usage.hooks.scheduling`), how an
invoice that is issued again went (`usage.papers.issuing`), and that a provider has just accepted a
key of the platform (`agents.providers.credential_checks`). A person who wants in is therefore
neither refused nor shown an error because Redis is down: the limits stand, once a process; so do
the leases, beside which work has locks and leases of its own; and what became of an invoice is not
told.
"""

import json
import time
from collections.abc import Callable
from typing import Any, Final, TypeVar

import structlog
from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

T = TypeVar("T")

log = structlog.get_logger(__name__)

WAIT_SECONDS: Final = 1.0  # for a connection, and for each answer
# After a failure Redis is left alone for so long: a log-in asks it some ten times.
AWAY_SECONDS: Final = 5.0
_DELETE_IF: Final = """
if redis.call("get", KEYS[1]) == ARGV[1] then return redis.call("del", KEYS[1]) end
return 0
"""


class JsonSerializer:
    """Values as JSON: pickle, Django's own choice, runs what it reads."""

    def dumps(self, value: object) -> str:
        """The text that is stored; that of a whole number can be counted up by Redis."""
        return json.dumps(value)

    def loads(self, data: bytes) -> object:
        """The value again."""
        return json.loads(data)


class CountingClient(RedisCacheClient):
    """Django's client, safe where others use the same database and where keys end."""

    def incr(self, key: Any, delta: int) -> int:
        """Count up, for counts that begin at `delta`. Raises ValueError when there is no count.

        Django asks whether the key exists first. One that ends in between would be created again,
        without an end: its limit would never open again.
        """
        client = self.get_client(key, write=True)
        value = int(client.incr(key, delta))
        if value == delta:
            client.delete(key)
            raise ValueError(f"Key {key!r} not found.")
        return value

    def delete_if(self, key: Any, value: object) -> bool:
        """Delete the key if it has that value, both at once; whether it had."""
        client = self.get_client(key, write=True)
        return bool(client.eval(_DELETE_IF, 1, key, JsonSerializer().dumps(value)))


class SharedCache(RedisCache):
    """A cache in Redis, with one in memory for as long as Redis does not answer."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = CountingClient
        self._options = {
            "serializer": JsonSerializer,
            "socket_connect_timeout": WAIT_SECONDS,
            "socket_timeout": WAIT_SECONDS,
            # Once more: a Redis that was restarted has left dead connections in the pool.
            "retry": Retry(NoBackoff(), 1),
        }
        self._own = LocMemCache("without-redis", params | {"OPTIONS": {"MAX_ENTRIES": 100_000}})
        self._away_until = 0.0

    def add(self, *args: Any, **kwargs: Any) -> bool:
        """Django's `add`, in Redis or, while it is away, in memory; the others likewise."""
        return self._ask(super().add, self._own.add, args, kwargs)

    def get(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask(super().get, self._own.get, args, kwargs)

    def set(self, *args: Any, **kwargs: Any) -> None:
        self._ask(super().set, self._own.set, args, kwargs)

    def touch(self, *args: Any, **kwargs: Any) -> bool:
        return self._ask(super().touch, self._own.touch, args, kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> bool:
        return self._ask(super().delete, self._own.delete, args, kwargs)

    def has_key(self, *args: Any, **kwargs: Any) -> bool:
        return self._ask(super().has_key, self._own.has_key, args, kwargs)

    def incr(self, *args: Any, **kwargs: Any) -> int:
        return self._ask(super().incr, self._own.incr, args, kwargs)

    def delete_if(self, key: str, value: object) -> bool:
        """Delete the key if it has that value; whether it had. Of two processes one succeeds."""
        return self._ask(self._shared_delete_if, self._own_delete_if, (key, value), {})

    def _shared_delete_if(self, key: str, value: object) -> bool:
        client: Any = self._cache  # a CountingClient
        return bool(client.delete_if(self.make_and_validate_key(key), value))

    def _own_delete_if(self, key: str, value: object) -> bool:
        return self._own.get(key) == value and self._own.delete(key)

    # One key after the other, by the methods above.
    get_many = BaseCache.get_many
    set_many = BaseCache.set_many
    delete_many = BaseCache.delete_many

    def clear(self) -> None:
        """Refused: Django would empty the whole database, in which the tasks wait too."""
        raise NotImplementedError("The cache shares its Redis; delete keys by name")

    def _ask(
        self, shared: Callable[..., T], own: Callable[..., T], args: Any, kwargs: dict[str, Any]
    ) -> T:
        if time.monotonic() < self._away_until:
            return own(*args, **kwargs)
        try:
            return shared(*args, **kwargs)
        except RedisError as error:
            self._away_until = time.monotonic() + AWAY_SECONDS
            log.warning("cache_away", error=type(error).__name__)
            return own(*args, **kwargs)
