"""Calls whose language model's server answers oddly: words for each, and none is ended by us."""

import pytest

from telephony.spoken.languages import ENGLISH
from testing.odd_answers import chat, limits
from tests.odd_answers.calls import (
    ANSWER,
    DEFAULT_REPLY,
    ENDED_BY_CALLER,
    EXCUSES,
    Kept,
    check_silences,
    place_calls,
)

pytestmark = pytest.mark.models

PLATFORM = "openai"
ENGINES = {"stt": "scripted", "llm": "openai", "tts": "openai"}
# Of the forms that are tried on the engine alone, some of each kind.
NEWER = {
    "objects_of_sdk", "messages_of_langchain", "gzip_unsaid", "utf_16", "ended_in_each_stop",
    "response_events", "thought_of_mistral", "anthropic_stream", "coze", "json_in_an_envelope",
    "python_bytes", *list(limits.WAITED)[::2], *limits.STREAMED,
}  # fmt: skip
NOTHING = {*chat.NOTHING, "error_with_a_code", "retry_after_an_hour", "used_up"}
CUT = {*chat.CUT, *chat.BROKEN, "error_of_groq"}
NAMES = pytest.mark.parametrize("name", sorted({*chat.ANSWERS, *NEWER, *NOTHING, *CUT}))


@pytest.fixture(scope="module")
def calls(odd, names) -> dict[str, Kept]:
    return place_calls(odd, names, part="llm", org="Odd chats", engines=ENGINES)


@NAMES
def test_the_call_continues_until_the_caller_hangs_up(calls, name):
    assert calls[name].end_reason in ENDED_BY_CALLER
    assert not calls[name].result.errors


@NAMES
def test_the_caller_hears_the_answer_or_why_there_is_none(calls, name):
    call = calls[name]
    assert call.caller_said == ["1"]
    assert call.has_said_nothing_else(), call.said
    if name in NOTHING:
        assert call.said == [ENGLISH.trouble]
    elif name in CUT:
        begun, excuse = call.said
        assert begun.startswith(ANSWER[0].strip())
        assert excuse == ENGLISH.broke_off  # the request for the rest is cut at the same place
    else:
        assert call.said == [DEFAULT_REPLY]


@NAMES
def test_the_call_is_billed(calls, name):
    call = calls[name]
    assert min(call.billed.values()) >= 0
    if name not in NOTHING:
        assert call.billed["llm_in"] > 0
        assert call.billed["llm_out"] > 0
    # Excuses may have been rendered before, by another call.
    if set(call.said) - EXCUSES:
        assert call.billed["tts"] > 0


def test_no_silence_is_endless(calls):
    check_silences(calls)
