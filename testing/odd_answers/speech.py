"""OddAnswer answers to a request for speech, by name, grouped by what must become of them."""

import base64
import gzip
import json
from collections.abc import Callable
from typing import Any

import numpy as np

from agents.engines.scripted.engines import tone_mulaw
from testing.odd_answers.answer import Asked, OddAnswer, always, refusing
from testing.providers.http_server import BreakOff, Request
from testing.sound import audio
from testing.sound.wav_files import ALAW, FLOAT, MULAW, PCM, chunk, encoded, stereo, wav

PIECE = 4_800
PCM_TYPE, WAV_TYPE, MP3_TYPE, UNNAMED = (
    "audio/pcm",
    "audio/wav",
    "audio/mpeg",
    "application/octet-stream",
)
LISTED = chunk(b"LIST", b"INFOISFT\x0e\0\0\0Lavf61.7.100\0\0")


def spoken(
    make: Callable[[int], bytes],
    content_type: str = UNNAMED,
    *,
    piece: int = PIECE,
    applies: Callable[[Request], bool] = always,
) -> OddAnswer:
    """A body of so many milliseconds of speech, in pieces of so many bytes."""

    async def give(asked: Asked) -> None:
        body = make(len(asked.text) * asked.behaviour.ms_per_character)
        await asked.answer.begin(content_type)
        for part in audio.pieces(body, piece):
            await asked.answer.send(part)

    return OddAnswer(give, applies)


def said(body: bytes, content_type: str = UNNAMED, *, encoding: str = "") -> OddAnswer:
    """Always the same body."""

    async def give(asked: Asked) -> None:
        await asked.answer.begin(content_type, encoding=encoding)
        await asked.answer.send(body)

    return OddAnswer(give)


def cut(make: Callable[[int], bytes], content_type: str, *, after: float) -> OddAnswer:
    """The connection is closed when so much of the body was sent."""

    async def give(asked: Asked) -> None:
        body = make(len(asked.text) * asked.behaviour.ms_per_character)
        await asked.answer.begin(content_type)
        await asked.answer.send(body[: int(len(body) * after)])
        raise BreakOff

    return OddAnswer(give)


def stalls(make: Callable[[int], bytes], content_type: str, *, after: float) -> OddAnswer:
    """Nothing more comes when so much of the body was sent."""

    async def give(asked: Asked) -> None:
        body = make(len(asked.text) * asked.behaviour.ms_per_character)
        await asked.answer.begin(content_type)
        await asked.answer.send(body[: int(len(body) * after)])
        await asked.request.hung_up.wait()

    return OddAnswer(give)


def _as_wav(
    kind: int = PCM, bits: int = 16, rate: int = 24_000, **more: Any
) -> Callable[[int], bytes]:
    return lambda ms: wav(encoded(audio.pcm(ms, rate), kind, bits), kind, rate, bits=bits, **more)


def _coded(kind: int, code: str) -> Callable[[int], bytes]:
    return lambda ms: wav(audio.compressed(ms, code, rate=8_000), kind, 8_000, bits=8)


def _swapped(milliseconds: int) -> bytes:
    return np.frombuffer(audio.pcm(milliseconds), "<i2").astype(">i2").tobytes()


def _in_json(sound: bytes) -> bytes:
    return json.dumps({"format": "x", "audio": base64.b64encode(sound).decode()}).encode()


def _in_events(milliseconds: int) -> bytes:
    sound = audio.pieces(audio.pcm(milliseconds), 4_800)
    return b"".join(b"data: " + _in_json(piece) + b"\n\n" for piece in sound)


