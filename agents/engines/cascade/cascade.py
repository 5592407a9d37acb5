"""The cascade engine: transcribes, writes and speaks, with one provider for each.

Text is passed sentence by sentence from the model to the voice, so the first sentence is spoken
while the rest is being written. Audio is not paced: it is emitted as it arrives.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, Self

import structlog

from agents.engines import registry
from agents.engines.base import (
    Abilities,
    Emit,
    EngineSetup,
    LanguageModel,
    SpeechToText,
    TextToSpeech,
    Usage,
)
from agents.engines.cascade.clips import ClipCache
from agents.engines.cascade.model_requests import ModelRequests
from agents.engines.cascade.response import Response
from agents.engines.cascade.speaking import Speaker
from agents.engines.cascade.transcriber import Transcriber
from agents.engines.cascade.writing import written
from agents.engines.conversation import ToolCall, Utterance
from agents.engines.end_of_turn.service import EndOfTurn
from agents.engines.events import ResponseEnded, ResponseFailed, ToolCalled
from agents.engines.health import engine_health
from agents.engines.voice_activity.detector import VoiceActivity
from agents.engines.voices import in_language
from agents.speech.audio.wide_sound import WideSound
from agents.speech.audio.wide_voice import WideVoice
from voicex.errors import ConfigurationError, EngineError

log = structlog.get_logger(__name__)

# Responses that are kept: the current one, a draft, and some before.
MOST_RESPONSES: Final = 4

Work = Callable[[], Awaitable[None]]  # produces a response


@dataclass(frozen=True, slots=True)
class Parts:
    """The three parts for one of the agent's languages."""

    stt: SpeechToText
    llm: LanguageModel
    tts: TextToSpeech


Make = Callable[[EngineSetup], Parts]


def _made(setup: EngineSetup) -> Parts:
    """The parts by the agent's providers. Raises ConfigurationError, EngineMissing."""
    config = setup.config
    return Parts(
        registry.speech_to_text(config.stt, setup),
        registry.language_model(config.llm, setup),
        registry.text_to_speech(config.tts, setup),
    )


@dataclass(slots=True)
class _Tongue:
    """One of the agent's languages in this call."""

    parts: Parts
    speaker: Speaker
    model_requests: ModelRequests


