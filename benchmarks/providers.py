"""Whole calls on the real SDKs of OpenAI and Google, against servers that speak their protocols.

`python -m benchmarks.providers` writes benchmarks/results/providers.json. What the SDKs add to
the providers' fixed times (STT 100 ms, model 150 + 20 a token, voice 100) is in `added_ms`, what
they cost in `cpu_per_call`. The fake providers run on the load's core.
"""

import argparse
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import uvloop

from benchmarks import (
    django_ready,  # noqa: F401  before anything that reads settings
    machine,
    results_file,
)
from benchmarks.load import Load, offer, through_webhook, utterances
from telephony.simulator.webhooks import http_client
from testing.services.process import running as running_fake
from testing.services.service import running

CALLS: Final = 5
SECONDS: Final = 30.0
# Of the voice: short answers, so that there are more than thirty of them.
MS_PER_CHARACTER: Final = 20
ENGINES: Final = {
    "openai": {"stt": "openai", "llm": "openai", "tts": "openai"},
    "google": {"stt": "scripted", "llm": "scripted", "tts": "google"},
}

Row = dict[str, Any]


async def _talk(webhook: str, *, pid: int, seconds: float) -> Row:
    load = Load(calls=CALLS, steady_seconds=seconds, interrupter_every=0)
    async with http_client() as client:
        place = through_webhook(webhook, await utterances(), client)
        return await offer(load, place, pid=pid)


def run(engines: Mapping[str, str], seconds: float = SECONDS) -> Row:
    """What callers of an agent on `engines` felt, and what it cost (keys: `load.offer`)."""
    with tempfile.TemporaryDirectory(prefix="voicex-bench-") as directory, ExitStack() as stack:
        openai, google = (
            stack.enter_context(running_fake(name, ms_per_character=MS_PER_CHARACTER))
            for name in ("openai_server", "google_tts_server")
        )
        with machine.starting_on(machine.SERVER_CORE):
            service = stack.enter_context(
                running(
                    Path(directory),
                    OPENAI_BASE_URL=openai,
                    OPENAI_API_KEY="sk-benchmark",
                    GOOGLE_TTS_ENDPOINT=google,
                )
            )
        flags = [f"--{part}={engine}" for part, engine in engines.items()]
        webhook = service.manage_json("bootstrap", "--org", "Providers", *flags)["webhook_url"]
        return uvloop.run(_talk(webhook, pid=service.process.pid, seconds=seconds))


def main() -> None:
    """Measure the engines one after the other and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of each")
    options = parser.parse_args()
    began = machine.facts()
    machine.pin(machine.LOAD_CORE)
    rows = []
    for name, engines in ENGINES.items():
        row = run(engines, options.seconds)
        rows.append({"name": name, "engines": engines} | row)
        answers, felt = row["felt"]["voice_to_voice_ms"]["n"], row["added_ms"]
        print(f"{name}: {answers} answers, added {felt} ms, CPU {row['cpu_per_call']}", flush=True)
    results_file.write("providers", {"rows": rows}, began=began)


if __name__ == "__main__":
    main()
