"""Settings of the database, the channel layer and the cache."""

from pathlib import Path
from typing import Any, Final

from voicex.errors import ConfigurationError

# libpq's: milliseconds for what was sent, and probes of a connection on which nothing comes.
GONE_AFTER: Final = {
    "tcp_user_timeout": 10_000,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
}


def database(config: dict[str, Any], *, pool_size: int) -> dict[str, Any]:
    """Django's settings for the database of DATABASE_URL; makes the directory of SQLite's file.

    config: the parsed URL. pool_size: connections to PostgreSQL that a process keeps at most;
    0 for no pool. Raises: ConfigurationError.
    """
    if "ENGINE" not in config:
        raise ConfigurationError(
            "DATABASE_URL is not a database URL. Expected for example "
            "postgres://user:password@host:5432/voicex, or sqlite:////data/voicex.sqlite3"
        )
    options = config.setdefault("OPTIONS", {})
    if config["ENGINE"] == "django.db.backends.sqlite3":
        config["ENGINE"] = "voicex.sqlite"
        config["TEST"] = {"NAME": ":memory:"}  # test runners know Django's own engine alone
        # A write lock taken at BEGIN waits its turn; one taken mid-transaction fails at once.
        options |= {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        }
        try:
            # Private to this user: it holds transcripts, numbers and sessions.
            Path(config["NAME"]).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigurationError(
                f"The database directory of {config['NAME']} cannot be written ({error.strerror}). "
                "Make it writable for this user, or change DATABASE_URL"
            ) from error
    elif config["ENGINE"] == "django.db.backends.postgresql":
        config["ENGINE"] = "voicex.postgresql"
        # When a host vanishes without closing the connection, a query would wait for a quarter of
        # an hour.
        for name, value in GONE_AFTER.items():
            options.setdefault(name, value)
        if pool_size:
            options["pool"] = {
                "min_size": 1,
                "max_size": pool_size,
                "timeout": 10,  # Twilio waits 15 seconds for a webhook
                # Attempts come four times a second (`voicex.postgresql.prompt_pool`), and after 5 s
                # again if a request waits; else the next request begins again.
                "reconnect_timeout": 5,
            }
    return config


def redis_url(value: str) -> str:
    """`value` of REDIS_URL without blanks around it; "" for no Redis. Raises: ConfigurationError.

    The value may contain a password, so the error does not quote it. The broker of the tasks
    (kombu) knows these two schemes alone.
    """
    value = value.strip()
    if value and not value.startswith(("redis://", "rediss://")):
        raise ConfigurationError(
            "REDIS_URL is not the URL of a Redis server. Expected redis:// or rediss:// (TLS), "
            "for example redis://:password@redis.example:6379/0, or nothing to do without Redis"
        )
    return value


def channel_layer(redis_url: str) -> dict[str, Any]:
    """The channel layer: Redis, or the memory of this process without one."""
    if not redis_url:
        return {"BACKEND": "channels.layers.InMemoryChannelLayer"}
    return {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [redis_url]},
    }


def cache(redis_url: str) -> dict[str, Any]:
    """The cache of `voicex.database.shared_cache`. It holds nothing that must not be lost."""
    if not redis_url:
        return {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            # With Django's 300 entries, a few hundred clients would evict each other's rate limits.
            "OPTIONS": {"MAX_ENTRIES": 100_000},
        }
    return {
        "BACKEND": "voicex.database.shared_cache.SharedCache",
        "LOCATION": redis_url,
        "KEY_PREFIX": "voicex",
    }
