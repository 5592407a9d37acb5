"""A lease is one process's at a time, also when one stands still for too long, or is killed."""

from collections.abc import Iterator
from random import Random

import pytest
from django.core.cache import cache

from testing.linear.histories import as_text, is_linear
from testing.linear.processes import Pair
from testing.services.servers import Redis, missing
from voicex.database import shared_lease
from voicex.database.shared_cache import SharedCache
from voicex.database.shared_lease import lease

NAME = "turns:test"
ROUNDS = 120
STEPS = 10  # of each process in a round


@pytest.fixture(autouse=True)
def _nobody_has_it() -> Iterator[None]:
    cache.delete(NAME)
    yield
    cache.delete(NAME)


def test_one_has_it_until_it_is_given_back():
    with lease(NAME, seconds=60) as is_first, lease(NAME, seconds=60) as is_second:
        assert (is_first, is_second) == (True, False)
    with lease(NAME, seconds=60) as is_third:
        assert is_third


def test_one_that_was_late_leaves_the_lease_of_the_next():
    with lease(NAME, seconds=60):
        cache.delete(NAME)  # it has outlasted its time
        next_one = shared_lease.take(NAME, seconds=60)
    assert not shared_lease.take(NAME, seconds=60)
    shared_lease.give_back(NAME, next_one)
    assert shared_lease.take(NAME, seconds=60)


# --- two processes, and Redis ---------------------------------------------------------------------


def held_step(holder: tuple[str, int], operation):
    """holder: what the lease is given back with, and by which process; ("", 0) for nobody."""
    token, process = holder
    match operation.name:
        case "takes" if token:
            return "", holder
        case "takes":
            return operation.answer or "a lease", (operation.answer or "?", operation.process)
        case "ends":
            return None, ("", 0)
    # Of one that was killed as it gave back, what it gave back is not known.
    own = operation.answer if operation.ended_ns else token if process == operation.process else ""
    return operation.answer, ("", 0) if token and token == own else holder


@pytest.mark.services
@pytest.mark.skipif(bool(missing()), reason=f"not installed: {', '.join(missing())}")
def test_leases_in_redis_are_linear(tmp_path):
    taken: dict[str, str] = {}  # by the process

    def takes(name: str) -> str:
        own = shared_lease.take(name, seconds=60)
        taken[name] = own or taken.get(name, "")
        return own

    def gives_back(name: str) -> str:
        shared_lease.give_back(name, taken.get(name, ""))
        return taken.get(name, "")

    def ends(name: str) -> None:
        """The time is over."""
        shared_lease.cache.delete(name)

    random = Random("turns")
    with Redis(tmp_path) as server:

        def begins() -> None:
            shared_lease.cache = SharedCache(server.url, {"KEY_PREFIX": "voicex"})

        acts = {"takes": takes, "gives back": gives_back, "ends": ends}
        with Pair(acts, begins, seed="turns") as pair:
            for number in range(ROUNDS):
                drawn = [random.choices(list(acts), (3, 3, 1), k=STEPS) for _ in range(2)]
                about = (f"{NAME}:{number}",)
                history = pair.round([[(name, about) for name in names] for names in drawn])
                assert is_linear(history, ("", 0), held_step), as_text(history)
