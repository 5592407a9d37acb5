"""Every language has every sentence; a language without a file is English."""

import pytest

from telephony.spoken.carrier import CarrierSentence, decline, farewell
from telephony.spoken.languages import BY_LANGUAGE, ENGLISH, GERMAN, phrases_for
from voicex.errors import Declined
from voicex.reasons.attempts import AttemptReason, Outcome
from voicex.reasons.ends import EndReason, LastWords

DECLINES = [reason for reason in AttemptReason if reason.outcome is Outcome.DECLINED]


@pytest.mark.parametrize("phrases", BY_LANGUAGE.values(), ids=BY_LANGUAGE)
def test_a_language_has_every_sentence(phrases):
    assert len(phrases.all()) == len(set(phrases.all())) == len(ENGLISH.all())
    assert all([*phrases.all(), phrases.lost, phrases.ended])
    assert set(phrases.declines) == set(DECLINES)
    assert "{why}" in phrases.declines[AttemptReason.SUSPENDED]


@pytest.mark.parametrize("reason", DECLINES)
def test_no_sentence_of_a_decline_is_the_same_in_two_languages(reason):
    said = [decline(Declined(reason, language=language)).text for language in BY_LANGUAGE]
    assert len(set(said)) == len(said)
    assert not [text for text in said if "{" in text]


@pytest.mark.parametrize(
    ("language", "phrases"),
    [("de", GERMAN), ("de-AT", GERMAN), ("DE-ch", GERMAN), ("en-GB", ENGLISH), ("fr", ENGLISH)],
)
def test_a_missing_language_falls_back_to_english(language, phrases):
    assert phrases_for(language) is phrases
    assert decline(Declined(AttemptReason.BUSY, language=language)) == CarrierSentence(
        phrases.declines[AttemptReason.BUSY], phrases.carrier_language
    )


def test_the_reason_of_a_suspension_is_said_in_the_callers_sentence():
    suspended = Declined(AttemptReason.SUSPENDED, language="de", why=" die Rechnung\x0b\nist offen")
    assert decline(suspended).text == (
        "Entschuldigung, diese Nummer nimmt zurzeit keine Anrufe an. "
        "Die Rechnung ist offen. Auf Wiederhören."
    )


@pytest.mark.parametrize("reason", [*EndReason, "", "moon_phase"])
def test_after_every_end_the_caller_has_heard_the_last_word(reason):
    said = farewell(reason, language="de-DE")
    last_words = getattr(reason, "last_words", LastWords.LOST)
    assert (
        said
        == {
            LastWords.SAID: None,
            LastWords.ENDED: CarrierSentence(GERMAN.ended, "de-DE"),
            LastWords.LOST: CarrierSentence(GERMAN.lost, "de-DE"),
        }[last_words]
    )
