"""OddAnswer answers to a transcription, by name, grouped by what must become of them."""

import json
from collections.abc import Callable
from typing import Any

from testing.odd_answers.answer import JSON, Asked, OddAnswer, always, refusing
from testing.providers.http_server import BreakOff, Request

EVENTS = "text/event-stream"
PLAIN = "text/plain; charset=utf-8"
PAGE = "<!doctype html><html><body><h1>502 Bad Gateway</h1></body></html>"


def answered(
    make: Callable[[str], str | bytes],
    content_type: str = JSON,
    *,
    status: int = 200,
    encoding: str = "",
    applies: Callable[[Request], bool] = always,
) -> OddAnswer:
    """A body made of the text that was said."""

    async def give(asked: Asked) -> None:
        body = make(asked.text)
        await asked.answer.begin(content_type, status, encoding=encoding)
        await asked.answer.send(body if isinstance(body, bytes) else body.encode())

    return OddAnswer(give, applies)


def _object(**fields: object) -> Callable[[str], str]:
    return lambda text: json.dumps({"text": text, **fields})


def _segments(text: str) -> list[dict[str, Any]]:
    first, _, rest = text.partition(" ")
    return [{"id": 0, "text": f" {first}"}, {"id": 1, "text": f" {rest}"}]


def _verbose(no_speech: float, log_probability: float, compression: float = 1.1) -> OddAnswer:
    def body(text: str) -> str:
        segment = {
            "id": 0, "text": f" {text}", "no_speech_prob": no_speech,
            "avg_logprob": log_probability, "compression_ratio": compression,
        }  # fmt: skip
        return json.dumps({"task": "transcribe", "text": text, "segments": [segment]})

    return answered(body)


def event(**fields: object) -> str:
    """A server-sent event with these fields."""
    return f"data: {json.dumps(fields)}\n\n"


def _streamed(text: str) -> str:
    pieces = [event(type="transcript.text.delta", delta=letter) for letter in text]
    return "".join(pieces) + event(type="transcript.text.done", text=text)


def _streamed_segments(text: str) -> str:
    return "".join(event(text=segment["text"], id=segment["id"]) for segment in _segments(text))


def _streamed_words(text: str) -> str:
    return "".join(f"data: {word}\n\n" for word in text.split())


def _without_its_end() -> OddAnswer:
    """The connection is closed behind the last byte, without the end that HTTP wants."""

    async def give(asked: Asked) -> None:
        await asked.answer.begin(JSON)
        await asked.answer.send(_object()(asked.text).encode())
        raise BreakOff

    return OddAnswer(give)


def _srt(text: str) -> str:
    first, _, rest = text.partition(" ")
    return (
        f"1\r\n00:00:00,000 --> 00:00:01,200\r\n{first}\r\n\r\n"
        f"2\r\n00:00:01,200 --> 00:00:02,000\r\n{rest}\r\n"
    )


def _vtt(text: str) -> str:
    return f"WEBVTT - from a server\n\nNOTE nothing\n\n00:00.000 --> 00:02.000\n<v Ada>{text}</v>\n"


# --- the words come, in one form or another --------------------------------------------------

