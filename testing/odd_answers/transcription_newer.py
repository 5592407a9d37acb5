"""Answers to a transcription in the forms of other APIs, as gateways pass them on: for readers."""

import json

from testing.odd_answers.transcription import EVENTS, answered, event


def _chunks(text: str) -> str:
    said = [event(choices=[{"delta": {"content": f" {word}"}}]) for word in text.split()]
    return "".join(said) + "data: [DONE]\n\n"


def _deepgram(text: str) -> str:
    channel = {"alternatives": [{"transcript": text, "confidence": 0.9}]}
    return json.dumps({"metadata": {}, "results": {"channels": [channel]}})


def _google(text: str) -> str:
    parts = text.split(" ", 1)
    return json.dumps({"results": [{"alternatives": [{"transcript": part}]} for part in parts]})


WORDS = {
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
    "of_deepgram": answered(lambda _: _deepgram("")),
    "of_google": answered(lambda _: '{"results": []}'),
    "of_azure": answered(lambda _: '{"RecognitionStatus": "NoMatch"}'),
}
NO_WORDS = {
    "a_job": answered(lambda _: '{"id": "x", "status": "queued", "text": null}'),
    "totals": answered(lambda _: '{"totalBilledTime": "1s"}'),
    "empty_results": answered(lambda _: '{"results": {"items": [1]}}'),
}
