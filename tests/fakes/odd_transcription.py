"""Odd answers to a transcription, by name."""

from tests.fakes.odd import Odd

ANSWERS: dict[str, Odd] = {}
