"""A response in progress: its task, usage and output."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from agents.engines.base import Usage
from agents.engines.cascade.playback_lead import MOST_MS, PlaybackLead
from agents.engines.events import AudioDelta, EngineEvent, Stage, StageReached
from agents.engines.model_events import TokensUsed
from agents.speech.audio.both_bands import part
from agents.speech.audio.wide_voice import WideVoice

PIECE_BYTES: Final = 80_000  # 10 s of audio; larger chunks are split


@dataclass(slots=True, eq=False)
class Response:
    """A response that is being produced, or was produced and may still be discarded.

    total: the call's usage, to which this response is added. wide: receives the voice's wide-band
    audio; None if the line cannot play it.
    """

    id: str
    emit: Callable[[EngineEvent], None]
    total: Usage
    wide: WideVoice | None = None
    task: asyncio.Task[None] | None = None
    used: Usage = field(default_factory=Usage)
    is_wasted: bool = False
    has_words: bool = False  # the model has begun to write
    is_audible: bool = False  # some audio was emitted
    is_in_text: bool = False  # audio of the latest text may follow
    lead: PlaybackLead = field(default_factory=PlaybackLead)

    def end(self) -> None:
        """The response has ended or was cancelled: drop its task."""
        self.task = None
        if self.is_wasted:
            self.waste()

    def waste(self) -> None:
        """Count its usage as wasted, because nothing was heard."""
        self.total.wasted_llm_tokens_in += self.used.llm_tokens_in
        self.total.wasted_llm_tokens_out += self.used.llm_tokens_out
        self.total.wasted_tts_characters += self.used.tts_characters
        self.used = Usage()

    def meter(self, used: TokensUsed) -> None:
        """Count the tokens of a request to the model."""
        for usage in (self.total, self.used):
            usage.llm_tokens_in += used.tokens_in
            usage.llm_tokens_out += used.tokens_out
            usage.llm_tokens_unread = max(usage.llm_tokens_unread, used.unread_tokens)

    def meter_speech(self, text: str) -> None:
        """Count the characters sent to the voice."""
        for usage in (self.total, self.used):
            usage.tts_characters += len(text)

    def reach(self, stage: Stage) -> None:
        """Emit that it has reached `stage`."""
        self.emit(StageReached(self.id, stage))

    async def give(self, audio: bytes, text: str) -> None:
        """Emit audio, with `text` at its beginning; waits while it is too far ahead of the
        playback.

        audio: mu-law, 8 kHz mono, any length (bytes), possibly with wide-band audio.
        """
        for start in range(0, len(audio), PIECE_BYTES):
            await self.lead.within(MOST_MS)
            piece = part(audio, start, start + PIECE_BYTES)
            self.lead.made(piece)
            self.is_audible = True
            if self.wide is not None:
                self.wide.push(self.id, piece)
            self.emit(AudioDelta(self.id, bytes(piece), "" if start else text))
