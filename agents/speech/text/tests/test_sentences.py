"""Streamed text is cut into sentences that a voice can begin with."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.speech.text import sentences
from agents.speech.text.sentences import (
    EARLY_CLAUSE,
    LONG_RUN,
    LONGEST_DAY,
    LONGEST_PIECE,
    SentenceChunker,
)

# Pieces that meet each other in every order: marks, spaces, abbreviations, digits, scripts.
PIECES = st.sampled_from(
    (
        "Hello", "we", "Dr", "am ", "Mai", "e.g", "a.m", "p.m", "U.S", "J", "No",
        "Monday", "3", "12", "5",
        " ", "  ", ".", "!", "?", "...", ",", ";", " - ", "—", "\n", '"', ")", "(", "。", "？",
        "你好", "।", "x.com", "appointment ", "in the morning ", "and then ",
    )
)  # fmt: skip
TEXTS = st.lists(PIECES, max_size=60).map("".join)


def cut(text: str, sizes: list[int] | None = None, language: str = "en") -> list[str]:
    chunker, pieces, start = SentenceChunker(language=language), [], 0
    for size in sizes or []:
        pieces += chunker.push(text[start : start + size])
        start += size
    return pieces + chunker.push(text[start:]) + chunker.flush()


@given(TEXTS, st.lists(st.integers(0, 7), max_size=80), st.sampled_from(("en", "de-AT")))
def test_the_cuts_do_not_depend_on_how_the_model_streams(text, sizes, language):
    whole = cut(text, language=language)
    assert cut(text, sizes, language) == cut(text, [1] * len(text), language) == whole


@pytest.mark.parametrize(
    "text",
    [
        "Das macht die Fa. Müller für Sie.",
        "Wir haben tägl. 9-18 Uhr offen.",
        "Schreiben Sie z.Hd. Frau Müller.",
        "Es gibt jährl. Kosten dafür.",
    ],
)
def test_short_words_of_german_end_no_sentence(text):
    assert cut(text, language="de") == [text]


@given(TEXTS | st.text(max_size=200))
def test_the_pieces_together_are_the_text(text):
    pieces = cut(text)
    assert "".join(pieces) == text
    assert "" not in pieces


@pytest.mark.parametrize(
    "text",
    [
        "Dr. Smith will see you now.",
        "The service is 3.5 hours long and costs $12.50 in all.",
        "Bring something, e.g. your passport.",
        "We ship to the U.S. and to Canada.",
        "We are open 9 a.m. to 5 p.m. on all days.",
        "We open at 9 a.m. Monday to Friday.",
        "Ask for J. K. Miller at the desk.",
        "Write to info@bright-smile.com or see www.smile.com.",
        "Come to room no. 5 on Jan. 3rd, please.",
        "Well... that depends.",
        "1. First of all.",
    ],
)
def test_one_sentence_stays_one_piece(text):
    assert cut(text) == [text]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("Yes. We are open.", ["Yes. ", "We are open."]),
        ("Really? Yes! good.", ["Really? ", "Yes! ", "good."]),
        ("No. We are closed.", ["No. ", "We are closed."]),
        ("We close at 5 p.m. Come early.", ["We close at 5 p.m. ", "Come early."]),
        ('He said "yes." Then he left.', ['He said "yes." ', "Then he left."]),
        ("First line\nSecond line", ["First line\n", "Second line"]),
        ("你好。我们九点开门。", ["你好。", "我们九点开门。"]),
        ("You can pay later. then you leave.", ["You can pay later. ", "then you leave."]),
    ],
)
def test_each_sentence_is_a_piece(text, pieces):
    assert cut(text) == cut(text, [1] * len(text)) == sentences.sentences(text) == pieces


@pytest.mark.parametrize(
    ("language", "pieces"),
    [
        ("de", ["Wir haben am 24. Dezember zu. ", "Ab 2. Januar sind wir da."]),
        ("de-AT", ["Das ist im 3. Stock, Zimmer Nr. 12, ca. 5 Min. zu Fuß."]),
        ("de", ["Das kostet 1.234,50 € bzw. 5 EUR inkl. MwSt. und zzgl. Versand."]),
        ("de", ["Die Adresse ist Bahnhofstr. 5. ", "Am 1. Mai ist zu."]),
        ("de", ["Zimmer 12. ", "Bitte klopfen."]),
        ("de", ["Mo. bis Fr. von 9 bis 17 Uhr. ", "Wir sind z. B. hier."]),
        ("de", ["Der 3. Patient ist da. ", "24. Dezember."]),
        ("de", ["Das war im Jahr 2024. ", "Danach kam mehr."]),
        ("de", ["Es sind 1250. und mehr."]),
        ("de", ["Der Code ist 24. ", "12 ist die Zahl."]),
        ("en", ["We are on Hwy. 5. ", "Take exit 12."]),
        ("en", ["It's Rm. 4. ", "We seat max. 10. ", "Please book."]),
        ("en", ["How many? ", "12. That is the limit."]),
        ("fr", ["Mme. Dupont est là. ", "C'est au 5 av. Foch. ", "Merci."]),
        ("es", ["La Sra. García está aquí. ", "Es la Avda. Mayor 5."]),
        ("nl", ["Dhr. Jansen is er, bijv. om 5 uur. ", "Tot dan."]),
        ("pl", ["To jest ul. Długa 5. ", "Otwarte 2. maja od godz. 9."]),
        ("da", ["Vi har lukket den 24. december. ", "Farvel."]),
        ("hi", ["हम खुले हैं। ", "नमस्ते।"]),
        ("ar", ["هل أنت هنا؟ ", "نعم."]),
        ("zh", ["我们九点开门。", "再见！"]),
    ],
)
def test_a_stop_ends_what_it_ends_in_the_agents_language(language, pieces):
    text = "".join(pieces)
    assert cut(text, language=language) == cut(text, [1] * len(text), language) == pieces


@pytest.mark.parametrize("text", ["Goodbye! :)", "Yes. ...", "Yes. —\n**", "Bye! ( ! )"])
def test_what_has_no_word_stays_with_the_words_before_it(text):
    assert cut(text) == [text]


@pytest.mark.parametrize(
    ("written", "spoken", "rest"),
    [
        ("We are open from ni", "We are open from ", "ni"),
        ("We are open. ", "We are open. ", ""),
        ("It is 4 1 5, 5 5", "It is ", "4 1 5, 5 5"),
        ("4 1 5", "", "4 1 5"),
        ("- (", "", "- ("),
        ("Yes", "", "Yes"),
    ],
)
def test_of_a_stream_that_dribbles_whole_words_are_due(written, spoken, rest):
    chunker = SentenceChunker()
    assert "".join(chunker.push(written) + chunker.due()) == spoken
    assert "".join(chunker.flush()) == rest


def test_the_first_piece_leaves_at_the_first_long_clause():
    chunker = SentenceChunker()
    clause = "Thank you very much for calling us this morning, "
    assert len(clause) > EARLY_CLAUSE
    assert chunker.push(clause + "and let") == [clause]
    # From then on whole sentences: a voice sounds better with them.
    assert chunker.push(" me look that up for you in our book, please. N") == [
        "and let me look that up for you in our book, please. "
    ]


def test_a_short_clause_is_no_piece():
    assert cut("Well, let me see.") == ["Well, let me see."]


def test_a_number_is_not_cut_between_its_groups():
    text = "The number that you gave me was five five, 4 1 5, 5 5 5, 0 1 4 2, I think."
    assert all("4 1 5, 5 5 5, 0 1 4 2" in piece for piece in cut(text) if "4" in piece)


def test_a_sentence_without_end_is_cut_at_last():
    pieces = cut("and so on " * 200)
    assert max(map(len, pieces)) <= LONG_RUN + len("and so on ")


def test_a_piece_waits_only_for_the_next_visible_character():
    chunker = SentenceChunker()
    assert chunker.push("We are open. ") == []
    assert chunker.push("D") == ["We are open. "]


def test_whole_sentences_on_request():
    chunker = SentenceChunker(early=False)
    text = "Thank you very much for calling us this morning, and goodbye. A"
    assert chunker.push(text) == [text[:-1]]


@pytest.mark.parametrize("unit", ["1 ", "[ ", "- ", "( ", "+1 ", "1-", "[", "x", "\n1", "Dr. "])
def test_a_text_without_sentences_takes_no_longer_than_one_with(unit, monkeypatch):
    looked_at = 0
    candidates = sentences._CANDIDATE

    class Counted:
        def finditer(self, *arguments):
            nonlocal looked_at
            for found in candidates.finditer(*arguments):
                looked_at += 1
                yield found

    monkeypatch.setattr(sentences, "_CANDIDATE", Counted())
    text = unit * (8_000 // len(unit))
    pieces = cut(text, [len(unit)] * (8_000 // len(unit)))
    assert "".join(pieces) == text
    assert max(map(len, pieces)) <= LONGEST_PIECE + LONGEST_DAY
    assert looked_at <= len(text) * LONG_RUN


@settings(max_examples=15)
@given(TEXTS, st.integers(0, 30), st.lists(st.integers(0, 300), max_size=30))
def test_the_longest_piece_does_not_depend_on_how_the_model_streams_either(text, at, sizes):
    text = text[:at] + "x" * (LONGEST_PIECE - 20) + text + "9 a.m. " + text
    assert cut(text, sizes) == cut(text, [1] * len(text)) == cut(text)
