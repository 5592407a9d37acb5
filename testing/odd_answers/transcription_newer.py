"""Answers to a transcription in the forms of other APIs, as gateways pass them on: for readers."""

import gzip
import json
from collections.abc import Callable

from testing.odd_answers.transcription import EVENTS, PLAIN, answered, event


def _whatever(body: str) -> Callable[[str], str]:
    """The same body whatever was said."""
    return lambda _text: body


def _chunks(text: str) -> str:
    said = [event(choices=[{"delta": {"content": f" {word}"}}]) for word in text.split()]
    return "".join(said) + "data: [DONE]\n\n"


def _deepgram(text: str) -> str:
    channel = {"alternatives": [{"transcript": text, "confidence": 0.9}]}
    return json.dumps({"metadata": {}, "results": {"channels": [channel]}})


def _google(text: str) -> str:
    parts = text.split(" ", 1)
    return json.dumps({"results": [{"alternatives": [{"transcript": part}]} for part in parts]})


def _parts(text: str) -> list[str]:
    first, _, rest = text.partition(" ")
    return [first, rest]


def _speechmatics(text: str) -> str:
    said = [{"type": "word", "alternatives": [{"content": each}]} for each in text.split()]
    return json.dumps({"results": said})


def _lines(text: str) -> str:
    return "\n".join(json.dumps({"type": "segment", "text": each}) for each in _parts(text))


def _growing(text: str) -> str:
    first = {"text": _parts(text)[0]}
    return "\r\n".join(map(json.dumps, (first, {"is_final": True, "text": text})))


def _table(sign: str) -> str:
    rows = "".join(f"{at}{sign}{at + 900}{sign}%s\n" for at in (0, 900))
    return f"start{sign}end{sign}text\n{rows}"


def _in_text(form: str) -> Callable[[str], str]:
    """The words with what is around them, in the usual field. form: with a place for them."""
    return lambda text: json.dumps({"text": form.format(text)})