WORDS = {
    "plain": answered(str, PLAIN),
    "plain_unnamed": answered(str, ""),
    "plain_octets": answered(str, "application/octet-stream"),
    "plain_with_lines": answered(lambda text: f"\n{text}\n\n", PLAIN),
    "json_string": answered(json.dumps),
    "json_string_called_plain": answered(json.dumps, PLAIN),
    "object_called_plain": answered(_object(), PLAIN),
    "object_called_html": answered(_object(), "text/html"),
    "object_marked": answered(lambda text: b"\xef\xbb\xbf" + _object()(text).encode()),
    "object_utf16": answered(lambda text: _object()(text).encode("utf-16")),
    "object_with_no_error": answered(_object(error=None)),
    "latin_1_called_utf8": answered(lambda text: text.encode("latin-1"), PLAIN),
    "utf8_called_latin_1": answered(str, "text/plain; charset=iso-8859-1"),
    "unknown_charset": answered(str, "text/plain; charset=none-such"),
    "segments_alone": answered(lambda text: json.dumps({"segments": _segments(text)})),
    "segments_and_null": answered(
        lambda text: json.dumps({"text": None, "segments": _segments(text)})
    ),
    "verbose": _verbose(0.02, -0.2),
    "verbose_without_numbers": answered(
        _object(segments=[{"text": "x", "no_speech_prob": None, "avg_logprob": "nan"}, 7, None])
    ),
    "streamed": answered(_streamed, "text/event-stream"),
    "streamed_segments": answered(_streamed_segments, "text/event-stream"),
    "streamed_words": answered(_streamed_words, "text/event-stream"),
    "streamed_behind_a_comment": answered(lambda text: ": ping\n\n" + _streamed(text), PLAIN),
    "transcript": answered(lambda text: json.dumps({"transcript": text})),
    "in_an_envelope": answered(lambda text: json.dumps({"code": 0, "data": {"text": text}})),
    "words_alone": answered(
        lambda text: json.dumps({"words": [{"word": word} for word in text.split()]})
    ),
    "language_before": answered(
        lambda text: json.dumps({"text": f"language English<asr_text>{text}"})
    ),
    "streamed_unsaid": answered(_streamed, PLAIN),
    "srt": answered(_srt, PLAIN),
    "vtt": answered(_vtt, "text/vtt"),
    "vtt_in_json": answered(lambda text: json.dumps({"text": _vtt(text)})),
    "timed": answered(lambda text: f"[00:00.000 --> 00:02.500]  {text}", PLAIN),
    "timed_in_json": answered(lambda text: json.dumps({"text": f"[00:00:01] {text}"})),
    "without_its_end": _without_its_end(),
    "tokens": answered(
        lambda text: f"<|startoftranscript|><|en|><|0.00|> {text}<|2.40|><|endoftext|>",
        PLAIN,
    ),
    "speaker": answered(lambda text: json.dumps({"text": f"SPEAKER_00: {text}"})),
    "speaker_in_brackets": answered(lambda text: f"[Speaker 1]: {text}", PLAIN),
    "with_a_sound": answered(lambda text: json.dumps({"text": f"(coughs) {text} [BLANK_AUDIO]"})),
    "half_an_emoji": answered(lambda text: json.dumps({"text": f"{text} \ud83d"})),
    "nul": answered(lambda text: json.dumps({"text": f"{text}\0"})),
}  # fmt: skip

# --- nothing was said ------------------------------------------------------------------------

NOTHING = {
    "null": answered(lambda _: "null"),
    "null_plain": answered(lambda _: "null", PLAIN),
    "null_text": answered(lambda _: '{"text": null}'),
    "empty_text": answered(lambda _: '{"text": ""}'),
    "empty_segments": answered(lambda _: '{"text": "", "segments": []}'),
    "empty_string": answered(lambda _: '""'),
    "empty_body": answered(lambda _: b""),
    "empty_plain": answered(lambda _: b"\n", PLAIN),
    "no_content": answered(lambda _: b"", status=204),
    "blank_audio": answered(lambda _: '{"text": " [BLANK_AUDIO]"}'),
    "blank_audio_plain": answered(lambda _: "[BLANK_AUDIO]\n", PLAIN),
    "music": answered(lambda _: "(upbeat music)", PLAIN),
    "notes": answered(lambda _: json.dumps({"text": "♪♪"})),
    "stars": answered(lambda _: json.dumps({"text": "*sighs*"})),
    "dots": answered(lambda _: json.dumps({"text": " ... "})),
    "tokens_alone": answered(lambda _: "<|startoftranscript|><|nospeech|>", PLAIN),
    "refused_as_too_short": refusing(
        {"error": {"message": "Audio file is too short. Minimum audio length is 0.5 seconds."}}
    ),
    "refused_as_no_speech": refusing({"detail": "No speech detected in the audio"}, 422),
    "verbose_no_speech": _verbose(0.97, -0.4),
    "verbose_unsure": _verbose(0.7, -1.4),
}  # fmt: skip

# --- an error, and never words of the caller ---------------------------------------------------


def _dribble() -> OddAnswer:
    async def give(asked: Asked) -> None:
        await asked.answer.begin(JSON)
        await asked.answer.send(b'{"text": "')
        await asked.request.hung_up.wait()

    return OddAnswer(give)


