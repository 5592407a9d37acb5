"""How long Twilio waits: twenty new calls a second at the real server, over real HTTP.

`python -m benchmarks.webhook` writes benchmarks/results/webhook.json. Each call makes the
requests that Twilio makes of one whose caller hangs up after about a second: the voice webhook,
two of the stream's status callbacks, and `<Connect action>`. Arrivals do not wait for answers.
PostgreSQL, where it is installed, is one of its own that is thrown away.
"""

import argparse
import asyncio
import gc
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import ExitStack
from functools import partial
from itertools import count
from random import Random
from typing import Any, Final
from xml.etree import ElementTree

import uvloop

from benchmarks import (
    django_ready,  # noqa: F401  before anything that reads settings
    machine,
    results_file,
)
from benchmarks.carrier_posts import CarrierPosts
from benchmarks.load import Load, offer, through_webhook, utterances
from benchmarks.quiet import quietest
from benchmarks.target import AUTH_TOKEN, Target, voicex
from telephony.simulator.webhooks import CallDetails, http_client, stream_event
from testing.services.servers import PostgreSQL, missing
from voicex.simulated_phone import ACCOUNT_SID

CALLS_PER_SECOND: Final = 20
SECONDS: Final = 15.0
WARM_UP_SECONDS: Final = 1.0
# From the webhook to the end of the stream; each call has its own, as the same for all would
# have the callbacks of earlier calls come at the very moments of the new ones.
TALK_SECONDS: Final = (0.5, 1.5)
TALKING: Final = 20
DATABASES: Final = ("sqlite", "postgresql")

Row = dict[str, Any]


class Switchboard:
    """New calls, one after the other, at one server; how long each request took."""

    def __init__(self, target: Target, posts: CarrierPosts) -> None:
        self._target = target
        self._posts = posts
        self._numbers = count()
        self._random = Random(1)
        self._took: dict[str, list[float]] = {}

    async def offer(
        self, case: str, webhook: str, *, seconds: float, is_repeated: bool = False
    ) -> Row:
        """Calls for `seconds`. is_repeated: Twilio asks about one and the same call each time.

        In milliseconds: p50_ms and p99_ms of the voice webhook, callbacks_p99_ms of the rest
        (None where calls are repeated: nothing follows), and the server's cpu_ms a request.
        """
        self._took = {"voice": [], "callback": []}
        calls = round(seconds * CALLS_PER_SECOND)
        first = self._line()
        with machine.Watch({machine.SERVER_CORE: self._target.pid}) as watch:
            async with asyncio.TaskGroup() as tasks:
                began = time.monotonic()
                for number in range(calls):
                    await asyncio.sleep(began + number / CALLS_PER_SECOND - time.monotonic())
                    line = first if is_repeated else self._line()
                    work = self._ring(webhook, line) if is_repeated else self._whole(webhook, line)
                    tasks.create_task(work, name=f"call {number}")
        used_ms = watch.used_seconds(machine.SERVER_CORE) * 1000
        voice, callbacks = self._took["voice"], self._took["callback"]
        return {
            "case": case,
            "p50_ms": _percentile(voice, 50),
            "p99_ms": _percentile(voice, 99),
            "callbacks_p99_ms": _percentile(callbacks, 99) if callbacks else None,
            "cpu_ms": round(used_ms / (len(voice) + len(callbacks)), 2),
            "neighbours": watch.neighbours(),
        }

    def _line(self) -> CallDetails:
        return CallDetails(
            call_sid=f"CA{next(self._numbers):032x}",
            account_sid=ACCOUNT_SID,
            from_number="+4930123456",
            to_number="+4930654321",
        )

    async def _whole(self, webhook: str, line: CallDetails) -> None:
        twiml = ElementTree.fromstring(await self._ring(webhook, line))
        connect = twiml.find("Connect")
        assert connect is not None, "the call was declined"
        status_url = connect[0].attrib["statusCallback"]
        stream_sid = f"MZ{line.call_sid[2:]}"
        talk_seconds = self._random.uniform(*TALK_SECONDS)
        for event in ("stream-started", "stream-stopped"):
            fields = stream_event(line, stream_sid=stream_sid, event=event)
            await self._post("callback", status_url, fields)
            await asyncio.sleep(talk_seconds if event == "stream-started" else 0)
        await self._post("callback", connect.attrib["action"], line.fields("completed"))

    async def _ring(self, webhook: str, line: CallDetails) -> bytes:
        return await self._post("voice", webhook, line.fields("ringing"))

    async def _post(self, kind: str, url: str, fields: dict[str, str]) -> bytes:
        answer = await self._posts.post(url, fields)
        self._took[kind].append(answer.milliseconds)
        assert answer.status in (200, 204), (url, answer.status)
        return answer.body


def _percentile(values: list[float], percent: int) -> float:
    return round(statistics.quantiles(values, n=100)[percent - 1], 2)


async def _measure(target: Target, seconds: float) -> AsyncIterator[Row]:
    async with CarrierPosts(target.origin, auth_token=AUTH_TOKEN) as posts, http_client() as client:
        offered = Switchboard(target, posts).offer
        for webhook in (target.webhook, target.unsigned_webhook):
            await offered("warm-up", webhook, seconds=WARM_UP_SECONDS)
        said = await utterances()

        async def beside_talkers() -> Row:
            load = Load(calls=TALKING, steady_seconds=seconds, interrupter_every=0)
            place = through_webhook(target.webhook, said, client)
            talking = asyncio.create_task(offer(load, place, pid=target.pid), name="talking")
            await asyncio.sleep(load.arriving_seconds)
            row = await offered(f"signed, {TALKING} calls talk", target.webhook, seconds=seconds)
            gaps = (await talking)["felt"]["gaps_ms"]["n"]
            return row | {"cpu_ms": None, "gaps_heard": gaps}  # most of the CPU is theirs

        cases: tuple[Callable[[], Awaitable[Row]], ...] = (
            partial(offered, "unsigned", target.unsigned_webhook, seconds=seconds),
            partial(offered, "signed", target.webhook, seconds=seconds),
            partial(offered, "repeated", target.webhook, seconds=seconds, is_repeated=True),
            beside_talkers,
        )
        for case in cases:
            yield await quietest(case)


async def run(database: str, seconds: float = SECONDS) -> AsyncIterator[Row]:
    """One row for each case on `database`, one of DATABASES."""
    with ExitStack() as stack:
        if database == "postgresql":
            url = stack.enter_context(PostgreSQL()).url
            target = stack.enter_context(voicex(DATABASE_URL=url))
        else:
            target = stack.enter_context(voicex())
        async for row in _measure(target, seconds):
            yield {"database": database} | row


async def _run_all(databases: Sequence[str], seconds: float) -> list[Row]:
    rows = []
    for database in databases:
        async for row in run(database, seconds):
            rows.append(row)
            print("  ".join(f"{name} {value}" for name, value in row.items()), flush=True)
    return rows


def main() -> None:
    """Measure on each database and print a line for each case."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of each case")
    parser.add_argument("--database", choices=DATABASES, help="(default: each that there is)")
    options = parser.parse_args()
    databases = DATABASES[:1] if missing() else DATABASES
    began = machine.facts()
    machine.pin(machine.LOAD_CORE)
    gc.disable()  # a collection of the phone must not be measured as the server's delay
    chosen = (options.database,) if options.database else databases
    rows = uvloop.run(_run_all(chosen, options.seconds))
    result = {"calls_per_second": CALLS_PER_SECOND, "seconds": options.seconds, "rows": rows}
    results_file.write("webhook", result, began=began)


if __name__ == "__main__":
    main()
