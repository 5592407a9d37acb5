"""The cascade engine: hear, write, speak, with one provider for each.

Text goes sentence by sentence from the model to the voice, so the first sentence is
spoken while the rest is being written. Nothing is paced: audio leaves as it comes.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator
from contextlib import aclosing, closing
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Final, TypeVar

import structlog

from agents.config import AgentConfig
from agents.engines import registry, tokens
from agents.engines.base import (
    EngineSetup,
    Finished,
    HangUp,
    StillThinking,
    TextDelta,
    TextToSpeech,
    TokensUsed,
    Usage,
)
from agents.engines.chat_prompt import chat_messages, estimated_tokens
from agents.engines.clips import PLATFORM, ClipCache
from agents.engines.conversation import Utterance
from agents.engines.ear import Ear
from agents.engines.events import (
    AudioDelta,
    EngineEvent,
    ResponseEnded,
    ResponseFailed,
    Stage,
    StageReached,
)
from agents.engines.health import PartHealth, engine_health
from agents.engines.lead import BEGIN_MS, MOST_MS, Lead
from agents.engines.patience import Patience
from agents.engines.voice_activity import VoiceActivity
from agents.speech.sentences import SentenceChunker, sentences
from agents.speech.speakable import speakable
from voicex.errors import ConfigurationError, EngineError, EngineSilent, EngineTimeout

T = TypeVar("T")

log = structlog.get_logger(__name__)

MODEL_SECONDS: Final = 5.0  # to the first token, and between two
# Of which more is known than that they were used: one under way, a draft, and those before.
MOST_RESPONSES: Final = 4
VOICE_SECONDS: Final = 5.0  # to the first byte, and between two
PIECE_BYTES: Final = 80_000  # 10 s of audio; a voice that gives more at once is heard in pieces
FALLBACK_VOICE: Final = "local"  # speaks greetings and apologies when the chosen voice fails


@dataclass(slots=True, eq=False)
class _Response:
    """One that is being made, or was made and may still be thrown away."""

    task: asyncio.Task[None] | None = None
    used: Usage = field(default_factory=Usage)
    is_wasted: bool = False
    lead: Lead = field(default_factory=Lead)

    def end(self, total: Usage) -> None:
        """It is made, or was cancelled and has ended; what it knew goes with its task."""
        self.task = None
        if self.is_wasted:
            self.waste(total)

    def waste(self, total: Usage) -> None:
        """Nothing of it was heard: tell `total`."""
        total.wasted_llm_tokens_in += self.used.llm_tokens_in
        total.wasted_llm_tokens_out += self.used.llm_tokens_out
        total.wasted_tts_characters += self.used.tts_characters
        self.used = Usage()


class Cascade:
    """One call's engine. Every method returns at once; results come through `emit`.

    `emit` is called on the event loop's thread, never from within a call to a method
    here. Tasks live in the call's own `tasks` group.
    """

    def __init__(
        self,
        setup: EngineSetup,
        *,
        voice_activity: VoiceActivity,
        clips: ClipCache,
        usage: Usage,
        tasks: asyncio.TaskGroup,
        emit: Callable[[EngineEvent], None],
    ) -> None:
        config: AgentConfig = setup.config
        self._usage = usage
        self._setup = setup
        self._llm = registry.language_model(config.llm, setup)
        self._tts = registry.text_to_speech(config.tts, setup)
        self._llm_health = engine_health.part("llm", config.llm)
        self._tts_health = engine_health.part("tts", config.tts)
        self._clips = clips
        self._clips_owner = setup.org_id or PLATFORM
        self._tasks = tasks
        self._emit = emit
        self._responses: OrderedDict[str, _Response] = OrderedDict()
        self._ear = Ear(
            stt=registry.speech_to_text(config.stt, setup),
            health=engine_health.part("stt", config.stt),
            voice_activity=voice_activity,
            turn_taking=config.turn_taking,
            usage=usage,
            tasks=tasks,
            emit=emit,
        )

    def hear(self, payload: bytes) -> None:
        """Take a frame of the caller. payload: mu-law, 8 kHz mono (bytes)."""
        self._ear.hear(payload)

    def respond(self, response_id: str, conversation: tuple[Utterance, ...]) -> None:
        """Answer the conversation: AudioDelta..., ResponseEnded or ResponseFailed."""
        self._begin(
            response_id, self._answer(response_id, self._written(response_id, conversation))
        )

    def say(self, response_id: str, text: str, *, is_fixed: bool = True) -> None:
        """Speak `text`; a fixed one from the clip cache, where it has been said before.

        What is of this call alone is never kept: it may be private.
        """
        self._begin(response_id, self._say(response_id, text, is_fixed=is_fixed))

    def cancel(self, response_id: str, *, is_unheard: bool = False) -> None:
        """Stop making the response; unknown ids are passed over.

        is_unheard: nothing of it reached the caller, so what it used was wasted.
        """
        response = self._responses.get(response_id)
        if response is not None:
            response.is_wasted = is_unheard
            if response.task is not None and not response.task.done():
                response.task.cancel()  # what it used is known when it has ended
            elif is_unheard:
                response.waste(self._usage)

    def heard(self, response_id: str, ms: int) -> None:
        """The caller has heard so much of the response: as much more of it is made."""
        if response := self._responses.get(response_id):
            response.lead.heard(ms)

    def close(self) -> None:
        """Stop listening. What is being made ends with the task group."""
        self._ear.close()

    # --- making a response --------------------------------------------------------------

    def _begin(self, response_id: str, work: Coroutine[Any, Any, None]) -> None:
        response = self._responses[response_id] = _Response()
        if len(self._responses) > MOST_RESPONSES:
            self._responses.popitem(last=False)
        response.task = self._tasks.create_task(work, name=f"response {response_id}")
        response.task.add_done_callback(lambda _: response.end(self._usage))

    async def _answer(self, response_id: str, written: AsyncGenerator[str | HangUp, None]) -> None:
        hang_up = False
        try:
            async with aclosing(written):
                async for sentence in written:
                    if isinstance(sentence, HangUp):
                        hang_up = True
                    else:
                        await self._speak(response_id, sentence)
        except EngineError as error:
            log.warning("response_failed", response_id=response_id, **error.for_the_log())
            self._emit(ResponseFailed(response_id, type(error).__name__))
        else:
            self._emit(ResponseEnded(response_id, hang_up))

    async def _written(
        self, response_id: str, conversation: tuple[Utterance, ...]
    ) -> AsyncGenerator[str | HangUp, None]:
        """What the model writes, cut where the voice can begin to speak it."""
        chunker = SentenceChunker()
        written = ""
        used: TokensUsed | None = None
        events = _timed(self._llm.reply(conversation), MODEL_SECONDS, self._llm_health)
        try:
            async with aclosing(events):
                async for event in events:
                    match event:
                        case TextDelta(text):
                            if not written:
                                self._emit(StageReached(response_id, Stage.LLM))
                            written += text
                            for sentence in chunker.push(text):
                                yield sentence
                        case TokensUsed():
                            used = event
                        case HangUp():
                            yield event
                        case StillThinking() | Finished():
                            pass  # a sign of life is all that they are here
        except EngineError:
            if not written:  # it failed before its first word: only what the provider tells
                used = used or TokensUsed(0, 0)
            raise
        finally:
            self._meter(response_id, used or self._estimated(conversation, written))
        for sentence in chunker.flush():
            yield sentence

    def _meter(self, response_id: str, used: TokensUsed) -> None:
        for usage in self._usages(response_id):
            usage.llm_tokens_in += used.tokens_in
            usage.llm_tokens_out += used.tokens_out

    def _meter_speech(self, response_id: str, text: str) -> None:
        for usage in self._usages(response_id):
            usage.tts_characters += len(text)

    def _usages(self, response_id: str) -> Iterator[Usage]:
        yield self._usage
        if response := self._responses.get(response_id):
            yield response.used

    def _estimated(self, conversation: tuple[Utterance, ...], written: str) -> TokensUsed:
        """For an answer that was cut off: the provider counts it, but no longer tells us."""
        asked = chat_messages(self._setup.config, conversation)
        return TokensUsed(estimated_tokens(asked), tokens.estimate(written))

    async def _speak(self, response_id: str, sentence: str) -> None:
        text = speakable(sentence)
        if not text:
            return
        await self._lead(response_id).within(BEGIN_MS)
        self._meter_speech(response_id, text)
        await self._emit_audio(response_id, self._tts.speak(text), sentence, self._tts_health)

    def _lead(self, response_id: str) -> Lead:
        response = self._responses.get(response_id)
        return Lead() if response is None else response.lead

    async def _say(self, response_id: str, text: str, *, is_fixed: bool) -> None:
        try:
            for sentence in self._setup.config.cuts.get(text) or sentences(text):
                if speakable(sentence):
                    await self._say_sentence(response_id, sentence, is_fixed=is_fixed)
        except EngineError as error:
            log.warning("say_failed", response_id=response_id, **error.for_the_log())
            self._emit(ResponseFailed(response_id, type(error).__name__))
        else:
            self._emit(ResponseEnded(response_id))

    async def _say_sentence(self, response_id: str, sentence: str, *, is_fixed: bool) -> None:
        clips = self._clips if is_fixed else None
        try:
            await self._say_in(self._tts, response_id, sentence, self._tts_health, clips)
        except EngineError as error:
            if self._setup.config.tts == FALLBACK_VOICE:
                raise
            try:
                fallback = registry.text_to_speech(FALLBACK_VOICE, self._setup)
            except ConfigurationError:  # it does not speak the agent's language
                raise error from None
            log.warning("voice_replaced", response_id=response_id, **error.for_the_log())
            health = engine_health.part("tts", FALLBACK_VOICE)
            await self._say_in(fallback, response_id, sentence, health, clips)

    async def _say_in(
        self,
        tts: TextToSpeech,
        response_id: str,
        sentence: str,
        health: PartHealth,
        clips: ClipCache | None,
    ) -> None:
        text = speakable(sentence)
        await self._lead(response_id).within(BEGIN_MS)
        clip = clips.find(tts.cache_key, text, owner=self._clips_owner) if clips else None
        if clip is not None:
            self._emit(StageReached(response_id, Stage.TTS))
            await self._give(response_id, clip, sentence)
            return
        self._meter_speech(response_id, text)
        speech = clips.record(tts, text, owner=self._clips_owner) if clips else tts.speak(text)
        await self._emit_audio(response_id, speech, sentence, health)

    async def _emit_audio(
        self,
        response_id: str,
        chunks: AsyncGenerator[bytes, None],
        sentence: str,
        health: PartHealth,
    ) -> None:
        """Pass on the audio of one sentence. Raises EngineSilent when there was none."""
        unspoken = sentence
        timed = _timed(chunks, VOICE_SECONDS, health)
        async with aclosing(timed):
            async for chunk in timed:
                if chunk:
                    if unspoken:
                        self._emit(StageReached(response_id, Stage.TTS))
                    text, unspoken = unspoken, ""
                    await self._give(response_id, chunk, text)
        if unspoken:
            health.failed(EngineSilent())
            raise EngineSilent

    async def _give(self, response_id: str, audio: bytes, text: str) -> None:
        """Pass on audio, and `text` with its beginning, no further ahead than is heard."""
        lead = self._lead(response_id)
        for start in range(0, len(audio), PIECE_BYTES):
            await lead.within(MOST_MS)
            piece = audio[start : start + PIECE_BYTES]
            lead.made(piece)
            self._emit(AudioDelta(response_id, piece, "" if start else text))


async def _timed(
    items: AsyncGenerator[T, None], seconds: float, health: PartHealth
) -> AsyncGenerator[T]:
    """`items`, each within `seconds` of the last, else EngineTimeout; `health` is told."""
    asked_at = monotonic()
    is_answered = False
    with closing(Patience(seconds)) as patience:
        async with aclosing(items):
            while True:
                try:
                    with patience:
                        item = await anext(items)
                except StopAsyncIteration:
                    return
                except TimeoutError:
                    health.failed(EngineTimeout())
                    raise EngineTimeout from None
                except EngineError as error:
                    health.failed(error)
                    raise
                if not is_answered:
                    is_answered = True
                    health.answered(monotonic() - asked_at)
                yield item
