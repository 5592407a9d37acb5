"""What a recogniser says in events, in any order and by any names."""

import json

import pytest

from agents.speech.heard.events import MAX_CHARACTERS, HeardEvents
from agents.speech.heard.failures import NotWords
from agents.speech.heard.transcription import read

ITEM = "conversation.item.input_audio_transcription"
WORDS = "When do you open? Is it at nine?"
FIRST, SECOND = "When do you open?", "Is it at nine?"


def heard(*events):
    body = "".join(f"data: {json.dumps(each)}\n\n" for each in events)
    return read(body.encode(), "text/event-stream").text


def results(text, *, is_final, **more):
    alternatives = [{"transcript": text, "confidence": "0.9"}]
    return {
        "type": "Results",
        "is_final": is_final,
        "channel": {"alternatives": alternatives},
    } | more


def delta(said, item):
    return {"type": f"{ITEM}.delta", "item_id": item, "delta": said}


def done(said, item, **more):
    return {"type": f"{ITEM}.completed", "item_id": item, "transcript": said} | more


ALL = {
    "a final for each sentence": [
        {"type": "transcript.text.done", "text": FIRST},
        {"type": "transcript.text.done", "text": SECOND},
    ],
    "a final that comes twice": [
        {"type": "transcript.text.done", "text": WORDS},
        {"type": "transcript.text.done", "text": WORDS},
    ],
    "finals that grow": [
        {"type": "transcript.text.done", "text": FIRST},
        {"type": "transcript.text.done", "text": WORDS},
    ],
    "a final behind segments, with other signs": [
        {"text": "when do you open"},
        {"text": "is it at nine"},
        {"text": WORDS, "is_final": True},
    ],
    "late deltas of what is final": [
        {"type": "transcript.text.delta", "delta": FIRST},
        {"type": "transcript.text.done", "text": WORDS},
        {"type": "transcript.text.delta", "delta": " Is it"},
        {"type": "transcript.text.done", "text": WORDS},
    ],
    "guesses": [
        results("", is_final=False),
        results("when do", is_final=False),
        results("when do you open", is_final=False),
        results("when", is_final=False),
        results(FIRST, is_final=True, start=0.0),
        results("is it", is_final=False),
        results(SECOND, is_final=True, start="-1"),
        {"type": "UtteranceEnd", "last_word_end": 3.1},
        {"type": "Metadata", "transaction_key": "deprecated"},
    ],
    "a guess that is the last": [
        results(FIRST, is_final=True),
        results("Is it at nine?", is_final=False),
        results("", is_final=False),
    ],
    "a final in words of truth": [
        results(FIRST, is_final="true"),
        results("is it", is_final="false"),
        results(SECOND, is_final="True"),
    ],
    "of Google": [
        {"results": [{"alternatives": [{"transcript": "when"}], "isFinal": False}]},
        {"results": [{"alternatives": [{"transcript": FIRST}], "isFinal": True}]},
        {"results": [{"alternatives": [{"transcript": SECOND}], "isFinal": True}]},
    ],
    "of Vosk": [{"partial": "when"}, {"text": FIRST}, {"partial": ""}, {"text": SECOND}],
    "of AssemblyAI": [
        {"type": "Begin", "id": "x"},
        {"type": "Turn", "transcript": "when do", "end_of_turn": False},
        {"type": "Turn", "transcript": FIRST, "end_of_turn": True},
        {"type": "Turn", "transcript": SECOND, "end_of_turn": True},
        {"type": "Termination"},
    ],
    "of ElevenLabs": [
        {"message_type": "session_started"},
        {"message_type": "partial_transcript", "text": "when"},
        {"message_type": "committed_transcript", "text": WORDS},
    ],
    "of Speechmatics": [
        {"message": "RecognitionStarted", "id": "x"},
        {"message": "AddPartialTranscript", "metadata": {"transcript": "when "}},
        {"message": "AddTranscript", "metadata": {"transcript": f"{FIRST} "}},
        {"message": "AddTranscript", "metadata": {"transcript": SECOND}},
        {"message": "EndOfTranscript"},
    ],
    "of Gladia": [
        {"type": "transcript", "data": {"is_final": False, "utterance": {"text": "when"}}},
        {"type": "transcript", "data": {"is_final": True, "utterance": {"text": WORDS}}},
    ],
    "of xAI": [
        done("When do", "1", status="in_progress"),
        done(WORDS, "1", status="completed"),
    ],
    "two items at once, the second final first": [
        delta("When do ", "1"),
        delta("Is it ", "2"),
        delta("you open?", "1"),
        delta("at nine?", "2"),
        done(SECOND, "2"),
        done(FIRST, "1"),
    ],
    "an item corrected": [done("When do we open?", "1"), done(FIRST, "1"), done(SECOND, "2")],
    "deltas of two items without a final": [delta(FIRST, "1"), delta(SECOND, "2")],
    "a final without the id of its deltas": [
        delta("When do ", "1"),
        {"type": f"{ITEM}.completed", "transcript": WORDS},
    ],
    "two items, the first begun and not ended": [
        delta(FIRST, "1"),
        done(SECOND, "2"),
        delta("", "1"),
    ],
    "segments with ids and a final with another": [
        {"text": "when do you open", "segment_id": "1"},
        {"text": "is it at nine", "segment_id": "2"},
        done(WORDS, "1"),
    ],
    "kinds that nobody knows": [
        {"type": "session.created", "session": {"text": "x"}},
        {"type": "input_audio_buffer.committed", "item_id": "1"},
        {"type": "surprise", "content_index": 0},
        {"type": "info", "text": "Connected to the server"},
        7,
        [],
        None,
        "a text",
        done(WORDS, "1"),
        {"type": "conversation.item.created", "item": {"content": [{"transcript": None}]}},
    ],
}


