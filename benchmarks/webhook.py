"""How long Twilio waits for the voice webhook: new calls, signed and unsigned, and repeats.

`python -m benchmarks.webhook` writes benchmarks/results/webhook.json and prints p50 and p99 in
milliseconds. The whole of Django is in it (every middleware, the transaction on disk), the
socket is not. The database is a fresh SQLite file, or the one that TEST_DATABASE_URL names.
"""

import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

RESULTS = Path(__file__).parent / "results" / "webhook.json"
ROUNDS = 500
WARM_UP = 20
AUTH_TOKEN = "0123456789abcdef" * 2


def measure(ring: Callable[[int], int]) -> dict[str, float]:
    """Milliseconds of `ring(number of the call)`, which returns the HTTP status.

    CPU time stands beside the percentiles because it holds on a busy machine too.
    """
    for number in range(WARM_UP):
        ring(number)
    took = []
    cpu = time.process_time()
    for number in range(WARM_UP, WARM_UP + ROUNDS):
        start = time.perf_counter()
        status = ring(number)
        took.append((time.perf_counter() - start) * 1000)
        assert status == 200, status
    percentiles = statistics.quantiles(took, n=100)
    return {
        "p50_ms": round(percentiles[49], 2),
        "p99_ms": round(percentiles[98], 2),
        "cpu_ms": round((time.process_time() - cpu) * 1000 / ROUNDS, 2),
    }


def run() -> dict[str, dict[str, float]]:
    """Open calls at a line of its own for each case; the database is set up."""
    from django.contrib.auth import get_user_model

    from accounts.organizations import create_organization
    from accounts.secrets import store_secret
    from telephony.tests.line import line_of
    from usage.models import Quota

    owner = get_user_model().objects.create_user("owner@example.com")
    found = {}
    for case, token in (("unsigned", ""), ("signed", AUTH_TOKEN), ("repeated", "")):
        line = line_of(create_organization(name=case, owner=owner))
        Quota.objects.create(org=line.org, concurrent_calls=100_000)
        if token:
            store_secret(line.org, name="twilio_auth_token", value=token, actor=owner)

        def ring(number: int, case=case, line=line, token=token) -> int:
            sid = f"CA{0 if case == 'repeated' else number:032x}"
            return line.rings(token=token, CallSid=sid).status_code

        found[case] = measure(ring)
    return found


def main() -> None:
    """Measure on a database that is thrown away."""
    with tempfile.TemporaryDirectory() as directory:
        os.environ.setdefault("TEST_DATABASE_URL", f"sqlite:///{directory}/webhook.sqlite3")
        import django

        import tests.environment  # noqa: F401  before the settings are read

        os.environ["LOG_LEVEL"] = "ERROR"
        django.setup()
        from django.core.management import call_command
        from django.db import connection
        from django.test.utils import setup_test_environment

        setup_test_environment()
        call_command("migrate", verbosity=0)
        found = run()
        connection.close()
    results = {"rounds": ROUNDS, "database": connection.vendor, "milliseconds": found}
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=2) + "\n")
    print(f"{'':10} {'p50':>8} {'p99':>8} {'CPU':>8}   (ms, {connection.vendor})")
    for case, times in found.items():
        print(f"{case:10} " + " ".join(f"{number:8.2f}" for number in times.values()))


if __name__ == "__main__":
    main()
