"""Words in the lowest bits of audio."""

import numpy as np
import pytest

from agents.engines.scripted import marks
from agents.engines.scripted.engines import tone_mulaw
from agents.speech.audio import mulaw

FRAMES = [tone_mulaw(20)] * 5


def test_marked_frames_say_their_words_wherever_the_audio_begins():
    marked = [
        marks.write(frame, text)
        for frame, text in zip(FRAMES, ["", "my number", " is", "", " four"], strict=True)
    ]
    audio = b"\xff" * 53 + b"".join(marked)
    assert marks.read(audio) == "my number is four"
    assert marks.read(audio[53 + 160 + 1 :]) == "is four"  # a frame that was cut says nothing
    assert marks.read(audio[:-1]) == "my number is"


def test_audio_without_marks_says_nothing():
    noise = np.random.default_rng(1).integers(0, 256, 60 * mulaw.RATE, dtype=np.uint8)
    assert marks.read(noise.tobytes()) == ""
    assert marks.read(tone_mulaw(5_000)) == marks.read(b"") == ""


def test_a_long_word_lies_in_several_frames():
    pieces = marks.spread("anna.bernstein@example.com ")
    assert "".join(pieces) == "anna.bernstein@example.com "
    audio = b"".join(marks.write(FRAMES[0], piece) for piece in pieces)
    assert marks.read(audio) == "anna.bernstein@example.com"


def test_a_mark_changes_no_sample_by_more_than_the_codes_smallest_step():
    tone = tone_mulaw(20)
    before, after = (mulaw.decode(audio) for audio in (tone, marks.write(tone, "thirteen byte")))
    noise = np.mean((before.astype(float) - after) ** 2)
    assert 10 * np.log10(np.mean(before.astype(float) ** 2) / noise) > 29


def test_a_frame_without_words_stays_as_it_was():
    assert marks.write(FRAMES[0], "") == FRAMES[0]


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="does not fit"):
        marks.write(FRAMES[0], "fourteen bytes")
    with pytest.raises(ValueError, match="does not fit"):
        marks.write(b"\xff" * 159, "short")