def _each_its_file(milliseconds: int) -> bytes:
    half = audio.pcm(milliseconds // 2)
    return wav(half) + wav(half)


def _bare_mp3(milliseconds: int) -> bytes:
    return audio.compressed(milliseconds, "mp3", "-write_xing", "0", "-id3v2_version", "0")


def _still(milliseconds: int) -> bytes:
    return bytes(milliseconds * 48)


def _late(milliseconds: int) -> bytes:
    return bytes(24_000) + audio.pcm(milliseconds - 500)


# --- all of it is heard, whatever was asked for ---------------------------------------------

WHOLE = {
    "wav": spoken(_as_wav(), WAV_TYPE),
    "wav_unnamed": spoken(_as_wav()),
    "wav_called_pcm": spoken(_as_wav(), PCM_TYPE),
    "wav_called_mp3": spoken(_as_wav(), MP3_TYPE),
    "wav_called_html": spoken(_as_wav(), "text/html; charset=utf-8"),
    "wav_without_type": spoken(_as_wav(), ""),
    "wav_cut_anywhere": spoken(_as_wav(), WAV_TYPE, piece=37),
    "wav_8k": spoken(_as_wav(rate=8_000)),
    "wav_11k": spoken(_as_wav(rate=11_025)),
    "wav_22k": spoken(_as_wav(rate=22_050)),
    "wav_44k": spoken(_as_wav(rate=44_100)),
    "wav_odd_rate": spoken(_as_wav(rate=17_321)),
    "wav_6k": spoken(_as_wav(rate=6_000)),
    "wav_96k": spoken(_as_wav(rate=96_000)),
    "wav_8_bits": spoken(_as_wav(bits=8)),
    "wav_24_bits": spoken(_as_wav(bits=24)),
    "wav_32_bits": spoken(_as_wav(bits=32)),
    "wav_floats": spoken(_as_wav(FLOAT, 32)),
    "wav_doubles": spoken(_as_wav(FLOAT, 64)),
    "wav_mulaw": spoken(_coded(MULAW, "mulaw")),
    "wav_alaw": spoken(_coded(ALAW, "alaw")),
    "wav_stereo": spoken(lambda ms: wav(stereo(audio.pcm(ms)), channels=2)),
    "wav_five_channels": spoken(lambda ms: wav(stereo(audio.pcm(ms), 5), channels=5)),
    "wav_extensible": spoken(_as_wav(wide=True)),
    "wav_extensible_floats": spoken(_as_wav(FLOAT, 32, wide=True)),
    "wav_size_0": spoken(_as_wav(size=0)),
    "wav_endless": spoken(_as_wav(size=0xFFFFFFFF)),
    "wav_half_endless": spoken(_as_wav(size=0x7FFFFFFF)),
    "wav_size_too_small": spoken(_as_wav(size=2_000)),
    "wav_size_too_large": spoken(_as_wav(size=90_000_000)),
    "wav_listed": spoken(_as_wav(before=LISTED)),
    "wav_listed_behind": spoken(_as_wav(after=LISTED)),
    "wav_odd_chunk": spoken(_as_wav(before=chunk(b"JUNK", b"odd"))),
    "wav_odd_chunk_unpadded": spoken(_as_wav(before=chunk(b"JUNK", b"odd", pad=False))),
    "wav_garbage_behind": spoken(_as_wav(after=b"\0\0 that was it \xff\xff")),
    "wav_each_its_file": spoken(_each_its_file),
    "mp3": spoken(audio.mp3, MP3_TYPE),
    "mp3_unnamed": spoken(audio.mp3),
    "mp3_called_pcm": spoken(audio.mp3, PCM_TYPE),
    "mp3_without_tag": spoken(_bare_mp3),
    "ogg_opus": spoken(lambda ms: audio.compressed(ms, "ogg", "-c:a", "libopus"), "audio/ogg"),
    "ogg_unnamed": spoken(lambda ms: audio.compressed(ms, "ogg", "-c:a", "libopus")),
    "flac": spoken(lambda ms: audio.compressed(ms, "flac"), "audio/flac"),
    "aac": spoken(lambda ms: audio.compressed(ms, "adts", "-c:a", "aac"), "audio/aac"),
    "mulaw": spoken(tone_mulaw, "audio/basic"),
    "mulaw_called_pcmu": spoken(tone_mulaw, "audio/PCMU;rate=8000"),
    "mulaw_unnamed": spoken(tone_mulaw),
    "alaw": spoken(lambda ms: audio.compressed(ms, "alaw", rate=8_000), "audio/PCMA"),
    "pcm_unnamed": spoken(audio.pcm),
    "pcm_without_type": spoken(audio.pcm, ""),
    "pcm_called_wav": spoken(audio.pcm, WAV_TYPE),
    "pcm_called_mp3": spoken(audio.pcm, MP3_TYPE),
    "pcm_16k_named": spoken(lambda ms: audio.pcm(ms, 16_000), "audio/pcm;rate=16000"),
    "pcm_l16_8k": spoken(lambda ms: audio.pcm(ms, 8_000), "audio/L16; rate=8000; channels=1"),
    "pcm_odd_bytes": spoken(lambda ms: audio.pcm(ms) + b"\x07"),
    "pcm_in_bytes": spoken(audio.pcm, PCM_TYPE, piece=1_001),
    "pcm_called_html": spoken(audio.pcm, "text/html; charset=utf-8"),
    "pcm_of_an_application": spoken(audio.pcm, "application/x-pcm"),
    "pcm_swapped": spoken(_swapped, "audio/L16;rate=24000", piece=1_001),
    "pcm_in_json": spoken(lambda ms: _in_json(audio.pcm(ms)), "application/json"),
    "pcm_in_events": spoken(_in_events, "text/event-stream"),
    "pcm_late": spoken(_late, PCM_TYPE),
}  # fmt: skip

# --- no sound: an error, and nothing of it is heard or kept ---------------------------------

PAGE = b"<!doctype html><html><body><h1>502 Bad Gateway</h1></body></html>"
ERROR = b'{"error":{"message":"voice not found","type":"invalid_request_error"}}'
EVENTS = b'event: error\ndata: {"type":"error","message":"no capacity"}\n\n'
NO_SOUND = {
    "json_error": said(ERROR, "application/json"),
    "json_error_called_mp3": said(ERROR, MP3_TYPE),
    "json_error_called_pcm": said(ERROR, PCM_TYPE),
    "json_error_unnamed": said(ERROR),
    "json_error_without_type": said(ERROR, ""),
    "json_after_spaces": said(b"\r\n  " + ERROR),
    "json_list": said(b'[{"error":"queue full"}]'),
    "json_marked": said(b"\xef\xbb\xbf" + ERROR),
    "json_long": said(json.dumps({"detail": "x" * 50_000}).encode(), PCM_TYPE),
    "json_without_sound": said(b'{"audio": null, "url": "https://x.example/a.wav"}'),
    "problem": said(b'{"title":"Bad voice"}', "application/problem+json"),
    "page": said(PAGE, "text/html"),
    "page_called_pcm": said(PAGE, PCM_TYPE),
    "page_unnamed": said(PAGE + b" " * 90_000),
    "page_utf16": said("<!doctype html><html>".encode("utf-16")),
    "xml": said(b"<?xml version='1.0'?><Error/>"),
    "words": said(b"Internal Server Error: the model is not loaded", "text/plain"),
    "words_unnamed": said(b"Internal Server Error: the model is not loaded. " * 200),
    "words_in_latin_1": said("Kein Gerät verfügbar. ".encode("latin-1") * 90, "text/plain"),
    "words_in_german": said("Kein Gerät verfügbar: bitte später erneut versuchen. ".encode() * 90),
    "events": said(EVENTS, "text/event-stream"),
    "events_unnamed": said(EVENTS),
    "picture": said(b"\x89PNG\r\n\x1a\n" + bytes(9_000), "image/png"),
    "picture_called_pcm": said(b"\x89PNG\r\n\x1a\n" + bytes(9_000), PCM_TYPE),
    "zip": said(b"PK\x03\x04" + bytes(range(256)) * 90),
    "zip_broken": said(b"\x1f\x8b\x08\0\0\0\0\0 no zip at all", PCM_TYPE, encoding="gzip"),
    "gzip_of_noise": said(gzip.compress(bytes(at * at % 251 for at in range(90_000))), PCM_TYPE),
    "gzip_cut": said(gzip.compress(audio.pcm(2_000))[:60], PCM_TYPE),
    "doubles": spoken(lambda ms: encoded(audio.pcm(ms), FLOAT, 64), PCM_TYPE),
    "noise": said(bytes((7 * at * at + at // 3) % 251 for at in range(90_000)), PCM_TYPE),
    "wav_of_nothing": said(wav(b"")),
    "wav_header_alone": said(wav(audio.pcm(500))[:44], WAV_TYPE),
    "wav_half_a_header": said(wav(audio.pcm(500))[:30], WAV_TYPE),
    "wav_adpcm": said(wav(audio.pcm(500), 0x11, bits=4), WAV_TYPE),
    "wav_no_rate": said(wav(audio.pcm(500), rate=0), WAV_TYPE),
    "wav_no_channels": said(wav(audio.pcm(500), channels=0), WAV_TYPE),
    "wav_no_format": said(b"RIFF\xff\xff\xff\xffWAVE" + chunk(b"data", audio.pcm(500))),
    "wav_all_chunks": said(b"RIFF\xff\xff\xff\xffWAVE" + chunk(b"JUNK", bytes(90_000)) * 20),
    "mp3_of_nothing": said(b"", MP3_TYPE),
    "mp3_broken": said(b"ID3\x04\0\0\0\0\0\0" + b"no frames in here " * 900, MP3_TYPE),
    "ogg_broken": said(b"OggS" + b"no pages in here " * 900, "audio/ogg"),
    "flac_broken": said(b"fLaC" + b"no blocks in here " * 900, "audio/flac"),
    "empty": said(b"", PCM_TYPE),
    "one_byte": said(b"\x01", PCM_TYPE),
    "too_short": said(audio.pcm(20), PCM_TYPE),
    "silence": spoken(_still, PCM_TYPE),
    "silence_in_wav": spoken(lambda ms: wav(_still(ms)), WAV_TYPE),
    "silence_in_mulaw": spoken(lambda ms: b"\xff" * (8 * ms), "audio/basic"),
    "hiss_too_faint": spoken(lambda ms: b"\x05\0\xfb\xff" * (12 * ms), PCM_TYPE),
}  # fmt: skip

# --- breaks off: what came is heard, and then there is an error -----------------------------

BROKEN_OFF = {
    "cut": cut(audio.pcm, PCM_TYPE, after=0.5),
    "cut_wav": cut(_as_wav(), WAV_TYPE, after=0.5),
    "endless": spoken(lambda ms: audio.pcm(1_000) * 60, PCM_TYPE),
}
STALLED = {"stalls": stalls(audio.pcm, PCM_TYPE, after=0.5)}


# --- refused for how it was asked for -------------------------------------------------------


def _not_in(*formats: str) -> Callable[[Request], bool]:
    return lambda request: request.json["response_format"] not in formats


def _error(message: str, **more: object) -> dict[str, Any]:
    return {"error": {"message": message, "type": "invalid_request_error", **more}}


def _literal(expected: str) -> dict[str, Any]:
    where, said_ = ["body", "response_format"], f"Input should be {expected}"
    return {"detail": [{"type": "literal_error", "loc": where, "msg": said_, "input": "pcm"}]}


REFUSED = {
    "wav_alone": refusing(_error("response_format must be one of [wav]"), 400, _not_in("wav")),
    "wav_among_others": refusing(
        _error("response_format must be one of [flac mp3 mulaw ogg wav]"), 400, _not_in("wav")
    ),
    "mp3_alone": refusing(
        _error("Unsupported response_format: pcm", param="response_format"), 400, _not_in("mp3")
    ),
    "mp3_alone_literal": refusing(_literal("'mp3'"), 422, _not_in("mp3")),
    "mp3_alone_plain": refusing("Audio format pcm not supported", 400, _not_in("mp3")),
    "mp3_alone_of_500": refusing({"detail": "Invalid format: pcm"}, 500, _not_in("mp3")),
    "flac_alone": refusing(_error("only flac is a valid output format"), 400, _not_in("flac")),
    "no_instructions": refusing(
        _error("Unrecognized request argument supplied: instructions"),
        400,
        lambda request: "instructions" in request.json,
    ),
    "no_instructions_extra": refusing(
        {"detail": [{"type": "extra_forbidden", "loc": ["body", "instructions"], "msg": "Extra"}]},
        422,
        lambda request: "instructions" in request.json,
    ),
}
NEVER = {
    "no_such_voice": refusing(_error("Voice 'alloy' not found. Available voices: af_heart")),
    "no_such_voice_plain": refusing({"detail": "voice: unknown speaker"}, 422),
    "no_format_at_all": refusing(_error("response_format is not valid", param="response_format")),
}
ANSWERS: dict[str, OddAnswer] = {
    **WHOLE, **NO_SOUND, **BROKEN_OFF, **STALLED, **REFUSED, **NEVER
}  # fmt: skip
