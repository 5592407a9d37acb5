"""A sentence is read from any WAV, squeezed as a telephone does, and its two texts are compared."""

import io
import wave

import numpy as np
import pytest

from usage.hearing.sound import MAX_BYTES, NotWav, TooLong, TooNarrow, sentence_in
from usage.hearing.words import MAX_WORDS, side_by_side


def wav(seconds: float, *, rate: int = 16_000, hz: float = 1_000.0) -> bytes:
    file = io.BytesIO()
    tone = 9_000 * np.sin(2 * np.pi * hz * np.arange(int(seconds * rate)) / rate)
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(rate)
        writer.writeframes(tone.astype("<i2").tobytes())
    return file.getvalue()


@pytest.mark.quick
def test_what_a_browser_sends_is_taken_as_it_is_and_lasts_as_long_as_on_the_phone():
    sent = wav(1.5)
    sentence = sentence_in(sent)
    assert sentence.wide == sent[44:]
    assert sentence.milliseconds == 1_500
    assert len(sentence.narrow) == 1_500 * 8


def test_another_rate_is_made_16_khz():
    sentence = sentence_in(wav(1.0, rate=48_000, hz=5_000))
    spectrum = np.abs(np.fft.rfft(np.frombuffer(sentence.wide, dtype="<i2")))
    assert sentence.milliseconds == 1_000
    assert np.argmax(spectrum) == pytest.approx(5_000, abs=5)


@pytest.mark.parametrize(
    ("content", "refused"),
    [
        (b"", NotWav),
        (b"ID3 no WAV at all", NotWav),
        (wav(0), NotWav),
        (wav(1, rate=8_000), TooNarrow),
        (wav(10.1), TooLong),
        (bytes(MAX_BYTES + 1), TooLong),
    ],
)
def test_what_is_no_sentence_is_refused(content, refused):
    with pytest.raises(refused):
        sentence_in(content)


@pytest.mark.quick
def test_words_that_the_other_side_lacks_are_marked_and_signs_are_not():
    wide, narrow = side_by_side("My name is Fisk.", "my name is fist, please")
    assert [word.text for word in wide if word.differs] == ["Fisk."]
    assert [word.text for word in narrow if word.differs] == ["fist,", "please"]
    assert side_by_side("Nine o'clock.", "nine oclock")[0] == [("Nine", False), ("o'clock.", False)]
    assert side_by_side("", "Hello") == ([], [("Hello", True)])
    assert len(side_by_side("a " * 9_999, "")[0]) == MAX_WORDS