class Cascade:
    """An `Engine` of three parts: speech-to-text, language model and text-to-speech."""

    abilities: Final = Abilities(drafts=True, peeks=True)

    def __init__(
        self,
        setup: EngineSetup,
        *,
        stt: SpeechToText,
        llm: LanguageModel,
        tts: TextToSpeech,
        voice_activity: VoiceActivity,
        clips: ClipCache,
        end_of_turn: EndOfTurn | None = None,
        make: Make | None = None,
    ) -> None:
        """make: creates the parts for another of the agent's languages; None: these parts serve all
        of them.
        """
        self.usage: Final = Usage()
        self._setup = setup
        self._parts = Parts(stt, llm, tts)
        self._make_parts = make
        self._clips = clips
        self._tongues: dict[str, _Tongue] = {}  # keys are tags
        self._llm_health = engine_health.part("llm", setup.config.llm)
        self._voice_activity = voice_activity
        self._end_of_turn = end_of_turn
        self._wide: WideSound | None = None
        self._wide_voice: WideVoice | None = None
        self._responses: OrderedDict[str, Response] = OrderedDict()

    @classmethod
    def of(
        cls,
        setup: EngineSetup,
        *,
        voice_activity: VoiceActivity,
        clips: ClipCache,
        end_of_turn: EndOfTurn | None = None,
    ) -> Self:
        """The cascade of the agent's providers. Raises ConfigurationError, EngineMissing."""
        parts = _made(setup)
        return cls(
            setup,
            stt=parts.stt,
            llm=parts.llm,
            tts=parts.tts,
            make=_made,
            voice_activity=voice_activity,
            clips=clips,
            end_of_turn=end_of_turn,
        )

    def hear_beside(self, wide: WideSound) -> None:
        """Recognise speech in `wide`, the wide-band source of the frames. To be called before
        `start`.
        """
        self._wide = wide

    def speak_beside(self, wide: WideVoice) -> None:
        """Put the voice's wide-band audio into `wide`. To be called before `start`."""
        self._wide_voice = wide

    def start(self, *, tasks: asyncio.TaskGroup, emit: Emit) -> None:
        """Start to work for the call. To be called once, before any other method."""
        config = self._setup.config
        self._tasks = tasks
        self._emit = emit
        self._tongue = self._tongue_of(self._setup, self._parts)
        self._transcriber = Transcriber(
            stt=self._parts.stt,
            health=engine_health.part("stt", config.stt),
            voice_activity=self._voice_activity,
            end_of_turn=self._end_of_turn,
            wide=self._wide,
            turn_taking=config.turn_taking,
            language=config.language,
            usage=self.usage,
            tasks=tasks,
            emit=emit,
        )

    def use_language(self, language: str) -> None:
        """Switch to another of the agent's languages.

        If its parts cannot be created the call continues with the current ones.
        """
        known = self._tongues.get(language)
        if known is None:
            setup = replace(self._setup, config=in_language(self._setup.config, language))
            parts = self._parts
            try:
                parts = self._make_parts(setup) if self._make_parts else parts
            except (ConfigurationError, EngineError) as error:
                log.warning("language_not_spoken", language=language, error=type(error).__name__)
                return
            known = self._tongue_of(setup, parts)
        self._tongue = known
        self._transcriber.use(known.parts.stt, language)

    def _tongue_of(self, setup: EngineSetup, parts: Parts) -> _Tongue:
        requests = ModelRequests(parts.llm, setup=setup, health=self._llm_health, tasks=self._tasks)
        tongue = _Tongue(parts, Speaker(setup, parts.tts, self._clips), requests)
        self._tongues[setup.config.language] = tongue
        return tongue

    def hear(self, payload: bytes) -> None:
        """Process a frame of the caller. payload: mu-law, 8 kHz mono (bytes)."""
        self._transcriber.hear(payload)

    def end_turn(self) -> None:
        """End the caller's turn now."""
        self._transcriber.end_turn()

    def end_turn_after(self, silence_ms: int, *, ask_sound: bool = False) -> None:
        """Set the silence that ends the caller's turn in the current pause."""
        self._transcriber.end_turn_after(silence_ms, ask_sound=ask_sound)

    def peek(self, after_ms: int, *, played: bytes, played_from_ms: int) -> None:
        """Transcribe the current utterance once it has lasted `after_ms`, or pauses.

        played: the audio that the caller's telephone is playing now (mu-law, 8 kHz mono), beginning
        at `played_from_ms` of the media clock.
        """
        self._transcriber.overhearing.ask(after_ms, played=played, played_from_ms=played_from_ms)

    def respond(self, response_id: str, conversation: tuple[Utterance, ...]) -> None:
        """Answer: AudioDelta..., ToolCalled..., then ResponseEnded or ResponseFailed."""
        response = self._response(response_id)
        self._begin(response, partial(self._answer, response, conversation, self._tongue))

    def say(
        self, response_id: str, text: str, *, is_fixed: bool = True, in_english: str = ""
    ) -> None:
        """Speak `text`; a fixed one from the clip cache, if it was said before.

        Other texts are never cached, because they may be private. in_english: said instead when no
        voice is available for the agent's language.
        """
        response = self._response(response_id)
        say = self._tongue.speaker.say
        work = partial(say, text, response, is_fixed=is_fixed, in_english=in_english)
        self._begin(response, work)

    def cancel(self, response_id: str, *, heard_ms: int) -> None:
        """Cancel the response; unknown ids are ignored.

        heard_ms: milliseconds that the caller has heard; 0: its usage counts as wasted.
        """
        if self._wide_voice is not None:
            self._wide_voice.forget(response_id)
        response = self._responses.get(response_id)
        if response is not None:
            response.is_wasted = not heard_ms
            if response.task is not None and not response.task.done():
                response.task.cancel()  # its usage is only known at its end
            elif response.is_wasted:
                response.waste()

    def heard(self, response_id: str, ms: int) -> None:
        """The caller has heard `ms` of the response, which lets more of it be produced."""
        if response := self._responses.get(response_id):
            response.lead.heard(ms)

    def close(self) -> None:
        """Stop listening. Responses in progress end with the task group."""
        self._transcriber.close()

    # --- making a response --------------------------------------------------------------

    def _response(self, response_id: str) -> Response:
        return Response(response_id, self._emit, self.usage, self._wide_voice)

    def _begin(self, response: Response, work: Work) -> None:
        self._responses[response.id] = response
        if len(self._responses) > MOST_RESPONSES:
            self._responses.popitem(last=False)
        response.task = self._tasks.create_task(
            self._make(response, work), name=f"response {response.id}"
        )
        response.task.add_done_callback(lambda _: response.end())

    async def _make(self, response: Response, work: Work) -> None:
        """Produce a response and emit its end. Never raises.

        The broad except is the boundary of one response: a bug in it must not end the call.
        """
        try:
            await work()
            self._emit(ResponseEnded(response.id))
        except EngineError as error:
            log.warning("response_failed", response_id=response.id, **error.for_the_log())
            self._fail(response, error)
        except Exception as error:
            log.exception("response_broke", response_id=response.id)
            self._llm_health.failed(EngineError())
            self._fail(response, error)

    def _fail(self, response: Response, error: Exception) -> None:
        failed = ResponseFailed(response.id, type(error).__name__, in_text=response.is_in_text)
        try:
            self._emit(failed)
        except Exception:  # as above
            log.exception("response_broke", response_id=response.id)

    async def _answer(
        self, response: Response, conversation: tuple[Utterance, ...], tongue: _Tongue
    ) -> None:
        """Write and speak an answer, and emit its tool calls. Raises EngineError."""
        async with aclosing(written(tongue.model_requests, conversation, response)) as pieces:
            async for piece in pieces:
                if isinstance(piece, ToolCall):
                    self._emit(ToolCalled(response.id, piece.name, piece.arguments))
                else:
                    await tongue.speaker.speak(piece, response)
