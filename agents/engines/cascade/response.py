"""One response of an engine on its way: its task, what it has used, what it gives."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from agents.engines.base import TokensUsed, Usage
from agents.engines.cascade.playback_lead import MOST_MS, PlaybackLead
from agents.engines.events import AudioDelta, EngineEvent, Stage, StageReached
from agents.speech.audio.both_bands import part
from agents.speech.audio.wide_voice import WideVoice

PIECE_BYTES: Final = 80_000  # 10 s of audio; a voice that gives more at once is heard in pieces


@dataclass(slots=True, eq=False)
class Response:
    """One that is being made, or was made and may still be thrown away.

    total: what the call has used, of which this counts as a part. wide: where what the voice has
    above the telephone's band is kept for the line; None: the line cannot play it.
    """

    id: str
    emit: Callable[[EngineEvent], None]
    total: Usage
    wide: WideVoice | None = None
    task: asyncio.Task[None] | None = None
    used: Usage = field(default_factory=Usage)
    is_wasted: bool = False
    has_words: bool = False  # the model has begun to write
    is_audible: bool = False  # some sound of it was given
    is_in_text: bool = False  # sound of the newest text may follow
    lead: PlaybackLead = field(default_factory=PlaybackLead)

    def end(self) -> None:
        """It is made, or was cancelled and has ended; what it knew goes with its task."""
        self.task = None
        if self.is_wasted:
            self.waste()

    def waste(self) -> None:
        """Nothing of it was heard: count it as wasted in the total."""
        self.total.wasted_llm_tokens_in += self.used.llm_tokens_in
        self.total.wasted_llm_tokens_out += self.used.llm_tokens_out
        self.total.wasted_tts_characters += self.used.tts_characters
        self.used = Usage()

    def meter(self, used: TokensUsed) -> None:
        """A request to the model has ended."""
        for usage in (self.total, self.used):
            usage.llm_tokens_in += used.tokens_in
            usage.llm_tokens_out += used.tokens_out
            usage.llm_tokens_unread = max(usage.llm_tokens_unread, used.unread_tokens)

    def meter_speech(self, text: str) -> None:
        """The voice was asked for this text."""
        for usage in (self.total, self.used):
            usage.tts_characters += len(text)

    def reach(self, stage: Stage) -> None:
        """It has come past `stage`."""
        self.emit(StageReached(self.id, stage))

    async def give(self, audio: bytes, text: str) -> None:
        """Pass on audio, and `text` with its beginning, no further ahead than is heard.

        audio: mu-law, 8 kHz mono, any length (bytes), perhaps in both bands.
        """
        for start in range(0, len(audio), PIECE_BYTES):
            await self.lead.within(MOST_MS)
            piece = part(audio, start, start + PIECE_BYTES)
            self.lead.made(piece)
            self.is_audible = True
            if self.wide is not None:
                self.wide.push(self.id, piece)
            self.emit(AudioDelta(self.id, bytes(piece), "" if start else text))
