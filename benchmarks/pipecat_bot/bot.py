"""A phone bot on pipecat, as its documentation builds one, with providers that only wait.

Runs in an environment of its own, without Voicex: `python bot.py --port 9000 --turns vad`.
The times are those of the scripted engines in agents/engines/scripted/engines.py.
"""

import argparse
import asyncio
import json
import re
from collections.abc import AsyncGenerator
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


class FakeSpeechToText(SegmentedSTTService):
    """The text is there 100 ms after the end of speech was detected."""

    def __init__(self) -> None:
        # The latency is known exactly, so nothing waits for a transcript that might be late.
        super().__init__(
            ttfs_p99_latency=STT_SECONDS, settings=STTSettings(model="fake", language=None)
        )

    async def run_stt(self, audio: bytes) -> AsyncGenerator[Frame | None, None]:
        await asyncio.sleep(STT_SECONDS)
        yield TranscriptionFrame("when are you open", "", time_now_iso8601(), finalized=True)


class FakeModel(LLMService):
    """The first token after 150 ms, one each 20 ms."""

    def __init__(self) -> None:
        super().__init__(settings=LLMSettings(model="fake", **_unset(LLMSettings)))

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if not isinstance(frame, LLMContextFrame):
            await self.push_frame(frame, direction)
            return
        await self.push_frame(LLMFullResponseStartFrame())
        await asyncio.sleep(MODEL_SECONDS)
        for number, token in enumerate(re.findall(r"\s*\w+|\s*[^\w\s]", REPLY)):
            if number:
                await asyncio.sleep(TOKEN_SECONDS)
            await self.push_frame(LLMTextFrame(token))
        await self.push_frame(LLMFullResponseEndFrame())


class FakeVoice(TTSService):
    """The first byte after 100 ms, all at once."""

    def __init__(self) -> None:
        super().__init__(
            sample_rate=RATE,
            push_start_frame=True,
            push_stop_frames=True,
            settings=TTSSettings(model="fake", voice="fake", language=None),
        )

    async def run_tts(self, text: str, context_id: str) -> AsyncGenerator[Frame | None, None]:
        await asyncio.sleep(VOICE_SECONDS)
        audio = tone(len(text) * MS_PER_CHARACTER)
        size = CHUNK_MS * RATE // 1000 * 2
        for at in range(0, len(audio), size):
            yield TTSAudioRawFrame(audio[at : at + size], RATE, 1, context_id=context_id)


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
                FakeSpeechToText(),
                aggregators.user(),
                FakeModel(),
                FakeVoice(),
                transport.output(),
                aggregators.assistant(),
            ]
        ),
        params=PipelineParams(audio_in_sample_rate=RATE, audio_out_sample_rate=RATE),
    )

    @transport.event_handler("on_client_connected")
    async def greet(*_: object) -> None:
        await worker.queue_frames([TTSSpeakFrame(GREETING)])

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