WORDS = {
    "of_whisper_cpp": answered(
        lambda text: json.dumps({
            "result": {"language": "en"},
            "transcription": [{"text": f" {each}"} for each in _parts(text)],
        })
    ),
    "segments_as_texts": answered(lambda text: json.dumps({"segments": _parts(text)})),
    "of_speechmatics": answered(_speechmatics),
    "of_gladia": answered(
        lambda text: json.dumps({"result": {"transcription": {"full_transcript": text}}})
    ),
    "hypotheses": answered(
        lambda text: json.dumps({"status": 0, "hypotheses": [{"utterance": text}]})
    ),
    "of_a_chat": answered(
        lambda text: json.dumps({"choices": [{"message": {"role": "assistant", "content": text}}]})
    ),
    "lines_of_json": answered(_lines, "application/x-ndjson"),
    "growing_lines": answered(_growing),
    "table": answered(lambda text: _table("\t") % tuple(_parts(text)), PLAIN),
    "table_with_commas": answered(lambda text: _table(",") % tuple(_parts(text)), "text/csv"),
    "styled_vtt": answered(
        lambda text: f"WEBVTT\n\nSTYLE\n::cue {{color: red}}\n\n00:00.000 --> 00:02.000\n{text}\n",
        "text/vtt",
    ),
    "error_success": answered(
        lambda text: json.dumps({"text": text, "error": {"code": 0, "message": "Success"}})
    ),
    "error_succeeded": answered(
        lambda text: json.dumps({
            "text": text, "error": {"code": 0, "message": "succeeded", "request_id": "abc"}
        })
    ),
    "error_none": answered(lambda text: json.dumps({"text": text, "error": "None"})),
    "with_events": answered(_in_text("(music playing) {} (door slams)")),
    "with_thoughts": answered(_in_text("<think>English.</think>{}")),
    "fenced": answered(_in_text("```\n{}\n```")),
    "with_seconds": answered(_in_text("<0.00> {} <2.40>")),
    "with_a_speaker": answered(_in_text("Speaker A: {}")),
    "in_tokens": answered(
        lambda text: json.dumps({"text": f" {text}".replace(" ", "Ġ")})
    ),
    "in_pieces_of_words": answered(
        lambda text: json.dumps({"text": f" {text}".replace(" ", "▁")})
    ),
}  # fmt: skip
# As chat models write down what they hear.
WORDS |= {
    f"announced_{name}": answered(_in_text(form))
    for name, form in {
        "plainly": "Here is the transcription: {}",
        "kindly": "Sure, here is the transcript of the audio:\n\n{}",
        "in_bold": "**Transcription:**\n{}",
        "as_a_heading": '### Transcription\n\n**Speaker 1:**\n"{}"',
        "as_a_sentence": 'The transcription of the audio is:\n"{}"',
    }.items()
}
WORDS |= {
    "of_funasr": answered(lambda text: json.dumps([{"key": "x", "text": text}])),
    "list_of_segments": answered(
        lambda text: json.dumps([{"start": 0, "text": each} for each in _parts(text)])
    ),
    "of_azures_batch": answered(
        lambda text: json.dumps({"combinedPhrases": [{"text": text}], "phrases": []})
    ),
    "chunks_of_vllm": answered(_chunks, EVENTS),
    "object_called_events": answered(lambda text: json.dumps({"text": text}), EVENTS),
    "of_deepgram": answered(_deepgram),
    "of_google": answered(_google),
    "of_amazon": answered(
        lambda text: json.dumps({"results": {"transcripts": [{"transcript": text}], "items": []}})
    ),
    "of_azure": answered(
        lambda text: json.dumps({"RecognitionStatus": "Success", "NBest": [{"Display": text}]})
    ),
}
NOTHING = {
    "in_a_sentence": answered(lambda _: '{"text": "The audio contains no speech."}'),
    "in_another": answered(lambda _: '{"text": "No speech detected."}'),
    "in_a_third": answered(lambda _: '{"text": "The audio is silent."}'),
    "in_a_fifth": answered(lambda _: '{"text": "There is no speech in this audio."}'),
    "in_a_sixth": answered(lambda _: '{"text": "No audio provided."}'),
    "in_a_fourth": answered(lambda _: '{"text": "The audio appears to be silent."}'),
    "of_deepgram": answered(lambda _: _deepgram("")),
    "of_google": answered(lambda _: '{"results": []}'),
    "of_azure": answered(lambda _: '{"RecognitionStatus": "NoMatch"}'),
}
NO_WORDS = {
    **{
        f"error_{name}": answered(_whatever(json.dumps({"text": said})))
        for name, said in {
            "in_words": "Error: CUDA out of memory",
            "in_brackets": "[ERROR] no audio decoder",
            "of_python": "RuntimeError: CUDA error: device-side assert triggered",
            "not_processed": "I cannot process audio files.",
            "unable": "I'm unable to listen to or transcribe audio.",
            "refused": "I'm sorry, but I can't transcribe that audio file.",
        }.items()
    },
    **{
        f"plain_{said.split()[0].lower()}": answered(_whatever(said), PLAIN)
        for said in ("Unauthorized", "404 page not found", "Rate limit exceeded", "Error: no model")
    },
    "a_job": answered(lambda _: '{"id": "x", "status": "queued", "text": null}'),
    "totals": answered(lambda _: '{"totalBilledTime": "1s"}'),
    "empty_results": answered(lambda _: '{"results": {"items": [1]}}'),
}
# Read by the engine, before anything looks at the words.
PACKED = {
    "gzip_unsaid": answered(lambda text: gzip.compress(json.dumps({"text": text}).encode())),
    "utf_16": answered(lambda text: json.dumps({"text": text}).encode("utf-16")),
}
# By names of their own: beside the others in one server.
ANSWERS = {
    **PACKED,
    **{f"words_{name}": odd for name, odd in WORDS.items()},
    **{f"nothing_{name}": odd for name, odd in NOTHING.items()},
    **{f"no_words_{name}": odd for name, odd in NO_WORDS.items()},
}
