"""How many outgoing webhooks two workers deliver in a second.

`python -m benchmarks.webhooks_out`: on a PostgreSQL of its own, thrown away afterwards (its disk is
not waited for), with two processes; on SQLite with one where PostgreSQL is not installed. Calls of
twenty organizations start and end; each event waits for two endpoints. A receiver on loopback
answers after 20 ms; one endpoint never does, and must not be felt.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import testing.environment  # noqa: F401  the children need its secrets
from benchmarks import machine, results_file
from testing.services import servers

ORGANIZATIONS: Final = 20
CALLS: Final = 50  # of each: two events, each for two endpoints
WORKERS: Final = 2
ANSWERED_AFTER: Final = 0.02  # seconds
ANSWER: Final = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
HEAD_END: Final = b"\r\n\r\n"


def run(calls: int = CALLS) -> dict[str, Any]:
    """Deliveries a second, and what each costs the workers."""
    began = machine.facts()
    with _database() as (vendor, url), _child(url, "--receive") as receiver:
        assert receiver.stdout is not None
        address = receiver.stdout.readline().strip()
        made = json.loads(_said(url, "--make", str(calls), "--address", address))
        workers = WORKERS if vendor == "postgresql" else 1
        with machine.HostWatch() as host:
            found = _delivered(url, workers)
        receiver.terminate()
    result = {"database": vendor, "workers": workers, **made, **found}
    result["neighbours"] = host.neighbours()
    results_file.write("webhooks_out", result, began=began)
    return result


def _delivered(url: str, workers: int) -> dict[str, Any]:
    children = [_child(url, "--send") for _ in range(workers)]
    for child in children:
        assert child.stdout is not None
        child.stdout.readline()  # it is ready
    for child in children:
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
    done = [json.loads(child.communicate()[0]) for child in children]
    seconds = max(each["ended"] for each in done) - min(each["began"] for each in done)
    delivered = max(each["delivered"] for each in done)
    return {
        "delivered": delivered,
        "delivered_per_second": round(delivered / seconds, 1),
        "cpu_ms_per_delivery": round(sum(each["cpu"] for each in done) / delivered * 1_000, 2),
    }


@contextmanager
def _database() -> Iterator[tuple[str, str]]:
    if servers.program("postgres") and servers.program("initdb"):
        with servers.PostgreSQL() as postgres:
            yield "postgresql", postgres.url
        return
    with tempfile.TemporaryDirectory() as directory:
        yield "sqlite", f"sqlite:///{Path(directory) / 'webhooks.sqlite3'}"


def _child(url: str, *arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "benchmarks.webhooks_out", *arguments],
        env={**os.environ, "TEST_DATABASE_URL": url, "ALLOW_PRIVATE_ENDPOINTS": "true"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _said(url: str, *arguments: str) -> str:
    return _child(url, *arguments).communicate()[0]


# --- the children -----------------------------------------------------------------------------


def _make(calls: int, address: str) -> dict[str, Any]:
    """Organizations with two endpoints each, and calls of theirs that have started and ended."""
    from django.core.management import call_command
    from django.db import connection

    from testing.scene import NOW, Scene
    from usage.billing.settlement import finalize
    from usage.hooks import endpoints
    from usage.models import HookDelivery, Outbox

    call_command("migrate", verbosity=0)
    scenes = [Scene() for _ in range(ORGANIZATIONS)]
    wanted: Any = {"target": "url", "events": HookDelivery.Event.values}
    for scene in scenes:
        endpoints.add(scene.org, url=f"{address}/one", **wanted)
        endpoints.add(scene.org, url=f"{address}/other", **wanted)
    endpoints.add(scenes[0].org, url=f"{address}/hangs", **wanted)
    for _ in range(calls):
        for scene in scenes:
            finalize(scene.talks(now=NOW).pk, reason="stop", now=NOW)
    Outbox.objects.exclude(kind=Outbox.Kind.SEND_WEBHOOK).delete()
    connection.close()
    return {"organizations": ORGANIZATIONS, "endpoints": 2 * ORGANIZATIONS + 1}


def _send() -> dict[str, Any]:
    """Send until nothing waits but for the endpoint that hangs, as a worker's thread does."""
    from django.db import connection

    from usage.models import HookDelivery

    print("ready", flush=True)
    sys.stdin.readline()
    began, cpu = time.time(), time.process_time()
    asyncio.run(_send_all())
    found = {"began": began, "ended": time.time(), "cpu": time.process_time() - cpu}
    delivered = HookDelivery.objects.filter(state=HookDelivery.State.DELIVERED).count()
    connection.close()
    return found | {"delivered": delivered}


async def _send_all() -> None:
    from usage.hooks import sender
    from voicex.threads import on_database_thread

    asyncio.get_running_loop().set_default_executor(sender.rows_thread())
    sending = asyncio.create_task(_send_on(), name="send")
    while await on_database_thread(_left):
        await asyncio.wait([sending], timeout=0.2)
    sending.cancel()


async def _send_on() -> None:
    from django.utils import timezone

    from usage.hooks import sender

    while True:
        await sender.send_due(clock=timezone.now)
        await asyncio.sleep(0.02)


def _left() -> bool:
    from usage.models import HookDelivery

    waiting = HookDelivery.objects.filter(state=HookDelivery.State.WAITING)
    return waiting.exclude(endpoint__shown_url__endswith="/hangs").exists()


async def _receive() -> None:
    """Answers whatever comes; what is sent to /hangs gets no answer."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(HEAD_END)
                length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
                await reader.readexactly(length)
                if b"/hangs" in head:
                    await asyncio.sleep(3_600)
                await asyncio.sleep(ANSWERED_AFTER)
                writer.write(ANSWER)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


def main() -> None:
    """Measure and print; with an option of its own, be one of its child processes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=CALLS)
    parser.add_argument("--make", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--address", help=argparse.SUPPRESS)
    parser.add_argument("--send", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--receive", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.receive:
        asyncio.run(_receive())
    elif options.make or options.send:
        from benchmarks import django_ready  # noqa: F401

        made = _make(options.make, options.address) if options.make else _send()
        print(json.dumps(made))
    else:
        result = run(options.calls)
        print(
            f"{result['delivered_per_second']} deliveries a second on {result['database']} by "
            f"{result['workers']} workers, {result['cpu_ms_per_delivery']} ms of CPU each"
        )


if __name__ == "__main__":
    main()