@pytest.mark.parametrize("name", ALL)
def test_all_that_was_said_is_heard_once(name):
    assert heard(*ALL[name]) == WORDS


@pytest.mark.parametrize(
    ("first", "second"),
    [("No.", "November fifth."), ("4", "45"), ("I", "In March"), ("5", "5"), ("Yes", "Yes. At 5.")],
)
def test_pieces_with_ids_of_their_own_are_all_heard(first, second):
    both = [done(first, "a"), done(second, "b")]
    assert heard(*both) == f"{first} {second}"
    assert heard(delta(first, "a"), *reversed(both)) == f"{first} {second}"
    segments = [{"text": first, "segment_id": "a"}, {"text": second, "segment_id": "b"}]
    assert heard(*segments) == f"{first} {second}"


@pytest.mark.parametrize(
    ("first", "second"), [("No.", "November fifth."), ("4", "45"), ("I", "In March")]
)
def test_a_word_that_begins_as_the_one_before_is_not_more_of_it(first, second):
    both = [{"type": "transcript.text.done", "text": each} for each in (first, second)]
    assert heard(*both) == f"{first} {second}"


def test_words_without_spaces_grow():
    both = [{"type": "transcript.text.done", "text": each} for each in ("你好", "你好吗")]
    assert heard(*both) == "你好吗"


@pytest.mark.parametrize(
    "events",
    [
        [results("", is_final=True)],
        [results("uh", is_final=False), results("", is_final=True)],
        [{"type": "transcript.text.done", "text": ""}],
        [{"type": "session.created"}],
    ],
)
def test_nothing_is_heard_where_nothing_was(events):
    assert heard(*events) == ""


@pytest.mark.parametrize(
    "events",
    [
        [{"type": "error", "message": "no capacity"}],
        [{"type": f"{ITEM}.failed", "error": {"code": "x"}}],
        [delta("When", "1"), {"type": "error", "error": {"message": "restarted"}}],
    ],
)
def test_an_error_is_no_words(events):
    with pytest.raises(NotWords):
        heard(*events)


def test_two_segments_that_a_final_has_in_other_words_are_that():
    events = HeardEvents()
    for text in ("when", "do you", "open"):
        events.take({"text": text})
    events.take({"type": "transcript.text.done", "text": FIRST})
    assert events.text == FIRST


def test_more_than_a_few_pieces_at_once_are_not_compared():
    said = [delta(f"Word{number}", str(number)) for number in range(9)]
    assert heard(*said, {"text": "Another"}).split() == [*(f"Word{n}" for n in range(9)), "Another"]


def test_more_than_anyone_says_is_refused():
    events = HeardEvents()
    events.take({"text": "a" * MAX_CHARACTERS})
    with pytest.raises(NotWords):
        events.add("b")
