"""How well and how soon callers are heard: `python -m benchmarks.hearing`.

Recorded people go through the voice activity model, the endpointer and the local speech to
text as in a call. Written to benchmarks/results/hearing.json; figures are this machine's.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from agents.engines.events import SpeechPaused, SpeechResumed, SpeechStarted, SpeechStopped
from agents.engines.local import stt as local_stt
from agents.engines.voice_activity.silero import WINDOW, Silero
from agents.settings.config import TurnTaking
from agents.speech.audio.endpointing import WINDOW_MS, Endpointer
from benchmarks.phone_audio import PhoneAudio, phone_audio, without_speech
from benchmarks.word_errors import errors
from testing.sound.speech import RecordedPerson, folder, recorded_people

RESULT: Final = Path(__file__).parent / "results" / "hearing.json"
NOISE_LEVELS: Final = (None, 20, 10, 0)  # dB under the speech; None is a silent line
PREROLL_MS: Final = 240  # as the ear of a call takes it
SILENT_SECONDS: Final = 60


@dataclass(slots=True)
class Heard:
    """What one line made the endpointer say; times in ms of the line."""

    is_voiced: list[bool] = field(default_factory=list)
    started_ms: list[int] = field(default_factory=list)  # when it was said
    resumed: int = 0
    # What is transcribed of each utterance; its end is when that could begin.
    utterances: list[tuple[int, int]] = field(default_factory=list)
    stopped_ms: list[int] = field(default_factory=list)


def listen(model: Silero, audio: bytes, turn_taking: TurnTaking) -> Heard:
    """What the pipeline makes of one caller's audio (mu-law)."""
    model.forget(0)
    endpointer, heard = Endpointer(turn_taking), Heard()
    begin = paused = 0
    for end in range(WINDOW, len(audio) + 1, WINDOW):
        now_ms = end // 8
        probability = model.probabilities([0], [audio[end - WINDOW : end]])[0]
        heard.is_voiced.append(probability >= 0.5)
        match endpointer.push(probability):
            case SpeechStarted(at_ms):
                model.set_speaking(0, True)
                heard.started_ms.append(now_ms)
                begin = max(0, at_ms - PREROLL_MS)
            case SpeechPaused():
                model.set_speaking(0, False)
                paused = now_ms
            case SpeechResumed():
                model.set_speaking(0, True)
                heard.resumed += 1
            case SpeechStopped():
                heard.utterances.append((begin, paused))
                heard.stopped_ms.append(now_ms)
    return heard


def spread(values: Iterable[float]) -> dict[str, float]:
    """Median and 95th percentile."""
    p50, p95 = np.percentile(list(values), (50, 95))
    return {"p50": round(float(p50), 1), "p95": round(float(p95), 1)}


def detection(people: list[RecordedPerson], model: Silero, snr_db: float | None) -> dict[str, Any]:
    """Recall, precision and delays of voice activity and endpointing at one noise level."""
    found, voiced, right = [], [], []
    onset, pause, stop = [], [], []
    missed = false_pauses = more_turns = 0
    for number, person in enumerate(people):
        spoken = phone_audio(person.audio(), snr_db=snr_db, seed=number)
        heard = listen(model, spoken.audio, TurnTaking())
        loud = _windows(spoken)
        is_voiced = np.array(heard.is_voiced[: len(loud)])
        found.append((is_voiced & loud).sum())
        voiced.append(loud.sum())
        right.append(is_voiced.sum())
        if not heard.stopped_ms:
            missed += 1
            continue
        onset.append(heard.started_ms[0] - spoken.begin_ms)
        pause.append(heard.utterances[-1][1] - spoken.end_ms)
        stop.append(heard.stopped_ms[-1] - spoken.end_ms)
        false_pauses += heard.resumed
        more_turns += len(heard.stopped_ms) - 1
    return {
        "recall": round(float(sum(found) / sum(voiced)), 3),
        "precision": round(float(sum(found) / max(1, sum(right))), 3),
        "missed_clips": missed,
        "onset_ms": spread(onset),
        "end_to_pause_ms": spread(pause),
        "end_to_stop_ms": spread(stop),
        "pauses_that_went_on_per_clip": round(false_pauses / len(people), 2),
        "stops_inside_a_clip": round(more_turns / len(people), 2),
    }


