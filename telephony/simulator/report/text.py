"""A call in words and tables, for a terminal. Pure: dictionaries in, lines out."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from agents.engines.events import Stage
from telephony.simulator.codes import MEANINGS
from telephony.simulator.plan import PhoneEvent, Problem
from telephony.simulator.report.measure import Measurements, percentile

MICROS: Final = 1_000_000
_STAGES: Final = tuple(str(stage) for stage in Stage)


def event_line(event: PhoneEvent) -> str:
    """`event` as it is printed during the call."""
    return f"{event.at_ms / 1000:7.2f} s  {event.words}"


def problem_line(problem: Problem) -> str:
    """Why the call failed: Twilio's code, what it means, and what it was this time."""
    if problem.code is None:
        return problem.words
    meaning = MEANINGS.get(problem.code, "")
    return f"Twilio {problem.code} ({meaning}): {problem.words}"


def turn_line(turn: dict[str, Any]) -> str:
    """One line of the transcript; what the caller did not hear is in brackets."""
    text, heard = turn["text"], turn["heard_text"]
    if turn["role"] == "caller" or heard.strip() == text.strip():
        return f"{turn['role']:>6}: {text}"
    # The heard part is the beginning of what was generated.
    unheard = text[len(heard) :].strip() if text.startswith(heard) else text
    cut = " (interrupted)" if turn["interrupted"] else ""
    return f"{turn['role']:>6}: {heard.strip()} [not heard: {unheard}]{cut}".replace(":  [", ": [")


def waterfall(turns: Sequence[dict[str, Any]]) -> list[str]:
    """Where the time of each answer went: milliseconds after the caller's last word."""
    rows = [(number, turn) for number, turn in enumerate(turns, 1) if turn["latency_ms"]]
    if not rows:
        return []
    lines = ["turn" + "".join(f"{stage:>10}" for stage in _STAGES) + "   ms after the last word"]
    for number, turn in rows:
        cells = "".join(f"{turn['latency_ms'].get(stage, '-'):>10}" for stage in _STAGES)
        lines.append(f"{number:>4}{cells}   {_shortened(turn['text'])}")
    return lines


def ledger(entries: Sequence[dict[str, Any]]) -> list[str]:
    """The ledger lines of a call and their sum, in dollars."""
    lines = [
        f"{entry['component']:<10} {entry['quantity']:>8} {entry['unit']:<10} "
        f"${entry['amount_micros'] / MICROS:.6f}"
        for entry in entries
    ]
    if entries:
        total = sum(entry["amount_micros"] for entry in entries)
        lines.append(f"{'total':<30} ${total / MICROS:.6f}")
    return lines


def measured(measurements: Measurements) -> list[str]:
    """What the phone itself measured, one fact a line."""
    m = measurements
    lines = []
    if m.greeting_ms is not None:
        lines.append(f"greeting audible          {m.greeting_ms:.0f} ms after the stream began")
    answers = [ms for ms in m.voice_to_voice_ms if ms is not None]
    if answers:
        each = ", ".join("none" if ms is None else f"{ms:.0f}" for ms in m.voice_to_voice_ms)
        lines.append(f"caller's last word to the agent's first sound: {each} ms")
    for barge_in in m.barge_ins:
        if barge_in.clear_ms is None:
            lines.append("interrupted               the agent did not stop")
        else:
            leak = ", but old words followed" if barge_in.is_loud_after else ""
            lines.append(f"interrupted               silent after {barge_in.clear_ms:.0f} ms{leak}")
    if m.gaps_ms:
        gaps = ", ".join(f"{ms:.0f}" for ms in m.gaps_ms)
        lines.append(f"gaps inside replies       {gaps} ms")
    lines.append(f"marks                     {m.marks_returned} of {m.marks_received} returned")
    if m.unheard_ms:
        lines.append(f"cut off at the end        {m.unheard_ms:.0f} ms of the agent's speech")
    return lines


def spread(values: Iterable[float]) -> dict[str, int | None]:
    """Count, median, 95th percentile and maximum of `values`, in whole milliseconds."""
    known = list(values)
    of = {f"p{p}": percentile(known, p) for p in (50, 95)} | {"max": percentile(known, 100)}
    return {"n": len(known)} | {name: None if v is None else round(v) for name, v in of.items()}


def _shortened(text: str, width: int = 40) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"