FAILURES = {
    "number": answered(lambda _: "42"),
    "yes": answered(lambda _: "true"),
    "list": answered(lambda text: json.dumps([text])),
    "nothing_in_it": answered(lambda _: "{}"),
    "no_text": answered(lambda _: '{"language": "en", "duration": 1.2}'),
    "text_is_a_list": answered(lambda text: json.dumps({"text": [[text]]})),
    "text_is_an_object": answered(lambda text: json.dumps({"text": {"content": text}})),
    "error": answered(lambda _: '{"error": {"message": "queue full"}}'),
    "error_beside_text": answered(_object(error="CUDA out of memory")),
    "error_in_words": answered(lambda _: '{"error": "model not loaded"}'),
    "detail": answered(lambda _: '{"detail": "Not Found"}'),
    "error_streamed": answered(
        lambda _: event(error={"message": "no capacity"}), "text/event-stream"
    ),
    "page": answered(lambda _: PAGE, "text/html"),
    "page_called_json": answered(lambda _: PAGE),
    "page_called_plain": answered(lambda _: f"\n\n{PAGE}", PLAIN),
    "page_unnamed": answered(lambda _: PAGE, ""),
    "words_called_html": answered(lambda _: "It works!", "text/html"),
    "proxy_error": answered(
        lambda _: "upstream connect error or disconnect/reset before headers", PLAIN
    ),
    "server_error": answered(lambda _: "Internal Server Error", PLAIN),
    "xml": answered(lambda _: "<?xml version='1.0'?><Error><Code>NoSuchKey</Code></Error>", ""),
    "json_cut": answered(lambda _: '{"text": "We op'),
    "json_deep": answered(lambda _: "[" * 100_000),
    "json_deep_error": answered(lambda _: '{"error": ' + "[" * 900 + "]" * 900 + "}"),
    "words_called_json": answered(str),
    "huge": answered(lambda text: json.dumps({"text": text * 200_000})),
    "long": answered(lambda text: json.dumps({"text": f"{text} " * 2_000})),
    "octets": answered(lambda _: bytes(range(1, 256)) * 20, "application/octet-stream"),
    "octets_called_plain": answered(lambda _: bytes(range(1, 32)) * 20, PLAIN),
    "zip_unsaid": answered(lambda _: b"\x1f\x8b\x08\0" + b"abcdefgh" * 4, PLAIN),
    "zip_broken": answered(lambda _: b"\x1f\x8b\x08\0\0\0\0\0 no zip at all", encoding="gzip"),
    "sound": answered(lambda _: b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0", "audio/wav"),
}  # fmt: skip
LATE = {"dribble": _dribble()}


# --- refused for how it was asked for -------------------------------------------------------


def _sends(name: str, value: str = "") -> Callable[[Request], bool]:
    wanted = f'name="{name}"\r\n\r\n{value}'.encode()
    return lambda request: wanted in request.body


def _error(message: str, **more: object) -> dict[str, Any]:
    return {"error": {"message": message, "type": "invalid_request_error", **more}}


_VERBOSE = _sends("response_format", "verbose_json")
_NOT_TEXT = _sends("response_format", "json")
REFUSED = {
    "no_verbose": refusing(
        _error(
            "response_format 'verbose_json' is not compatible with model 'x'. "
            "Use 'json' or 'text' instead.",
            param="response_format",
            code="unsupported_value",
        ),
        400,
        _VERBOSE,
    ),
    "no_verbose_plain": refusing("unknown response format", 400, _VERBOSE),
    "no_verbose_extra": refusing(
        {"detail": [{"type": "enum", "loc": ["body", "response_format"], "msg": "'json'"}]},
        422,
        _VERBOSE,
    ),
    "no_verbose_of_500": refusing("NotImplementedError: verbose_json", 500, _VERBOSE),
    "text_alone": refusing(
        _error("response_format must be text"), 400, lambda r: _VERBOSE(r) or _NOT_TEXT(r)
    ),
    "no_language": refusing(
        _error("Language 'en' is not supported", param="language"), 400, _sends("language")
    ),
    "no_language_extra": refusing(
        {"detail": [{"type": "extra_forbidden", "loc": ["body", "language"], "msg": "Extra"}]},
        422,
        _sends("language"),
    ),
    "no_language_plain": refusing("invalid value for language", 400, _sends("language")),
}
ANSWERS: dict[str, OddAnswer] = {**WORDS, **NOTHING, **FAILURES, **LATE, **REFUSED}