def _windows(spoken: PhoneAudio) -> np.ndarray:
    """For each 32 ms, whether the speaker sounds in most of it."""
    starts = np.arange(0, len(spoken.is_loud) * 10 - WINDOW_MS, WINDOW_MS) // 10
    return np.array([spoken.is_loud[start : start + 4].mean() > 0.5 for start in starts])


async def recognition(people: list[RecordedPerson], model: Silero) -> dict[str, Any]:
    """Word errors, and the time from the end of speech to the final text."""
    stt = local_stt.LocalSpeechToText()
    wrong: dict[str, list[int]] = {"all": [0, 0], "digits": [0, 0]}
    inference_ms, cpu_ms, to_text_ms, to_answer_ms = [], [], [], []
    for person in people:
        spoken = phone_audio(person.audio(), snr_db=None, seed=0)
        heard = listen(model, spoken.audio, TurnTaking())
        texts = []
        for begin, end in heard.utterances:
            clock, cpu_clock = time.perf_counter(), time.process_time()
            texts.append(await stt.transcribe(spoken.audio[begin * 8 : end * 8]))
            took_ms = (time.perf_counter() - clock) * 1000
        inference_ms.append(took_ms)
        cpu_ms.append((time.process_time() - cpu_clock) * 1000)
        to_text_ms.append(heard.utterances[-1][1] + took_ms - spoken.end_ms)
        # The turn is not over before the endpointing wait is.
        to_answer_ms.append(max(to_text_ms[-1], heard.stopped_ms[-1] - spoken.end_ms))
        mistakes, words = errors(person.words, " ".join(filter(None, texts)))
        print(f"  {mistakes:2}/{words:2} {took_ms:5.0f} ms  {person.id}: {' '.join(texts)}")
        for kind in {"all", person.kind} & wrong.keys():
            wrong[kind][0] += mistakes
            wrong[kind][1] += words
    return {
        "word_error_rate": round(wrong["all"][0] / wrong["all"][1], 3),
        "word_error_rate_digits": round(wrong["digits"][0] / wrong["digits"][1], 3),
        "words": wrong["all"][1],
        "transcription_ms": spread(inference_ms),
        "transcription_cpu_ms": spread(cpu_ms),
        "end_of_speech_to_text_ms": spread(to_text_ms),
        "end_of_speech_to_text_and_endpoint_ms": spread(to_answer_ms),
    }


def cost(model: Silero) -> dict[str, float]:
    """CPU microseconds a window takes in batches of 1, 8 and 32."""
    window = next(iter(without_speech(1).values()))[:WINDOW]
    spent = {}
    for size in (1, 8, 32):
        rows, rounds = list(range(size)), 400
        for row in rows:
            model.forget(row)
        clock = time.thread_time()
        for _ in range(rounds):
            model.probabilities(rows, [window] * size)
        spent[f"batch_{size}_us"] = round((time.thread_time() - clock) / rounds / size * 1e6, 1)
    return spent


async def main() -> int:
    """Measure, print, write; 1 when there are no recorded people."""
    people = recorded_people()
    if not people:
        print(f"No recorded people in {folder()}; set VOICEX_SPEECH_DIR to their folder")
        return 1
    model = Silero()
    await local_stt.warm()
    result: dict[str, Any] = {
        "load_average": round(os.getloadavg()[0], 1),
        "cpus": os.cpu_count(),
        "people": len(people),
        "recognition": await recognition(people, model),
        "voice_activity": {
            "silent line" if snr is None else f"{snr} dB": detection(people, model, snr)
            for snr in NOISE_LEVELS
        },
        "false_starts_a_minute": {
            name: len(listen(model, audio, TurnTaking()).started_ms)
            for name, audio in without_speech(SILENT_SECONDS).items()
        },
        "voice_activity_cost": cost(model),
    }
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
