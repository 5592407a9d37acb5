"""What a server answered to a request for words: words, none, or no transcription at all."""

import json

import pytest

from agents.speech.heard.hallucinations import believed
from agents.speech.heard.transcription import (
    MAX_CHARACTERS,
    MOST_EVENTS,
    NotWords,
    Segment,
    is_whole,
    read,
    words_in,
)
from testing.odd_answers import transcription, transcription_newer
from testing.odd_answers.answer import body_of

SAID = "Können Sie um 12:30 öffnen?"
JSON = "application/json"
# Those that a server refuses are no answer that is read here.
NOTHING = {
    name: odd for name, odd in transcription.NOTHING.items() if not name.startswith("refused")
}


@pytest.mark.parametrize("name", transcription.WORDS)
async def test_words_are_read_in_whatever_form_they_come(name):
    assert believed(read(*await body_of(transcription.WORDS[name], SAID))) == SAID


@pytest.mark.parametrize("name", transcription_newer.WORDS)
async def test_words_are_read_in_the_forms_of_other_apis(name):
    assert read(*await body_of(transcription_newer.WORDS[name], SAID)).text == SAID


@pytest.mark.parametrize("name", transcription_newer.NOTHING)
async def test_nothing_in_the_forms_of_other_apis_is_no_words(name):
    assert read(*await body_of(transcription_newer.NOTHING[name], SAID)).text == ""


@pytest.mark.parametrize("name", transcription_newer.NO_WORDS)
async def test_what_has_no_words_yet_is_no_silence(name):
    with pytest.raises(NotWords):
        read(*await body_of(transcription_newer.NO_WORDS[name], SAID))


@pytest.mark.parametrize("name", NOTHING)
async def test_nothing_is_no_words(name):
    assert believed(read(*await body_of(NOTHING[name], SAID))) == ""


@pytest.mark.parametrize("name", transcription.FAILURES)
async def test_what_is_no_transcription_says_what_it_is(name):
    with pytest.raises(NotWords) as raised:
        read(*await body_of(transcription.FAILURES[name], SAID))
    assert 0 < len(str(raised.value)) < 120


def test_a_number_that_was_said_may_come_as_a_number():
    assert read(b'{"text": 42}', JSON).text == "42"


@pytest.mark.parametrize("odds", ["1e999", "NaN", "true", '"0.9"', "1" + "0" * 400, "null"])
def test_odds_that_are_no_number_are_none(odds):
    body = f'{{"text": "Hi.", "segments": [{{"text": " Hi.", "no_speech_prob": {odds}}}]}}'
    assert read(body.encode(), JSON).segments == (Segment("Hi."),)


def test_pieces_of_a_stream_are_one_text_and_what_is_none_of_them_is_passed_over():
    lines = ["event: x", "data: {", "data: [1]", 'data: {"delta": "We "}', 'data: {"delta": 7}']
    body = "\n".join([*lines, 'data: {"delta": "open."}', "data: [DONE]"])
    assert read(body.encode(), "text/event-stream").text == "We open."


def test_an_error_is_named_by_its_words_or_its_type():
    for error, named in (({"message": "queue full"}, "queue full"), ({"code": 7}, "NoneType")):
        with pytest.raises(NotWords, match=f"an error: {named}"):
            read(json.dumps({"error": error}).encode(), JSON)


def test_a_declared_encoding_is_read_by_and_an_unknown_one_guessed():
    for charset, encoding in (("windows-1251", "cp1251"), ('"koi8-r"', "koi8-r")):
        assert read("Привет".encode(encoding), f"text/plain; charset={charset}").text == "Привет"
    assert read("Grüß Gott".encode("cp1252"), "text/plain; charset=unicode_escape").text == (
        "Grüß Gott"
    )


def test_a_text_longer_than_anyone_speaks_is_none():
    assert read(b"a" * MAX_CHARACTERS, "text/plain").text == "a" * MAX_CHARACTERS
    with pytest.raises(NotWords, match="characters"):
        read(b"a" * (MAX_CHARACTERS + 1), "text/plain")


@pytest.mark.parametrize(
    "text", ["(whispering)", "*door closes* (steps)", "【音楽】", "— …", "\ud83d"]
)
def test_what_is_only_sounds_and_marks_is_no_words(text):
    assert words_in(text) == ""


def test_a_number_in_brackets_is_words():
    assert words_in("(030) 12 34") == "(030) 12 34"


def test_blank_lines_before_an_event_are_no_words():
    assert read(b':\n\n \t\nid: 1\n\ndata: {"text": "Hello"}\n\n', "").text == "Hello"


@pytest.mark.parametrize(
    "said", ["Internal Server Error", "502\n\ndata: Bad Gateway", '{"text": "Bad Gateway"}']
)
def test_an_error_in_events_is_no_words(said):
    with pytest.raises(NotWords, match="an error"):
        read(f"data: {said}\n\n".encode(), "text/event-stream")


