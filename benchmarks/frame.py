"""What a frame costs between socket and voice detector: `python -m benchmarks.frame`.

A call's own driver, session, ear and flight recorder read frames that come from no socket;
then the voice detector alone, in batches as a loaded process makes them.
"""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Callable
from math import inf
from typing import Any, Final, cast

from agents.engines.base import EngineSetup
from agents.engines.cascade.cascade import Cascade
from agents.engines.cascade.clips import ClipCache
from agents.engines.voice_activity.detector import VoiceActivity, VoiceListener
from agents.engines.voice_activity.silero import WINDOW, Silero
from agents.settings.config import AgentConfig
from agents.speech.audio import mulaw
from agents.speech.audio.endpointing import Endpointer
from benchmarks import django_ready, machine, results_file  # noqa: F401
from telephony.admission.message_budget import Limit, MessageBudget
from telephony.calls.driver import CallDriver
from telephony.calls.live_hub import LiveHub
from telephony.calls.socket import AsgiCallSocket
from telephony.calls.streams.live_call import LiveCall
from telephony.process.runtime import Runtime
from telephony.session.events import FrameHeard
from telephony.simulator import wire
from telephony.simulator.sound.utterance import LINE_NOISE_PAYLOADS
from telephony.twilio import mediastream
from telephony.twilio.transport import TwilioTransport

FRAMES: Final = 5_000
REPEATS: Final = 7
LONG_AGO_SECONDS = 1e6
BATCHES: Final = (1, 4, 8, 16, 32, 64)
STREAM: Final = "MZ" + "0" * 32
CONFIG: Final = AgentConfig(
    agent_id="a1",
    version=1,
    name="bench",
    prompt="",
    facts=(),
    greeting="",
    stt="scripted",
    llm="scripted",
    tts="scripted",
)


class Absent:
    """Where a model would be."""

    def forget(self, row: int) -> None:
        """There is no memory."""


class Deaf(VoiceActivity):
    """Takes windows and never judges them."""

    def __init__(self) -> None:
        """No model. For a running event loop."""
        super().__init__(cast(Silero, Absent()))

    def enqueue(self, listener: VoiceListener) -> None:
        """Discard the windows that wait."""
        while listener.has_waiting:
            listener.take()


class DeafRuntime:
    """What a driver shares with others, as far as frames touch it."""

    def __init__(self) -> None:
        """For a running event loop."""
        self.live = LiveHub()
        self.recordings = None  # this agent records nothing
        self.recorder = None  # no turn is over
        self.write = self.finish = None  # no tool runs


def reader() -> Callable[[str], None]:
    """What a call does with each text that its socket reads. For a running event loop."""

    async def no_socket(*_: Any) -> Any:
        raise AssertionError("the frame path must not touch the socket")

    call = LiveCall(call_id=1, call_sid="CA1", org_id="o1", setup=EngineSetup(CONFIG))
    driver = CallDriver(
        call,
        transport=TwilioTransport(STREAM),
        socket=AsgiCallSocket(no_socket, no_socket),
        engine=Cascade.of(call.setup, voice_activity=Deaf(), clips=ClipCache()),
        runtime=cast(Runtime, DeafRuntime()),
    )
    # Else it would refuse audio that comes so fast.
    driver._opened_at -= LONG_AGO_SECONDS
    driver._budget = MessageBudget({FrameHeard: Limit(inf, inf)})
    return driver._on_message


def frames(count: int) -> list[str]:
    """Media messages as Twilio writes them: a quiet line."""
    outbox = wire.MessageWriter(stream_sid=STREAM, call_sid="CA1", account_sid="AC1")
    noise = LINE_NOISE_PAYLOADS
    return [outbox.media(noise[number % len(noise)]) for number in range(count)]


def microseconds(work: Callable[[Any], object], items: list[Any]) -> float:
    """CPU of `work(item)`: the best of some repeats, for neighbours only ever add to it."""
    best = float("inf")
    for _ in range(REPEATS):
        began = time.thread_time()
        for item in items:
            work(item)
        best = min(best, time.thread_time() - began)
    return round(best / len(items) * 1e6, 3)


def inference() -> dict[str, float]:
    """CPU microseconds a window takes, by how many callers share an inference."""
    model = Silero(is_gated=False)
    for row in range(max(BATCHES)):
        model.forget(row)
    window = bytes([mulaw.SILENCE]) * WINDOW
    return {
        str(size): round(
            microseconds(
                lambda rows: model.probabilities(rows, [window] * len(rows)),
                [list(range(size))] * (4 + 256 // size),
            )
            / size,
            1,
        )
        for size in BATCHES
    }


async def _stages() -> dict[str, float]:
    messages = frames(FRAMES)
    read = reader()
    read(messages[0])
    blocks = sys.getallocatedblocks()
    whole = microseconds(read, messages)
    kept = sys.getallocatedblocks() - blocks
    windows = [0.0] * FRAMES
    return {
        "json_only_us": microseconds(json.loads, messages),
        "decode_us": microseconds(mediastream.decode, messages),
        "whole_frame_us": whole,
        "endpointing_us": microseconds(Endpointer(CONFIG.turn_taking).push, windows),
        "blocks_kept_per_1000_frames": round(kept / (FRAMES * REPEATS) * 1000, 3),
    }


def run() -> dict[str, Any]:
    """Microseconds of CPU for each stage of a frame, and for a window's inference."""
    machine.pin(machine.SERVER_CORE)
    began = machine.facts()
    result = {"frame": asyncio.run(_stages()), "inference_us_per_window": inference()}
    results_file.write("frame", result, began=began)
    return result


def main() -> None:
    """Measure and print."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    result = run()
    for name, value in result["frame"].items():
        print(f"{name:<30}{value:>9}")
    for size, value in result["inference_us_per_window"].items():
        print(f"inference, {size:>2} at once (us){'':<7}{value:>9}")


if __name__ == "__main__":
    main()
