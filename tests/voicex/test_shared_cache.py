"""Limits are counted over all processes in Redis, and keep standing while Redis is away."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from accounts.login import limits
from accounts.rate_limits import is_within
from testing.cast import PASSWORD, Cast
from testing.services.servers import Redis, free_port, missing
from voicex.database import shared_cache
from voicex.database.shared_cache import CountingClient, SharedCache

with_redis = [
    pytest.mark.services,
    pytest.mark.skipif(bool(missing()), reason=f"not installed: {', '.join(missing())}"),
]
WRONG_PASSWORDS = limits.A_PAIR


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    with Redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


def process(url: str) -> SharedCache:
    """The cache as one more process has it."""
    return SharedCache(url, {"KEY_PREFIX": "voicex"})


@pytest.fixture(autouse=True)
def _connections_are_closed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    clients: list[CountingClient] = []
    make = CountingClient.__init__

    def noted(self: CountingClient, *args: Any, **kwargs: Any) -> None:
        make(self, *args, **kwargs)
        clients.append(self)

    monkeypatch.setattr(CountingClient, "__init__", noted)
    # A busy machine may take its time; a port where nothing listens refuses at once.
    monkeypatch.setattr(shared_cache, "WAIT_SECONDS", 60.0)
    yield
    for client in clients:
        for pool in client._pools.values():
            pool.disconnect()


def use(settings, url: str) -> None:
    """Let the product's own cache, and with it that of allauth, be the Redis at `url`."""
    settings.CACHES = {
        "default": {
            "BACKEND": "voicex.database.shared_cache.SharedCache",
            "LOCATION": url,
            "KEY_PREFIX": "voicex",
        }
    }


@pytest.fixture
def nowhere() -> str:
    """The address of a Redis that does not run."""
    return f"redis://127.0.0.1:{free_port()}/0"


def log_in(browser: Client, password: str) -> str:
    page = browser.post("/accounts/login/", {"login": "alice@example.com", "password": password})
    return "in" if page.status_code == 302 else page.text


class TestWithRedis:
    pytestmark = with_redis

    def test_what_one_process_counted_another_one_continues_from(self, redis):
        one, other = process(redis.url), process(redis.url)
        assert one.add("shared", 1, timeout=60)
        assert not other.add("shared", 1, timeout=60)
        assert other.incr("shared") == 2
        assert one.get("shared") == 2

    def test_values_come_back_as_they_were(self, redis):
        one = process(redis.url)
        for value in (7, True, "y", [1.5, 2.5], None):
            one.set("value", value, timeout=60)
            assert one.get("value") == value
        one.delete("value")
        assert one.get("value", "gone") == "gone"

    def test_a_count_that_ended_is_not_made_anew_without_an_end(self, redis):
        one = process(redis.url)
        with pytest.raises(ValueError, match="not found"):
            one.incr("ended")
        assert not one.has_key("ended")

    def test_emptying_the_cache_does_not_empty_the_tasks_database(self, redis):
        with pytest.raises(NotImplementedError, match="shares its Redis"):
            process(redis.url).clear()

    def test_our_limits_and_allauths_are_counted_there(self, redis, settings, cast: Cast):
        use(settings, redis.url)
        assert [is_within(2, seconds=60, name="voice:redis") for _ in range(3)] == [1, 1, 0]
        assert process(redis.url).get("rate:voice:redis") == 3
        for _ in range(WRONG_PASSWORDS):
            log_in(Client(), "wrong")
        assert "Too many failed" in log_in(Client(), PASSWORD)

    def test_after_redis_came_back_it_is_asked_again(self, tmp_path, monkeypatch):
        now = 1_000.0
        monkeypatch.setattr(shared_cache.time, "monotonic", lambda: now)
        with Redis(tmp_path) as server:
            one = process(server.url)
            one.set("kept", "before", timeout=60)
            server.kill()
            assert one.get("kept") is None
            one.set("kept", "meanwhile", timeout=60)
            assert one.get("kept") == "meanwhile"
            server.start()
            now += shared_cache.AWAY_SECONDS
            one.set("kept", "after", timeout=60)
            assert process(server.url).get("kept") == "after"


def test_without_redis_a_person_logs_in_and_limits_still_stand(nowhere, settings, cast: Cast):
    use(settings, nowhere)
    assert [is_within(2, seconds=60, name="voice:away") for _ in range(3)] == [1, 1, 0]
    assert log_in(Client(), PASSWORD) == "in"
    for _ in range(WRONG_PASSWORDS):
        log_in(Client(), "wrong")
    assert "Too many failed" in log_in(Client(), PASSWORD)


def test_a_redis_that_is_away_is_asked_once_and_then_left_alone(nowhere, monkeypatch, caplog):
    asked = []
    monkeypatch.setattr(shared_cache, "AWAY_SECONDS", 3_600.0)
    monkeypatch.setattr(CountingClient, "get_client", _told(asked, CountingClient.get_client))
    one = process(nowhere)
    for _ in range(5):
        one.set("key", 1, timeout=60)
    assert len(asked) == 1
    assert [record for record in caplog.messages if "cache_away" in record]


def test_who_asks_is_read_from_the_proxys_header_alone(settings, monkeypatch, cast: Cast):
    cache.clear()
    monkeypatch.setattr(limits, "AN_ADDRESS", 3)
    settings.ALLAUTH_TRUSTED_CLIENT_IP_HEADER = "X-Real-IP"
    stranger, colleague = {"X-Real-IP": "203.0.113.7"}, {"X-Real-IP": "203.0.113.8"}
    for number in range(limits.AN_ADDRESS + 1):
        last = Client().post(
            "/accounts/login/",
            {"login": f"{number}@example.com", "password": "wrong"},
            headers={**stranger, "X-Forwarded-For": f"198.51.100.{number}"},  # a client's claim
        )
    assert "Too many failed" in last.text
    entered = Client().post(
        "/accounts/login/",
        {"login": "alice@example.com", "password": PASSWORD},
        headers=colleague,
    )
    assert entered.status_code == 302
    cache.clear()


def _told(asked, get_client):
    def told(self, key=None, *, write=False):
        asked.append(key)
        return get_client(self, key, write=write)

    return told