def test_what_keeps_a_stream_alive_is_no_words():
    body = b"data: ping\n\ndata: Hello\r\n\r\ndata: keep-alive\r\rdata: there\n\n"
    assert read(body, "text/event-stream").text == "Hello there"
    assert read(b"data: " + b"[" * 100_000, "text/event-stream").text == ""


@pytest.mark.parametrize(
    "event", [{"text": "a" * 600}, {"delta": "a" * 600}, {"text": "a"}, {"delta": ""}, "a" * 600]
)
def test_events_without_an_end_are_read_only_so_far(event, monkeypatch):
    read_events = []
    loads = json.loads
    monkeypatch.setattr(json, "loads", lambda text: read_events.append(text) or loads(text))
    written = event if isinstance(event, str) else json.dumps(event)
    with pytest.raises(NotWords, match="more than"):
        read(f"data:{written}\n".encode() * 2 * MOST_EVENTS, "text/event-stream")
    assert len(read_events) <= MOST_EVENTS


@pytest.mark.parametrize("state", [{"code": 20}, ["queued"], "processing", "Success", 7])
def test_words_are_read_whatever_is_said_of_their_state(state):
    for name in ("status", "RecognitionStatus"):
        for words in ({"transcript": "hello"}, {"results": [{"transcript": "hello"}]}):
            assert read(json.dumps({name: state, **words}).encode(), JSON).text == "hello"


def test_a_job_that_is_not_done_is_no_silence():
    for words in ({}, {"text": ""}, {"text": None}, {"results": []}):
        with pytest.raises(NotWords, match="not done"):
            read(json.dumps({"status": "processing", **words}).encode(), JSON)


def test_letters_that_came_apart_are_put_together():
    assert words_in("Ich hÃ¤tte gern fÃ¼nf, weâ€™re") == "Ich hätte gern fünf, we’re"
    assert words_in("We&#39;re five &amp; two") == "We're five & two"


def test_numbers_in_brackets_and_words_about_audio_are_kept():
    assert words_in("Call (030) 1234, or (2).") == "Call (030) 1234, or (2)."
    for said in (
        "The audio of my phone has no sound.",
        "I cannot hear the recording.",
        "I'm sorry, I can't understand you.",
        "No speech therapy today?",
        "Error, error, error.",
    ):
        assert read(said.encode(), "text/plain").text == said


def test_a_language_in_its_token_is_one():
    assert read(b'{"text": "Hi", "language": "<|de|>"}', JSON).language == "de"


@pytest.mark.parametrize(
    "said",
    [
        "The audio is silent when I press play",
        "The audio has no words.",
        "The audio contains no speech when I play it.",
        "Sorry, I can't transcribe my letter, can you do it?",
        "I cannot transcribe this recording, can you help me?",
        "My number is (four one five) 555 0142",
        "Call me (phone 555) later, (my sister) or me",
    ],
)
def test_what_a_caller_says_of_sounds_and_in_brackets_is_kept(said):
    assert read(said.encode(), "text/plain").text == said


def test_an_error_that_a_caller_reads_out_is_kept():
    said = "Error: my card was declined"
    assert read(json.dumps({"text": said}).encode(), JSON).text == said
    with pytest.raises(NotWords):
        read(said.encode(), "text/plain")


def test_known_sounds_between_words_are_none():
    said = "(dog barking) Hi (coughs), (upbeat music) (speaking German) *sighs* there (door slams)"
    assert words_in(said) == "Hi , there"


@pytest.mark.parametrize(
    "said",
    [
        "I'm sorry, but I can't transcribe the audio.",
        "Unable to transcribe.",
        "I'm sorry, but I can't transcribe the audio. Could you please provide the text?",
        "I'm sorry, but I can't transcribe audio directly. If you send me the text, I can help.",
    ],
)
def test_a_model_that_refuses_to_transcribe_is_no_caller(said):
    with pytest.raises(NotWords, match="an error"):
        read(said.encode(), "text/plain")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"text": "Hello"}', True),
        (b'{"text": "Hel', False),
        (b"[]", False),
        (b"[" * 100_000, False),
        (b"", False),
    ],
)
def test_an_answer_that_broke_off_may_be_whole(body, expected):
    assert is_whole(body) is expected


def test_words_that_lie_too_deep_are_not_looked_for():
    answer: dict = {"transcript": "Hello"}
    for _ in range(20):
        answer = {"results": [answer]}
    with pytest.raises(NotWords, match="without a text"):
        read(json.dumps(answer).encode(), JSON)


@pytest.mark.parametrize(
    "said",
    [
        "Here is the thing: I need a table.",
        "The transcription is wrong.",
        "Transcript of records, please.",
        "I can't process the payment.",
        "I cannot hear the audio of my voicemail.",
        "There is no audio.",
    ],
)
def test_what_callers_say_of_audio_and_transcripts_is_kept(said):
    assert read(json.dumps({"text": said}).encode(), "application/json").text == said
