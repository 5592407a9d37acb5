"""Words over the agent's voice: which claim the floor, and which only say that one listens."""

import pytest

from agents.speech.interruption.acknowledgements import (
    Words,
    is_hard_stop,
    kind_of,
    share_said,
    tokens,
)

LISTENING = {
    "en": """Mm-hmm. | mm hmm | Mhm | Mmm | Hmm. | Uh-huh. | uh huh | Yeah. | Yes. | Yep
    | Yes, yes. | Okay. | OK | O.K. | okaaay | Right. | All right. | Alright | Sure. | I see.
    | Got it. | Oh. | Oh, okay. | Oh really? | Wow. | Exactly. | Of course. | That's right.
    | Sounds good. | Great. | Thank you. | Thanks. | Yeah, right. | Mm-hmm, okay. | Um, yeah.
    | Perfect. | Aha. | I understand. | Ah. | Makes sense. | Uhum. | Hm-hm | Sure thing.
    | That's nice. | Oh, that's perfect. | Sounds great. | Fair point. | Brilliant. | Okay then.
    | Good to know. | Yeah, you're right. | Interesting. | Thank you so much. | Mkay
    | All good.""",
    "de": """Ja. | Jaja | Genau. | Mhm. | Mm-hm | Hm. | Okay. | Aha. | Ach so. | Achso.
    | Alles klar. | Gut. | Sehr gut. | Stimmt. | Richtig. | Verstehe. | Ich verstehe.
    | In Ordnung. | Super. | Prima. | Ja, genau. | Ja gut | Natürlich. | Klar. | Jawohl.
    | Danke. | Vielen Dank. | Äh, ja. | Ah ja. | Hmhm. | Klasse. | Jep | Interessant.
    | Ja, das ist schön. | Sehr schön. | Ganz genau. | Kein Problem. | Alles verstanden. | Hab ich.
    | Ach so ist das. | Da haben Sie recht. | Auf jeden Fall. | Na ja gut. | Ah, tatsächlich.
    | Das klingt gut. | So ist es. | Geht klar.""",
    "fr": "Oui. | D'accord. | Ah bon ? | Très bien. | C'est ça. | Mm-hmm. | C'est noté.",
    "es": "Sí. | Vale. | Claro. | De acuerdo. | Ajá. | Ya veo. | Está bien. | Claro que sí.",
    "it": "Sì. | Va bene. | Esatto. | Ho capito. | Certo. | Ah, ecco. | Benissimo.",
    "nl": "Ja. | Precies. | Oké. | Ik begrijp het. | Dat klopt. | Is goed.",
    "pt": "Sim. | Tudo bem. | Pois é. | Entendi. | Aham. | Tá bom. | Com certeza.",
    "tr": "Okay. | Mm-hmm. | Yes.",  # without a list of its own
}
FILLERS = """Um. | Uh | Er | Erm... | Äh | Ähm. | Öh | Haha. | Hahaha! | Hehe | [cough]
    | (laughs) | *sneezes* | Um, uh | Ahem | Euh | Uhm | Ha! | Phew. | Ugh | Puh. | Tja"""
CLAIMS = {
    "en": """Stop. | Wait. | Wait, wait. | Hold on. | No. | No, that's wrong. | Yes, but when?
    | Okay, stop. | Hello? | Excuse me. | Sorry, what? | What time? | I want to book.
    | And on Sundays? | Hang on a second. | Mm-hmm, and what does it cost?
    | Can I ask something | Right, so my question is | Five | Tuesday | Yeah no
    | Thanks, goodbye. | I know what you mean but | Hi | Oh no | I know, but | That's not fine.
    | You're wrong. | Sounds expensive. | Thank you, stop. | I know. | Yeah, I know.
    | Okay, I get it.""",
    "de": """Stopp. | Halt. | Moment. | Moment mal. | Warten Sie. | Nein.
    | Nein, das stimmt nicht. | Ja, aber | Doch. | Entschuldigung. | Wie bitte?
    | Was kostet das? | Hallo? | Ich möchte einen Termin. | Fünf | Genau, und am Sonntag?
    | Okay, Moment. | Er kommt morgen | Kein Interesse. | Das ist falsch. | Hab ich schon gesagt.
    | Ich weiß es nicht. | Geht das auch am Montag? | Auf keinen Fall.
    | Ich weiß. | Ja, weiß ich.""",
    "fr": "Attendez. | Non. | Oui mais combien ? | C'est bon. | Oui, c'est bon.",
    "es": "Espere. | No. | Sí, pero cuándo",
}


def split(texts):
    return [text.strip() for text in texts.split("|")]


def cases(by_language):
    return [(tag, text) for tag, texts in by_language.items() for text in split(texts)]


@pytest.mark.parametrize(("language", "text"), cases(LISTENING))
def test_an_acknowledgement_claims_nothing(language, text):
    assert kind_of(text, language) is Words.ACKNOWLEDGEMENT
    assert kind_of(text, f"{language}-XX", is_partial=True) is Words.ACKNOWLEDGEMENT
    assert kind_of(text.lower().strip("."), language) is Words.ACKNOWLEDGEMENT


@pytest.mark.parametrize("text", split(FILLERS))
@pytest.mark.parametrize("language", ["en", "de"])
def test_a_filler_or_a_sound_in_brackets_claims_nothing(language, text):
    assert kind_of(text, language) in (Words.FILLER, Words.NONE)


@pytest.mark.parametrize(("language", "text"), cases(CLAIMS))
def test_all_other_words_claim_the_floor(language, text):
    assert kind_of(text, language) is Words.CLAIM


@pytest.mark.parametrize("text", ["", " ", "...", "♪", "[noise]", "?!"])
def test_what_has_no_words_is_none(text):
    assert kind_of(text, "en") is Words.NONE


@pytest.mark.parametrize(("language", "text"), cases({tag: LISTENING[tag] for tag in ("en", "de")}))
def test_no_beginning_of_an_acknowledgement_claims_the_floor(language, text):
    words = text.lower().strip(".!?")
    for end in range(1, len(words)):
        assert kind_of(words[:end], language, is_partial=True) is not Words.CLAIM, words[:end]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "sto"),
        ("en", "wait"),
        ("en", "i wan"),
        ("en", "what"),
        ("de", "mom"),
        ("de", "ich mö"),
    ],
)
def test_a_beginning_of_other_words_claims_it_before_they_are_said(language, text):
    assert kind_of(text, language, is_partial=True) is Words.CLAIM


@pytest.mark.parametrize(
    ("language", "text", "stops"),
    [
        ("en", "Stop.", True),
        ("en", "okay wait", True),
        ("de", "Moment mal", True),
        ("de", "stop", True),
        ("en", "when do you open", False),
        ("de", "wann öffnen Sie", False),
    ],
)
def test_hard_stops_are_known_among_other_words(language, text, stops):
    assert is_hard_stop(text, language) is stops


def test_the_first_word_of_no_problem_stops_and_the_whole_does_not():
    assert kind_of("no", "en", is_partial=True) is Words.CLAIM
    assert kind_of("No problem.", "en") is Words.ACKNOWLEDGEMENT


def test_words_that_the_agent_said_are_found_among_its_own():
    assert share_said("we open at night", "We open at nine, every day.") == 0.75
    assert share_said("", "We open.") == 0.0
    assert share_said("stop", "We open.") == 0.0


def test_tokens_are_bare_words():
    assert tokens("Uh-huh, OKAAAY… (laughs) that's it!") == ["uhhuh", "okay", "that", "s", "it"]
