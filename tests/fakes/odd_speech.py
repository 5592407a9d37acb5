"""Odd answers to a request for speech, by name."""

from tests.fakes.odd import Odd

ANSWERS: dict[str, Odd] = {}
