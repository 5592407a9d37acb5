"""Words that were not said are no turn; words that were said stay, whatever they are."""

import numpy as np
import pytest

from agents.speech.audio import mulaw
from agents.speech.audio.voice_measure import Measure, loudest, measured
from agents.speech.heard import hallucinations
from agents.speech.heard.hallucinations import believed, judged, without_loop
from agents.speech.heard.transcription import Segment, Transcription
from testing.sound import audio
from testing.sound.speech import recorded_people_or_skip


def tone(milliseconds):
    return audio.in_format("mulaw", milliseconds)[0]


def mu(samples):
    return mulaw.encode(np.clip(samples, -32768, 32767).astype(np.int16))


def noise(milliseconds, level=2000.0, smooth=1):
    loud = np.random.default_rng(3).normal(0, level, milliseconds * 8)
    return np.convolve(loud, np.ones(smooth) / smooth, "same")


LINE_NOISE = mu(noise(400))
BREATH = mu(noise(700, 6000, smooth=6) * np.hanning(5600))
TAP = mu(noise(400, 12_000) * np.exp(-np.arange(3200) / 150))
VOICELESS = {"noise": LINE_NOISE, "breath": BREATH, "tap": TAP, "silence": b"\xff" * 4000}
QUIET = mu(mulaw.decode(tone(900)) * 0.01)
SHORT, LONG = tone(400), tone(2500)

NEVER_SAID = {
    "Thank you for watching!": "en",
    "Thanks for watching.": "de",
    "you": "en",
    "İzlediğiniz için teşekkür ederim.": "tr",
    "Takk for at du så på": "nb",
    "ДИНАМИЧНАЯ МУЗЫКА": "ru",
    "ขอบคุณที่รับชม": "th",
    "Dzięki za obejrzenie!": "pl",
    " You ": "en",
    "Untertitel der Amara.org-Community": "de",
    "Untertitelung des ZDF, 2020": "de",
    "Vielen Dank fürs Zuschauen!": "de",
    "Продолжение следует...": "ru",
    "Субтитры сделал DimaTorzok": "ru",
    "Sous-titres réalisés par la communauté d'Amara.org": "fr",
    "¡Suscríbete al canal!": "es",
    "Sottotitoli creati dalla comunità Amara.org": "it",
    "ご視聴ありがとうございました": "ja",
    "请不吝点赞 订阅 转发": "zh",
    "시청해주셔서 감사합니다": "ko",
    "Please subscribe to my channel.": "en",
}


@pytest.mark.parametrize("text", NEVER_SAID)
@pytest.mark.parametrize("sound", [*VOICELESS.values(), QUIET, SHORT], ids=[*VOICELESS, "q", "s"])
def test_what_recognisers_write_over_noise_is_no_turn(text, sound):
    heard = judged(text, sound, NEVER_SAID[text])
    assert (heard.text, heard.nothing_said) == ("", True)


@pytest.mark.parametrize("text", NEVER_SAID)
def test_clear_long_speech_stays_whatever_it_says(text):
    assert judged(text, LONG, NEVER_SAID[text]).text == text


SAID_TOO = {"Bye.": "en", "Thank you.": "en", "Tschüss!": "de", "Bye!": "de", "Спасибо.": "ru",
            "Merci.": "fr", "धन्यवाद": "hi", "ありがとうございました": "ja"}  # fmt: skip


@pytest.mark.parametrize("text", SAID_TOO)
def test_a_goodbye_in_a_breath_hangs_up_on_nobody_and_one_with_a_voice_does(text):
    for sound in VOICELESS.values():
        assert judged(text, sound, SAID_TOO[text]).text == ""
    assert judged(text, SHORT, SAID_TOO[text]).text == text


