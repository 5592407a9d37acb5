"""A phone bot on pipecat, as its documentation builds one, with providers that only wait.

Runs in an environment of its own, without Voicex: `python bot.py --port 9000 --turns vad`.
The times are those of the scripted engines in agents/engines/scripted/engines.py. For
`benchmarks.turns` a call's URL may say what the bot says, after how long, and that it hears the
words that lie in the audio: `/?greeting=Hello.&reply=I+see.&delay=490&ms=30&hears_marks=1`.
"""

import argparse
import asyncio
import io
import json
import re
import wave
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import uvicorn
from fastapi import FastAPI, WebSocket
from loguru import logger
from pipecat.audio.vad.silero import SileroVADAnalyzer
from pipecat.audio.vad.vad_analyzer import VADParams
from pipecat.frames.frames import (
    Frame,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
    TranscriptionFrame,
    TTSAudioRawFrame,
    TTSSpeakFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import (
    LLMContextAggregatorPair,
    LLMUserAggregatorParams,
)
from pipecat.processors.frame_processor import FrameDirection
from pipecat.serializers.twilio import TwilioFrameSerializer
from pipecat.services.llm_service import LLMService
from pipecat.services.settings import LLMSettings, STTSettings, TTSSettings
from pipecat.services.stt_service import SegmentedSTTService
from pipecat.services.tts_service import TTSService
from pipecat.transports.websocket.fastapi import (
    FastAPIWebsocketParams,
    FastAPIWebsocketTransport,
)
from pipecat.turns.user_stop import SpeechTimeoutUserTurnStopStrategy
from pipecat.turns.user_turn_strategies import UserTurnStrategies
from pipecat.utils.time import time_now_iso8601
from pipecat.workers.runner import WorkerRunner

RATE = 8000
GREETING = "Thank you for calling Harbour Dental. How can I help you?"
REPLY = "We are open until six today. Is there anything else that I can do for you?"
STT_SECONDS, MODEL_SECONDS, TOKEN_SECONDS, VOICE_SECONDS = 0.1, 0.15, 0.02, 0.1
MS_PER_CHARACTER = 60
CHUNK_MS = 200

app = FastAPI()


@dataclass
class Manner:
    """What the bot of one call says, and after how long (seconds)."""

    greeting: str = GREETING
    reply: str = REPLY
    stt: float = STT_SECONDS
    model: float = MODEL_SECONDS
    token: float = TOKEN_SECONDS
    voice: float = VOICE_SECONDS
    ms_per_character: int = MS_PER_CHARACTER
    hears_marks: bool = False


def manner_of(query: Mapping[str, str]) -> Manner:
    """The manner that a call's URL asks for."""
    manner = Manner()
    manner.greeting = query.get("greeting", manner.greeting)
    manner.reply = query.get("reply", manner.reply)
    manner.ms_per_character = int(query.get("ms", manner.ms_per_character))
    manner.hears_marks = "hears_marks" in query
    if "delay" in query:  # in all, shared out as `benchmarks.turn_taking.agents` does
        share = int(query["delay"]) / 490
        manner.stt, manner.model, manner.voice = 0.1 * share, 0.29 * share, 0.1 * share
        manner.token = 0.0
    return manner


class FakeSpeechToText(SegmentedSTTService):
    """The text is there 100 ms after the end of speech was detected."""

    def __init__(self, manner: Manner) -> None:
        # The latency is known exactly, so nothing waits for a transcript that might be late.
        super().__init__(
            ttfs_p99_latency=manner.stt, settings=STTSettings(model="fake", language=None)
        )
        self._manner = manner

    async def run_stt(self, audio: bytes) -> AsyncGenerator[Frame | None, None]:
        await asyncio.sleep(self._manner.stt)
        text = marked(audio) if self._manner.hears_marks else "when are you open"
        if text:
            yield TranscriptionFrame(text, "", time_now_iso8601(), finalized=True)


class FakeModel(LLMService):
    """The first token after 150 ms, one each 20 ms."""

    def __init__(self, manner: Manner) -> None:
        super().__init__(settings=LLMSettings(model="fake", **_unset(LLMSettings)))
        self._manner = manner

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if not isinstance(frame, LLMContextFrame):
            await self.push_frame(frame, direction)
            return
        await self.push_frame(LLMFullResponseStartFrame())
        await asyncio.sleep(self._manner.model)
        for number, token in enumerate(re.findall(r"\s*\w+|\s*[^\w\s]", self._manner.reply)):
            if number:
                await asyncio.sleep(self._manner.token)
            await self.push_frame(LLMTextFrame(token))
        await self.push_frame(LLMFullResponseEndFrame())


class FakeVoice(TTSService):
    """The first byte after 100 ms, all at once."""

    def __init__(self, manner: Manner) -> None:
        super().__init__(
            sample_rate=RATE,
            push_start_frame=True,
            push_stop_frames=True,
            settings=TTSSettings(model="fake", voice="fake", language=None),
        )
        self._manner = manner

    async def run_tts(self, text: str, context_id: str) -> AsyncGenerator[Frame | None, None]:
        await asyncio.sleep(self._manner.voice)
        audio = tone(len(text) * self._manner.ms_per_character)
        size = CHUNK_MS * RATE // 1000 * 2
        for at in range(0, len(audio), size):
            yield TTSAudioRawFrame(audio[at : at + size], RATE, 1, context_id=context_id)


PATTERN = b"\xa5\x3c\x0f\x96\x71\xd2"  # as agents/engines/scripted/marks.py has it


def marked(recording: bytes) -> str:
    """The words that lie in the lowest bits of the mu-law codes of a WAV file, and a full stop."""
    with wave.open(io.BytesIO(recording)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), np.int16)
    bits = _LOWEST_BIT[samples.astype(np.int32) + 32768]
    pattern = np.unpackbits(np.frombuffer(PATTERN, np.uint8)).tobytes()
    loose, texts = bits.tobytes(), []
    at = loose.find(pattern)
    while at >= 0:
        if len(bits) - at >= 160:
            message = np.packbits(bits[at : at + 160]).tobytes()
            texts.append(message[7:][: min(message[6], 13)].decode("latin-1"))
        at = loose.find(pattern, at + 160)
    words = " ".join("".join(texts).split())
    return f"{words}." if words else ""


