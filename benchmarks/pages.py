"""How long the server takes for each list and page when there are a million calls.

`python -m benchmarks.pages [--calls 1000000]`: fills a PostgreSQL of its own (thrown away
afterwards; its disk is not waited for), then opens every page again and again as a member with
Django's test client: all of Django is in the time, the middleware, the queries and the template,
but no socket. Writes benchmarks/results/pages.json: p50 and p95 in milliseconds, and queries.
"""

import argparse
import gc
import os
import statistics
import time
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any, Final

from asgiref.sync import async_to_sync

from benchmarks import machine, results_file
from testing.services import servers

if TYPE_CHECKING:
    from django.test import Client

    from testing.office import Office

CALLS: Final = 1_000_000
ROUNDS: Final = 30
WARM_UP: Final = 3
BOUND_MS: Final = 100
SMALL_ORGANIZATIONS: Final = 19
# The last one is called so seldom that a list of its calls cannot be found by walking.
AGENTS: Final = 12


def run(calls: int = CALLS, rounds: int = ROUNDS) -> dict[str, Any]:
    """What `main` prints, and writes: {"pages": {name: `measure`}, "calls", "index_mib", ...}."""
    began = machine.facts()
    with servers.PostgreSQL() as postgres:
        os.environ["TEST_DATABASE_URL"] = postgres.url
        os.environ["LOG_LEVEL"] = "ERROR"
        from django.core.management import call_command
        from django.db import connection
        from django.test.utils import setup_test_environment

        from benchmarks import (
            django_ready,  # noqa: F401  with this database
            pages_data,
            pages_list,
        )

        setup_test_environment()
        call_command("migrate", verbosity=0)
        started = time.monotonic()
        office, browser = _people(postgres.filling_url, calls)
        filled = time.monotonic() - started
        # As in a server that is ready: else a page has the collection of all that was loaded.
        gc.collect()
        gc.freeze()
        result = {
            "calls": calls,
            "rounds": rounds,
            "filled_s": round(filled, 1),
            "index_mib": pages_data.index_sizes(),
            "pages": {
                name: measure(browser, address, rounds)
                for name, address in pages_list.pages(office, calls)
            },
        }
        connection.close()
    results_file.write("pages", result, began=began)
    return result


def measure(browser: "Client", address: str, rounds: int) -> dict[str, float]:
    """Milliseconds and queries of one page."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        _open(browser, address)
    # Now: the next request forgets them.
    slowest = max(float(query["time"]) for query in captured.captured_queries) * 1000
    queries = len(captured)
    for _ in range(WARM_UP):
        _open(browser, address)
    took = []
    for _ in range(rounds):
        start = time.perf_counter()
        _open(browser, address)
        took.append((time.perf_counter() - start) * 1000)
    percentiles = statistics.quantiles(took, n=20, method="inclusive")
    return {
        "p50_ms": round(percentiles[9], 1),
        "p95_ms": round(percentiles[18], 1),
        "queries": queries,
        "slowest_query_ms": round(slowest),
    }


def _open(browser: "Client", address: str) -> None:
    """Open a page; of a file, until its first bytes are there. An address with a # is posted."""
    path, is_posted, field = address.partition("#")
    answer: Any = browser.post(path, dict([field.split("=")])) if is_posted else browser.get(path)
    # What was searched for and is not there is told with 422.
    right = (200, 422) if is_posted else (200,)
    assert answer.status_code in right, f"{address}: {answer.status_code}"
    if answer.streaming:
        async_to_sync(_begin)(answer.streaming_content)


async def _begin(parts: AsyncIterator[bytes]) -> None:
    """Read what comes first of a file."""
    await anext(parts, None)


def _people(url: str, calls: int) -> "tuple[Office, Client]":
    """The organization that is called most, its owner's browser, and the calls of all."""
    from accounts.members.organizations import create_organization
    from accounts.models import User
    from agents.models import Agent
    from agents.versions.publishing import create_agent
    from benchmarks import pages_data
    from testing.office import Office, browser_of
    from usage.billing import rollup

    owner = User.objects.create_user("owner@example.com")
    # For the operator's area as well.
    owner.is_staff = owner.is_superuser = True
    owner.save()
    office = Office(create_organization(name="Acorn", owner=owner, is_proven=True))
    for number in range(2, AGENTS + 1):
        create_agent(office.org, name=f"Desk {number}", greeting="Hello.")
    for number in range(SMALL_ORGANIZATIONS):
        Office(create_organization(name=f"Birch {number}", owner=owner, is_proven=True))
    ids = dict(Agent.objects.order_by("pk").values_list("pk", "org"))
    pages_data.fill(
        url,
        calls,
        org_id=office.org.pk,
        user_id=owner.pk,
        big=[pk for pk, org in ids.items() if org == office.org.pk],
        small=[pk for pk, org in ids.items() if org != office.org.pk],
    )
    rollup.rebuild()
    return office, browser_of(owner)


def main() -> None:
    """Measure and print a line for each page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=CALLS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    options = parser.parse_args()
    result = run(options.calls, options.rounds)
    print(f"{result['calls']} calls, filled in {result['filled_s']} s; MiB: {result['index_mib']}")
    print(f"{'':45} {'p50':>8} {'p95':>8} {'queries':>8} {'slowest':>8}")
    for name, page in result["pages"].items():
        late = "  over the bound" if page["p95_ms"] > BOUND_MS else ""
        print(
            f"{name:45} {page['p50_ms']:8.1f} {page['p95_ms']:8.1f} {page['queries']:8} "
            f"{page['slowest_query_ms']:8}{late}"
        )


if __name__ == "__main__":
    main()