@pytest.mark.parametrize("text", ["Yes.", "No", "Ja!", "Twelve", "Thank you, bye, see you Monday"])
def test_a_whispered_answer_is_believed(text):
    assert judged(text, LINE_NOISE, "en").text == text


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("안녕하세요 여러분", "en", ""),
        ("Привет", "de-AT", ""),
        ("Привет", "ru", "Привет"),
        ("你好", "zh-CN", "你好"),
        ("Amazon", "ru", "Amazon"),
        ("Straße 5", "de", "Straße 5"),
        ("Café", "en", "Café"),
    ],
)
def test_a_script_that_the_language_lacks_is_doubtful_over_a_short_sound(text, language, expected):
    assert judged(text, SHORT, language).text == expected
    assert judged(text, LONG, language).text == text


def test_no_words_over_a_voice_are_told_from_nothing_said():
    assert not judged("", LONG, "en").nothing_said
    for sound in (*VOICELESS.values(), QUIET):
        assert judged("", sound, "en").nothing_said


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Thank you. Thank you. Thank you. Thank you. Thank", "Thank you."),
        ("I'm going to go. " * 6, "I'm going to go."),
        ("so so so so so so so so", "so"),
        ("no, no, no", "no, no, no"),
        ("5 5 5 5 5 5 5 5", "5 5 5 5 5 5 5 5"),
        ("5 5 5 0 1 5 5 5 0 1 5 5 5 0 1 5 5 5 0 1", "5 5 5 0 1 5 5 5 0 1 5 5 5 0 1 5 5 5 0 1"),
        ("ハハハハハハハハハハハハ", "ハ"),
        ("My number is 000000000000", "My number is 000000000000"),
        ("I said thank you, thank you, thank you", "I said thank you, thank you, thank you"),
    ],
)
def test_a_loop_is_said_once_and_numbers_are_left_alone(text, expected):
    assert without_loop(text) == expected


def test_a_loop_of_a_phantom_is_no_turn():
    assert judged("Thank you. " * 8, BREATH, "en").text == ""


@pytest.mark.parametrize(
    ("odds", "expected"),
    [
        ({}, "We close at six."),
        ({"no_speech": 0.3, "log_probability": -2.0}, "We close at six."),
        ({"no_speech": 0.7, "log_probability": -0.3}, "We close at six."),
        ({"no_speech": 0.7, "log_probability": -1.2}, ""),
        ({"no_speech": 0.7, "compression": 5.0}, ""),
        ({"no_speech": 0.95, "log_probability": -0.1}, ""),
    ],
)
def test_the_recognisers_own_odds_are_believed(odds, expected):
    segment = Segment("We close at six.", **odds)
    assert believed(Transcription("We close at six.", (segment,))) == expected


def test_a_doubtful_part_alone_is_left_out():
    said = Segment("Hello there.", 0.01, -0.2), Segment("Thanks for watching!", 0.96, -0.5)
    heard = Transcription("Hello there. Thanks for watching!", said)
    assert believed(heard) == "Hello there."


def test_a_part_that_stays_is_as_clean_as_a_whole_text():
    said = Segment("[MUSIC] hello \ud83d", 0.01, -0.2), Segment("Thanks for watching!", 0.96, -0.5)
    assert believed(Transcription("anything", said)) == "hello"


def test_no_part_is_compared_with_the_others():
    """A server may send thirty thousand of them, and all calls would wait."""

    class Incomparable(Segment):
        def __eq__(self, other):
            raise AssertionError("compared")

        __hash__ = None

    parts = Incomparable("One.", 1.0), Incomparable("Two.", 0.1)
    assert believed(Transcription("One. Two.", parts)) == "Two."


def test_recorded_people_have_a_voice_and_are_not_quiet():
    for person in recorded_people_or_skip():
        measure = measured(person.audio())
        assert measure.voiced_ms > hallucinations.VOICED_MS
        assert not measure.is_quiet


@pytest.mark.parametrize("sound", [b"", b"\xff" * 255, b"\xff" * 4_000])
def test_of_no_sound_nothing_is_measured(sound):
    assert measured(sound) == Measure(0, 0, 0.0)
    assert loudest(sound) == 0.0


def test_how_loud_a_voice_is_costs_no_search_for_its_pitch():
    assert loudest(SHORT) == measured(SHORT).loudest > measured(SHORT).loudness > 0