def _lowest_bits() -> np.ndarray:
    """Of the mu-law code of each 16-bit sample; sample `s` is at index `s + 32768`."""
    sample = np.arange(-32768, 32768)
    magnitude = np.minimum(np.abs(sample), 32635) + 132
    segment = np.floor(np.log2(magnitude)).astype(int) - 7
    return (~(magnitude >> (segment + 3)) & 1).astype(np.uint8)


_LOWEST_BIT = _lowest_bits()


def _unset(settings: type) -> dict[str, None]:
    return {
        name: None
        for name in settings.__dataclass_fields__
        if name not in {"model", "extra"} and not name.startswith("_")
    }


@cache
def _second() -> bytes:
    at = np.arange(RATE) / RATE
    voiced = sum(np.sin(2 * np.pi * 125 * n * at) / n for n in range(1, 25))
    signal = voiced * (0.7 - 0.3 * np.cos(2 * np.pi * 4 * at))
    return (signal / np.abs(signal).max() * 20_000).astype(np.int16).tobytes()


def tone(milliseconds: int) -> bytes:
    """A loud voiced sound, 16-bit at 8 kHz."""
    size = milliseconds * RATE // 1000 * 2
    return (_second() * (size // len(_second()) + 1))[:size]


@app.websocket("/")
async def call(socket: WebSocket) -> None:
    """One call: Twilio's `connected` and `start`, then the pipeline."""
    await socket.accept()
    manner = manner_of(socket.query_params)
    messages = socket.iter_text()
    await anext(messages)
    start = json.loads(await anext(messages))["start"]
    serializer = TwilioFrameSerializer(
        stream_sid=start["streamSid"],
        call_sid=start["callSid"],
        params=TwilioFrameSerializer.InputParams(auto_hang_up=False),
    )
    transport = FastAPIWebsocketTransport(
        websocket=socket,
        params=FastAPIWebsocketParams(
            audio_in_enabled=True, audio_out_enabled=True, serializer=serializer
        ),
    )
    strategies = (
        UserTurnStrategies(stop=[SpeechTimeoutUserTurnStopStrategy(user_speech_timeout=0.0)])
        if app.state.turns == "vad"
        else None
    )
    aggregators = LLMContextAggregatorPair(
        LLMContext([]),
        user_params=LLMUserAggregatorParams(
            vad_analyzer=SileroVADAnalyzer(params=VADParams(stop_secs=0.2)),
            user_turn_strategies=strategies,
        ),
    )
    worker = PipelineWorker(
        Pipeline(
            [
                transport.input(),
                FakeSpeechToText(manner),
                aggregators.user(),
                FakeModel(manner),
                FakeVoice(manner),
                transport.output(),
                aggregators.assistant(),
            ]
        ),
        params=PipelineParams(audio_in_sample_rate=RATE, audio_out_sample_rate=RATE),
    )

    @transport.event_handler("on_client_connected")
    async def greet(*_: object) -> None:
        await worker.queue_frames([TTSSpeakFrame(manner.greeting)])

    @transport.event_handler("on_client_disconnected")
    async def end(*_: object) -> None:
        await worker.cancel()

    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    await runner.run()


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--turns", choices=("vad", "default"), required=True)
    options = parser.parse_args()
    logger.remove()  # it logs each frame at DEBUG otherwise
    app.state.turns = options.turns
    uvicorn.run(app, port=options.port, loop="uvloop", log_level="warning")


if __name__ == "__main__":
    main()
