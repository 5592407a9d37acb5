"""Detects the format of a speech response by its content type and first bytes.

The bytes take precedence over the content type: servers call everything
`application/octet-stream`, or an error `audio/mpeg`. Raw samples have no recognisable header;
`is_noise` detects data that are not samples.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from agents.speech.audio import mulaw
from agents.speech.audio.wav import RATES

PEEKED: Final = 64  # bytes that `kind_by_bytes` wants of an answer that has so many


class SoundKind(StrEnum):
    """The format of a response. The first five have no header and are taken to be as requested."""

    PCM = "pcm"  # 16-bit little-endian mono
    PCM_SWAPPED = "pcm_swapped"  # big-endian, as the standard has it that is called L16
    MULAW = "mulaw"
    ALAW = "alaw"
    FLOAT = "float"  # of 32 bits, little-endian
    WAV = "wav"
    MP3 = "mp3"
    OGG = "ogg"  # Vorbis or Opus
    FLAC = "flac"
    AAC = "aac"  # in ADTS frames
    WEBM = "matroska"
    AU = "au"
    AIFF = "aiff"
    NO_SOUND = "no_sound"  # text, a picture, an archive, or sound in a form that is not read


# Bytes of a sample.
RAW: Final[Mapping[SoundKind, int]] = {
    SoundKind.PCM: 2,
    SoundKind.PCM_SWAPPED: 2,
    SoundKind.MULAW: 1,
    SoundKind.ALAW: 1,
    SoundKind.FLOAT: 4,
}


@dataclass(frozen=True, slots=True)
class Declared:
    """What a content type declares. kind: None when not declared; rate: hertz, 0 when not declared.

    channels: number of interleaved channels of raw samples.
    """

    kind: SoundKind | None
    rate: int = 0
    channels: int = 1


def declared(content_type: str) -> Declared:
    """What the header `content_type` ("audio/pcm;rate=16000") declares about a response."""
    name, *parameters = content_type.lower().split(";")
    name = name.strip()
    rate, channels = 0, 1
    for parameter in parameters:
        if match := re.fullmatch(r"\s*(?:sample)?[_-]?rate\s*=\s*\"?(\d{4,6})\"?\s*", parameter):
            rate = int(match.group(1))
        elif match := re.fullmatch(r"\s*channels?\s*=\s*\"?([1-8])\"?\s*", parameter):
            channels = int(match.group(1))
    rate = rate if rate in RATES else 0
    return Declared(_kind_by_name(name), rate, channels)


def _kind_by_name(name: str) -> SoundKind | None:
    family, _, form = name.partition("/")
    form = form.removeprefix("x-").removeprefix("vnd.")
    if form in ("webm", "matroska") and family in ("audio", "video"):
        return SoundKind.WEBM
    if family in ("text", "image", "video", "message", "multipart", "font"):
        return SoundKind.NO_SOUND
    if family == "application" and form not in (*_FORMS, *_ANYTHING):
        return SoundKind.NO_SOUND
    return _FORMS.get(form)


_ANYTHING: Final = ("octet-stream", "binary", "force-download")


_FORMS: Final = {
    "wav": SoundKind.WAV,
    "wave": SoundKind.WAV,
    "pn-wav": SoundKind.WAV,
    "mpeg": SoundKind.MP3,
    "mp3": SoundKind.MP3,
    "mpeg3": SoundKind.MP3,
    "mpga": SoundKind.MP3,
    "ogg": SoundKind.OGG,
    "opus": SoundKind.OGG,
    "vorbis": SoundKind.OGG,
    "flac": SoundKind.FLAC,
    "aac": SoundKind.AAC,
    "aacp": SoundKind.AAC,
    "au": SoundKind.AU,
    "aiff": SoundKind.AIFF,
    "aif": SoundKind.AIFF,
    "f32le": SoundKind.FLOAT,
    "pcm-f32le": SoundKind.FLOAT,
    "raw-float": SoundKind.FLOAT,
    "float32": SoundKind.FLOAT,
    "pcm": SoundKind.PCM,
    "raw": SoundKind.PCM,
    "l16": SoundKind.PCM,
    "linear16": SoundKind.PCM,
    "basic": SoundKind.MULAW,
    "mulaw": SoundKind.MULAW,
    "mu-law": SoundKind.MULAW,
    "ulaw": SoundKind.MULAW,
    "pcmu": SoundKind.MULAW,
    "alaw": SoundKind.ALAW,
    "a-law": SoundKind.ALAW,
    "pcma": SoundKind.ALAW,
}


def kind_by_bytes(first: bytes) -> SoundKind | None:
    """The format of a response that begins with `first`: at least PEEKED bytes, or all of it.

    None when the bytes do not tell: raw samples, or an unknown format.
    """
    for beginning, kind in _BEGINNINGS:
        if first.startswith(beginning):
            return kind
    if first.startswith(b"FORM") and first[8:12] in (b"AIFF", b"AIFC"):
        return SoundKind.AIFF
    if first.startswith(b"FORM") or first[4:8] == b"ftyp" or _is_text(first):
        return SoundKind.NO_SOUND
    if len(first) >= 4 and first[0] == 0xFF:
        return _kind_by_frame(first)
    return None


_BEGINNINGS: Final = (
    (b"RIFF", SoundKind.WAV),
    (b"RF64", SoundKind.WAV),
    (b"ID3", SoundKind.MP3),
    (b"OggS", SoundKind.OGG),
    (b"fLaC", SoundKind.FLAC),
    (b"RIFX", SoundKind.NO_SOUND),
    (b"caff", SoundKind.NO_SOUND),
    (b".snd", SoundKind.AU),
    (b"#!AMR", SoundKind.NO_SOUND),
    (b"\x1aE\xdf\xa3", SoundKind.WEBM),
    (b"\x1f\x8b\x08", SoundKind.NO_SOUND),  # gzip
    (b"(\xb5/\xfd", SoundKind.NO_SOUND),  # zstandard
    (b"PK\x03\x04", SoundKind.NO_SOUND),
    (b"\x89PNG", SoundKind.NO_SOUND),
    (b"\xff\xd8\xff", SoundKind.NO_SOUND),
    (b"%PDF", SoundKind.NO_SOUND),
    (b"\xff\xfe<\0", SoundKind.NO_SOUND),  # HTML and JSON in UTF-16
    (b"\xff\xfe{\0", SoundKind.NO_SOUND),
    (b"\xfe\xff\0<", SoundKind.NO_SOUND),
    (b"\xfe\xff\0{", SoundKind.NO_SOUND),
)
_LAYER3_KBITS: Final = {
    True: (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),  # MPEG-1
    False: (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_FRAME_RATES: Final = (44_100, 48_000, 32_000)


def _kind_by_frame(first: bytes) -> SoundKind | None:
    """MP3 or AAC that begins with a frame. Raw samples may begin with the same bytes.

    So a second frame must follow the first, unless `first` is too short to contain it.
    """
    second = first[1]
    if second & 0xF6 == 0xF0:
        length = (first[3] & 3) << 11 | first[4] << 3 | first[5] >> 5 if len(first) > 5 else 0
        return SoundKind.AAC if _is_followed(first, length, second) else None
    kbits, rate = first[2] >> 4, first[2] >> 2 & 3
    if second & 0xE6 != 0xE2 or second & 0x18 == 0x08 or kbits in (0, 15) or rate == 3:
        return None  # no layer 3, a reserved version, or no rate
    length = _frame_bytes(second, first[2])
    return SoundKind.MP3 if _is_followed(first, length, second) else None


def _is_followed(first: bytes, length: int, second: int) -> bool:
    following = first[length : length + 2]
    return length > 6 and following in (b"", b"\xff", bytes((0xFF, second)))


def _frame_bytes(second: int, third: int) -> int:
    is_first_version = second & 0x18 == 0x18
    kbits = _LAYER3_KBITS[is_first_version][(third >> 4) - 1]
    rate = _FRAME_RATES[third >> 2 & 3] >> {0x18: 0, 0x10: 1, 0x00: 2}[second & 0x18]
    samples = 1152 if is_first_version else 576
    return samples // 8 * kbits * 1000 // rate + (third >> 1 & 1)


def is_binary(first: bytes) -> bool:
    """Whether the bytes cannot be the beginning of a text in any encoding."""
    first = first[:PEEKED]
    controls = sum(0 < byte < 0x20 and byte not in b"\t\n\r" for byte in first)
    return controls >= MOST_CONTROLS or not first.strip(b"\0\xff")


MOST_CONTROLS: Final = 4  # control characters at the beginning of what may still be text


def _is_text(first: bytes) -> bool:
    """Whether all bytes are readable text: JSON, HTML, an error message, events."""
    start = first.removeprefix(b"\xef\xbb\xbf").lstrip()
    if re.match(rb"\{\s*[\"}]|\[\s*[\[{\"]|<[!?/a-zA-Z]|(data|event|id|retry):", start):
        return True
    for cut in range(4):  # a character may have been cut
        try:
            text = first[: len(first) - cut].decode()
        except UnicodeDecodeError:
            continue
        shown = [letter for letter in text if letter.isprintable() or letter in "\r\n\t"]
        # Quiet mu-law lies within a few neighbouring letters, and never has a space.
        return len(first) >= 8 and len(shown) == len(text) and len(set(text)) > 4 and " " in text
    return False


# Of 32,768 in the mean square. Recorded people and synthetic voices stay below 6,000 over a
# sentence and are smooth where they are louder; codes read as samples lie at 11,000 to 19,000.
LOUD: Final = 8_000.0
# The steps between samples, of their loudness: 1.41 where one says nothing of the next.
ROUGH: Final = 0.8  # of a sentence
ROUGH_MOMENT: Final = 1.2  # a bright sound of a voice may be as rough as 1.0
LOUDEST: Final = 15_000.0


def is_noise(samples: NDArray[np.int16], rough: float = ROUGH) -> bool:
    """Whether `samples` are loud and uncorrelated, as in data that are not 16-bit PCM.

    Compressed audio, floats or other codes read as samples have full loudness, and successive
    samples hardly correlate.
    """
    loudness = _loudness(samples)
    if loudness < LOUD:
        return False
    steps = np.diff(samples.astype(np.float64))
    return loudness > LOUDEST or float(np.sqrt(np.mean(steps**2))) > rough * loudness


def is_offset(samples: NDArray[np.int16]) -> bool:
    """Whether `samples` have a mean far from zero, as text read as samples has."""
    loudness = _loudness(samples)
    return loudness > LOUD and abs(float(samples.mean())) > 0.5 * loudness


def _loudness(samples: NDArray[np.int16]) -> float:
    if len(samples) < 2:
        return 0.0
    return float(np.sqrt(np.mean(samples.astype(np.float64) ** 2)))


SHORTEST_BYTES: Final = 320  # 40 ms of mu-law: no sound of a voice is shorter
AUDIBLE: Final = 100  # of 32,768: -50 dB; a voice is a hundred times as loud


def is_audible(audio: bytes) -> bool:
    """Whether any part of `audio` (mu-law) is audible."""
    return bool(audio) and bool((np.abs(mulaw.decode(audio).astype(np.int32)) > AUDIBLE).any())


def is_sound(clip: bytes) -> bool:
    """Whether a clip (mu-law, 8 kHz mono) can be a voice: long enough, audible and not noise."""
    if len(clip) < SHORTEST_BYTES or not is_audible(clip):
        return False
    samples = mulaw.decode(clip)
    return not is_noise(samples) and not is_offset(samples)
