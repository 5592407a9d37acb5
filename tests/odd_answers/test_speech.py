"""Calls whose text-to-speech server answers oddly: the answer is heard in its voice or another."""

import pytest

from testing.odd_answers import speech
from tests.odd_answers.calls import (
    DEFAULT_REPLY,
    ENDED_BY_CALLER,
    Kept,
    check_silences,
    place_calls,
)

pytestmark = pytest.mark.models

PLATFORM = "local"  # the voice that takes over is loaded before the first call
ENGINES = {"stt": "scripted", "llm": "scripted", "tts": "openai"}
# Of the forms that are tried on the engine alone, some of each kind.
NEWER = {
    "files_without_end", "base64_in_events", "webm", "aiff", "raw_floats", "gzip_unsaid",
    "longer_than_kokoro", "events_of_mistral", "numbers", "retry_after_seconds", "loading",
    "retry_after_an_hour", "used_up",
}  # fmt: skip
NAMES = pytest.mark.parametrize("name", sorted({*speech.ANSWERS, *NEWER}))


@pytest.fixture(scope="module")
def calls(odd, names) -> dict[str, Kept]:
    return place_calls(odd, names, part="tts", org="Odd voices", engines=ENGINES)


@NAMES
def test_the_call_continues_until_the_caller_hangs_up(calls, name):
    assert calls[name].end_reason in ENDED_BY_CALLER
    assert not calls[name].result.errors


@NAMES
def test_the_caller_hears_all_of_the_answer_in_one_voice_or_another(calls, name):
    call = calls[name]
    assert call.caller_said == ["1"]
    assert call.said == [DEFAULT_REPLY]


@NAMES
def test_the_call_is_billed(calls, name):
    billed = calls[name].billed
    assert billed["tts"] > 0
    assert min(billed.values()) >= 0


def test_no_silence_is_endless(calls):
    check_silences(calls)
