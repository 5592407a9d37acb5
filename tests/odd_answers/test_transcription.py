"""Calls whose recogniser's server answers oddly: what it said is answered, or asked again."""

import pytest

from telephony.spoken.languages import ENGLISH
from testing.odd_answers import transcription
from tests.odd_answers.calls import (
    DEFAULT_REPLY,
    ENDED_BY_CALLER,
    Kept,
    check_silences,
    place_calls,
)

pytestmark = pytest.mark.models

PLATFORM = "openai"
ENGINES = {"stt": "openai", "llm": "scripted", "tts": "scripted"}
# Of the forms that are tried on the reader alone, some of each kind.
WORDS = {
    *transcription.WORDS, "gzip_unsaid", "words_of_gladia", "words_lines_of_json", "words_fenced",
    "words_table_with_commas", "words_in_tokens", "words_of_amazon", "retry_after_seconds",
    "retry_in_words",
}  # fmt: skip
NO_WORDS = {
    *transcription.NOTHING, *transcription.FAILURES, "nothing_in_another", "nothing_of_deepgram",
    "no_words_error_in_words", "no_words_error_refused", "no_words_totals", "retry_after_an_hour",
}  # fmt: skip
NAMES = pytest.mark.parametrize("name", sorted({*transcription.ANSWERS, *WORDS, *NO_WORDS}))


@pytest.fixture(scope="module")
def calls(odd, names) -> dict[str, Kept]:
    return place_calls(odd, names, part="stt", org="Odd ears", engines=ENGINES)


@NAMES
def test_the_call_continues_until_the_caller_hangs_up(calls, name):
    assert calls[name].end_reason in ENDED_BY_CALLER
    assert not calls[name].result.errors


@NAMES
def test_the_caller_is_answered_or_asked_again(calls, name):
    call = calls[name]
    if name in WORDS:
        assert call.said == [DEFAULT_REPLY]
        [words] = call.caller_said
        assert words.startswith("caller utterance")
    elif name in NO_WORDS:
        assert call.said == [ENGLISH.say_again]
        assert call.caller_said == []
    else:
        assert call.said in ([DEFAULT_REPLY], [ENGLISH.say_again])


@NAMES
def test_the_call_is_billed(calls, name):
    billed = calls[name].billed
    assert billed["stt"] > 0
    assert min(billed.values()) >= 0


def test_no_silence_is_endless(calls):
    check_silences(calls)
