"""The parts of docs/performance.md about what is heard, and what is known."""

from collections.abc import Iterator
from typing import Any

from benchmarks import results_file
from benchmarks.table import markdown, neighbours, pair

Row = dict[str, Any]


def sections() -> Iterator[str]:
    """Markdown, part by part."""
    yield from _voice_activity()
    yield from _recognition()
    yield from _answers()


def _voice_activity() -> Iterator[str]:
    if (result := results_file.read("voice_activity")) is None:
        return
    yield "## Who is heard\n"
    yield (
        f"{result['voices']}, one after the other on long lines: silent, quiet, or with white, "
        "pink and unsteady noise and hum at each level, and at 20 dB with the voices of other "
        "people. *Recall*, *precision*: of windows of 32 ms. *Start*, *end*: how long after it "
        "was heard, ms; *skipped*: windows that the gate judged without the model.\n"
    )
    yield markdown(
        (
            *("way", "noise", "recall", "precision", "missed", "false starts a minute"),
            *("start p50/p95", "end p50/p95"),
        ),
        [
            (name, level, *_heard(figures))
            for name, way in result["ways"].items()
            for level, figures in [*way["levels"].items(), ("all", way["all"])]
        ],
    )
    yield (
        "What the service adds, which judges the windows of all callers together: from a window's "
        "last frame to its verdict.\n"
    )
    yield markdown(
        (
            *("callers", "delay p50/p95 ms", "p99", "worst", "CPU a call", "batches a second"),
            *("skipped", "neighbours"),
        ),
        [
            (
                callers,
                pair(row["delay_ms"]),
                row["delay_ms"]["p99"],
                row["delay_ms"]["worst"],
                f"{row['cpu_per_call']:.5f}",
                row["batches_a_second"],
                f"{row['skipped']:.0%}",
                neighbours(row),
            )
            for callers, row in result["service"].items()
        ],
    )


def _heard(figures: Row) -> tuple[Any, ...]:
    return (
        *(figures[key] for key in ("recall", "precision", "missed_utterances")),
        figures["false_starts_a_minute"],
        pair(figures["start_ms"]),
        pair(figures["end_ms"]),
    )


def _recognition() -> Iterator[str]:
    if (result := results_file.read("hearing")) is None:
        return
    heard = result["recognition"]
    yield "## What is understood\n"
    yield (
        f"{result['people']} recorded people, {heard['words']} words, by the local recogniser: "
        f"{heard['word_error_rate']:.1%} of the words wrong, "
        f"{heard['word_error_rate_digits']:.1%} of the digits. A transcription takes "
        f"{pair(heard['transcription_ms'])} ms (p50/p95); the text is there "
        f"{pair(heard['end_of_speech_to_text_ms'])} ms after the end of speech. False starts a "
        "minute on lines without speech: "
        + ", ".join(f"{noise} {n:g}" for noise, n in result["false_starts_a_minute"].items())
        + ".\n"
    )


def _answers() -> Iterator[str]:
    if (result := results_file.read("answers")) is None:
        return
    yield "## What the local dialogue knows\n"
    yield markdown(
        ("questions", "how many", "answered rightly", "left alone rightly", "p50 ms"),
        [
            (
                "written with the code" if name == "dev" else "kept aside",
                row["questions"],
                f"{row['answered_right_percent']}%",
                f"{row['left_alone_percent']}%",
                row["ms_p50"],
            )
            for name, row in result.items()
            if name != "machine"
        ],
    )
