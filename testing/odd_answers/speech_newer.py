"""Answers to a request for speech that newer or smaller servers give: for engines alone."""

import base64
import gzip
import json
import struct
from collections.abc import Callable, Iterable, Mapping

import numpy as np

from testing.odd_answers.answer import OddAnswer, refusing
from testing.odd_answers.speech import PIECE, UNNAMED, WAV_TYPE, spoken
from testing.sound import audio
from testing.sound.wav_files import stereo, wav


def _file_each_piece(size: int) -> Callable[[int], bytes]:
    """A WAV around each tenth of a second, of which none says how long it is."""
    return lambda ms: b"".join(
        wav(piece, size=size) for piece in audio.pieces(audio.pcm(ms), PIECE)
    )


def _in_json(milliseconds: int) -> bytes:
    sound = base64.b64encode(audio.pcm(milliseconds, 22_050)).decode()
    return json.dumps({"sampling_rate": 22_050, "audio": sound}).encode()


def _bare(milliseconds: int) -> bytes:
    return base64.b64encode(wav(audio.pcm(milliseconds)))


def _bare_in_events(milliseconds: int) -> bytes:
    written = [base64.b64encode(each) for each in audio.pieces(wav(audio.pcm(milliseconds)), 4_000)]
    return b"".join(b"data: " + each + b"\n\n" for each in written) + b"data: [DONE]\n\n"


def _address(milliseconds: int) -> bytes:
    return b"data:audio/wav;base64," + _bare(milliseconds)


def _aiff(milliseconds: int) -> bytes:
    """With the lengths that a file has, which FFmpeg cannot write into a pipe."""
    body = bytearray(audio.compressed(milliseconds, "aiff"))
    at = body.index(b"SSND")
    sound = len(body) - at - 16
    for place, length in ((4, len(body) - 8), (22, sound // 2), (at + 4, sound + 8)):
        struct.pack_into(">I", body, place, length)
    return bytes(body)


def _floats(milliseconds: int, rate: int = audio.RATE) -> bytes:
    samples = np.frombuffer(audio.pcm(milliseconds, rate), dtype="<i2")
    return (samples / 32_768.0).astype("<f4").tobytes()


def _events(make: Callable[[int], bytes], field: str = "audio") -> Callable[[int], bytes]:
    """Events of OpenAI's form, and their end."""

    def body(milliseconds: int) -> bytes:
        sound = [
            base64.b64encode(each).decode() for each in audio.pieces(make(milliseconds), PIECE)
        ]
        events = [{"type": "speech.audio.delta", field: each} for each in sound]
        return _written([*events, {"type": "speech.audio.done", "usage": {"total_tokens": 9}}])

    return body


def _whole_at_the_end(milliseconds: int) -> bytes:
    sound = audio.pcm(milliseconds)
    parts = [*audio.pieces(sound, PIECE), sound]
    return _written({"audio": base64.b64encode(each).decode()} for each in parts)


def _written(events: Iterable[Mapping[str, object]]) -> bytes:
    return b"".join(b"data: " + json.dumps(each).encode() + b"\n\n" for each in events)


def _numbers(milliseconds: int) -> bytes:
    samples = np.frombuffer(audio.pcm(milliseconds, 16_000), dtype="<i2") / 32_768.0
    return json.dumps({"audio": [samples.tolist()], "sampling_rate": 16_000}).encode()


def _whole_numbers(milliseconds: int) -> bytes:
    return json.dumps({"samples": np.frombuffer(audio.pcm(milliseconds), "<i2").tolist()}).encode()


WHOLE = {
    "events_of_openai": spoken(_events(audio.pcm), "text/event-stream"),
    "events_of_mistral": spoken(_events(_floats, "audio_data"), "text/event-stream"),
    "events_and_all_again": spoken(_whole_at_the_end, "text/event-stream"),
    "numbers": spoken(_numbers, "application/json"),
    "whole_numbers": spoken(_whole_numbers, "application/json"),
    "files_of_no_size": spoken(_file_each_piece(0), WAV_TYPE),
    "files_without_end": spoken(_file_each_piece(0xFFFFFFFF), WAV_TYPE, piece=37),
    "pcm_in_stereo": spoken(
        lambda ms: stereo(audio.pcm(ms, 44_100)), "audio/L16; rate=44100; channels=2", piece=1_001
    ),
    "json_with_its_rate": spoken(_in_json, "application/json"),
    "base64": spoken(_bare, "text/plain"),
    "base64_called_wav": spoken(_bare, WAV_TYPE),
    "base64_in_events": spoken(_bare_in_events, "text/event-stream"),
    "base64_in_an_address": spoken(_address, "text/plain"),
    "webm": spoken(lambda ms: audio.compressed(ms, "webm", "-c:a", "libopus"), "audio/webm"),
    "au": spoken(lambda ms: audio.compressed(ms, "au"), UNNAMED),
    "aiff": spoken(_aiff, UNNAMED),
    "aiff_named": spoken(_aiff, "audio/aiff", piece=37),
    "raw_floats": spoken(_floats, "audio/pcm", piece=1_001),
    "raw_floats_unnamed": spoken(_floats, UNNAMED),
    "raw_floats_named": spoken(lambda ms: _floats(ms, 22_050), "audio/pcm-f32le; rate=22050"),
    "gzip_unsaid": spoken(lambda ms: gzip.compress(audio.pcm(ms)), "audio/pcm"),
    "wav_in_gzip_unsaid": spoken(lambda ms: gzip.compress(wav(audio.pcm(ms))), WAV_TYPE),
}


def _refused_behind(characters: int, said: object, status: int = 400) -> OddAnswer:
    return refusing(said, status, lambda request: len(request.json["input"]) > characters)


# With more silence than anybody waits for. The first ends like this one, but is not all of it.
SILENT_SECONDS = 8


def _silent(milliseconds: int) -> bytes:
    return audio.pcm(milliseconds) + bytes(SILENT_SECONDS * 2 * audio.RATE)


STILL = {
    "silence_within": spoken(lambda ms: _silent(ms // 3) + audio.pcm(ms - ms // 3), "audio/pcm"),
    "silence_behind": spoken(_silent, "audio/pcm"),
    "silence_behind_in_wav": spoken(lambda ms: wav(_silent(ms)), WAV_TYPE),
}

# A text that is longer than the server takes.
TOO_LONG = {
    "longer_than_groq": _refused_behind(
        24, {"error": {"message": "input must be at most 24 characters", "param": "input"}}
    ),
    "longer_than_kokoro": _refused_behind(30, {"detail": "Text exceeds the maximum length"}),
    "longer_than_fastapi": _refused_behind(
        22, {"detail": [{"type": "string_too_long", "loc": ["body", "input"], "msg": "Long"}]}, 422
    ),
}
ANSWERS = {**WHOLE, **STILL, **TOO_LONG}
