"""What MP3 costs: milliseconds to the first mu-law, and CPU, with and without warm processes.

`python -m benchmarks.mp3` writes benchmarks/results/mp3.json and prints the ratios.
"""

import asyncio
import json
import resource
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

from agents.engines.sound import mp3
from testing.sound import audio

RESULTS = Path(__file__).parent / "results" / "mp3.json"
ROUNDS = 40
SENTENCE_MS = 3000
KEPT_READY = mp3.SPARE  # by the product
AT_ONCE = 4  # sentences of as many calls


def spawning_takes(process_pool: bool) -> None:
    """Whether processes are spawned ahead from now on."""
    mp3.SPARE = KEPT_READY if process_pool else 0  # type: ignore[misc]  # final to the product


async def sentence() -> float:
    """Decode one sentence; seconds from its first byte in to the first byte out."""

    async def arriving() -> AsyncIterator[bytes]:
        for piece in audio.pieces(audio.mp3(SENTENCE_MS), 1600):
            yield piece
            await asyncio.sleep(0)

    start = time.perf_counter()
    first = 0.0
    async with aclosing(mp3.mulaw_from_mp3(arriving())) as sound:
        async for _ in sound:
            first = first or time.perf_counter() - start
    return first


def cpu_seconds() -> float:
    """CPU of this process and of the FFmpegs that have ended."""
    ours = resource.getrusage(resource.RUSAGE_SELF)
    theirs = resource.getrusage(resource.RUSAGE_CHILDREN)
    return ours.ru_utime + ours.ru_stime + theirs.ru_utime + theirs.ru_stime


async def measure(*, process_pool: bool, at_once: int) -> dict[str, float]:
    """First-byte percentiles in ms, and CPU ms per second of audio."""
    spawning_takes(process_pool)
    firsts: list[float] = []
    await sentence()  # finds the binary, makes the test sound
    cpu = cpu_seconds()
    for _ in range(ROUNDS):
        firsts += await asyncio.gather(*(sentence() for _ in range(at_once)))
        await asyncio.sleep(0.05)  # callers take turns; the pool refills in between
    await mp3.aclose()
    spent = cpu_seconds() - cpu
    spoken = ROUNDS * at_once * SENTENCE_MS / 1000
    quantiles = statistics.quantiles(firsts, n=20)
    return {
        "first_byte_p50_ms": round(quantiles[9] * 1000, 2),
        "first_byte_p95_ms": round(quantiles[18] * 1000, 2),
        "cpu_ms_per_audio_second": round(spent * 1000 / spoken, 2),
    }


async def main() -> None:
    """Measure the four cases and write them down."""
    results = {
        f"{'pool' if process_pool else 'spawn'}_{at_once}_at_once": await measure(
            process_pool=process_pool, at_once=at_once
        )
        for process_pool in (False, True)
        for at_once in (1, AT_ONCE)
    }
    for at_once in (1, AT_ONCE):
        spawn = results[f"spawn_{at_once}_at_once"]["first_byte_p50_ms"]
        pool = results[f"pool_{at_once}_at_once"]["first_byte_p50_ms"]
        print(f"{at_once} at once: spawn {spawn} ms, pool {pool} ms, {spawn / pool:.1f}x sooner")
    print(json.dumps(results, indent=2))
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    asyncio.run(main())
