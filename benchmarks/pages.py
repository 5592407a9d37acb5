"""How long the server takes for each list and page when there are a million calls.

`python -m benchmarks.pages [--calls 1000000]`: fills a PostgreSQL of its own (thrown away
afterwards; its disk is not waited for), then opens every page again and again as a member with
Django's test client: all of Django is in the time, the middleware, the queries and the template,
but no socket. Writes benchmarks/results/pages.json: p50 and p95 in milliseconds, and queries.
"""

import argparse
import os
import statistics
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

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
        )

        setup_test_environment()
        call_command("migrate", verbosity=0)
        started = time.monotonic()
        office, browser = _people(calls)
        filled = time.monotonic() - started
        result = {
            "calls": calls,
            "rounds": rounds,
            "filled_s": round(filled, 1),
            "index_mib": pages_data.index_sizes(),
            "pages": {
                name: measure(browser, address, rounds) for name, address in pages(office, calls)
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
        assert browser.get(address).status_code == 200, address
    # Now: the next request forgets them.
    slowest = max(float(query["time"]) for query in captured.captured_queries) * 1000
    queries = len(captured)
    for _ in range(WARM_UP):
        browser.get(address)
    took = []
    for _ in range(rounds):
        start = time.perf_counter()
        browser.get(address)
        took.append((time.perf_counter() - start) * 1000)
    percentiles = statistics.quantiles(took, n=20, method="inclusive")
    return {
        "p50_ms": round(percentiles[9], 1),
        "p95_ms": round(percentiles[18], 1),
        "queries": queries,
        "slowest_query_ms": round(slowest),
    }


def pages(office: "Office", calls: int) -> Iterator[tuple[str, str]]:
    """Each page with its address: lists from both ends, each filter, frequent and rare words."""
    from accounts.models import AuditEntry
    from usage.models import Call

    own = Call.objects.filter(org=office.org).order_by("-opened_at")
    middle, newest = own[own.count() // 2], own[0]
    day = middle.opened_at.date()
    agents = list(office.org.agents.order_by("pk").values_list("public_id", flat=True))
    number = middle.from_number
    all_from = newest.opened_at.date() - timedelta(days=365)
    yield "overview", office.url()
    yield "calls", office.url("calls/")
    yield "calls, from the middle", office.url(f"calls/?before={middle.call_sid}")
    yield "calls, newer than the middle", office.url(f"calls/?after={middle.call_sid}")
    for name, query in {
        "most called agent": f"agent={agents[0]}",
        "least called agent": f"agent={agents[-1]}",
        "going on": "state=open",
        "ended": "state=ended",
        "ended by the caller": "end=caller",
        "ended by a fault": "end=fault",
        "ended by a fault, rare agent": f"end=fault&agent={agents[-1]}",
        "tests": "door=test",
        "typed tests": "door=typed",
        "one day": f"first={day}&last={day}",
        "an area code": f"caller=%2B1{number[2:5]}",
        "a whole number": f"caller=%2B{number[1:]}",
        "15 minutes or more": "at_least=900",
        "interrupted": "interrupted=on",
        "interrupted, before the middle": f"interrupted=on&before={middle.call_sid}",
        "with a recording": "recorded=on",
        "a common word": "words=w1",
        "a word of one turn in 500": "words=umbrella",
        "a word of one turn in 20,000": "words=telescope",
        "a word of one turn in a million": "words=xylophone",
        "a word nobody says": "words=absent",
        "three words": "words=w2+w5+w9",
        "two that do not meet": "words=w1+absent",
        "words and filters": f"words=umbrella&agent={agents[1]}&at_least=60",
    }.items():
        yield f"calls: {name}", office.url(f"calls/?{query}")
    yield "call", office.url(f"calls/{newest.call_sid}/")
    yield "call, raw events", office.url(f"calls/{newest.call_sid}/events/")
    yield "webhook log", office.url("attempts/")
    yield "usage", office.url("usage/")
    yield "analytics, 30 days", office.url("analytics/")
    yield "analytics, 90 days", office.url("analytics/?period=90")
    yield (
        "analytics, all days",
        office.url(f"analytics/?last={newest.opened_at.date()}&first={all_from}"),
    )
    yield "search: a number", office.url(f"search/?q=%2B{number[1:]}")
    yield "search: a common word", office.url("search/?q=told")
    yield "search: nothing", office.url("search/?q=zebra+crossing")
    yield "agents", office.url("agents/")
    yield "agent", office.url(f"agents/{agents[0]}/")
    yield "audit log", office.url("audit/")
    entry = AuditEntry.objects.filter(org=office.org).order_by("pk")[calls // 10]
    yield "audit log, from the middle", office.url(f"audit/?before={entry.pk}")
    yield "audit log, one subject", office.url("audit/?about=key")


def _people(calls: int) -> "tuple[Office, Client]":
    """The organization that is called most, its owner's browser, and the calls of all."""
    from accounts.members.organizations import create_organization
    from accounts.models import User
    from agents.models import Agent
    from agents.versions.publishing import create_agent
    from benchmarks import pages_data
    from testing.office import Office, browser_of
    from usage.billing import rollup

    owner = User.objects.create_user("owner@example.com")
    office = Office(create_organization(name="Acorn", owner=owner, is_proven=True))
    for number in range(2, AGENTS + 1):
        create_agent(office.org, name=f"Desk {number}", greeting="Hello.")
    for number in range(SMALL_ORGANIZATIONS):
        Office(create_organization(name=f"Birch {number}", owner=owner, is_proven=True))
    ids = dict(Agent.objects.order_by("pk").values_list("pk", "org"))
    pages_data.fill(
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
