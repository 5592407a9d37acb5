"""The protocols of voices with wide-band audio."""

from collections.abc import AsyncGenerator
from typing import Protocol, runtime_checkable

from agents.engines.base import TextToSpeech
from agents.speech.audio.wide_voice import WideVoice


@runtime_checkable
class WideTextToSpeech(TextToSpeech, Protocol):
    """Text-to-speech that can give more than the telephone's band."""

    def speak_wide(self, text: str) -> AsyncGenerator[bytes, None]:
        """As `speak`; chunks are `BothBands` where the provider sends more. Raises EngineError."""
        ...


@runtime_checkable
class WideSpeaking(Protocol):
    """An engine whose caller's line can play more than the telephone's band."""

    def speak_beside(self, wide: WideVoice) -> None:
        """Put what the voice has beyond what is emitted into `wide`, response by response.

        Before `start`. Events stay as they are: what the core gets is the telephone's sound.
        """
        ...
