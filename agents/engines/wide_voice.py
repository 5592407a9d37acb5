"""The protocols of voices with wide-band audio."""

from collections.abc import AsyncGenerator
from typing import Protocol, runtime_checkable

from agents.engines.base import TextToSpeech
from agents.speech.audio.wide_voice import WideVoice


@runtime_checkable
class WideTextToSpeech(TextToSpeech, Protocol):
    """Text-to-speech with wide-band audio."""

    def speak_wide(self, text: str) -> AsyncGenerator[bytes, None]:
        """As `speak`; chunks are `BothBands` where the provider sends more. Raises EngineError."""
        ...


@runtime_checkable
class WideSpeaking(Protocol):
    """An engine with wide-band output."""

    def speak_beside(self, wide: WideVoice) -> None:
        """Put the voice's wide-band audio into `wide`, response by response.

        To be called before `start`. Events do not change: the core gets narrow-band audio.
        """
        ...
