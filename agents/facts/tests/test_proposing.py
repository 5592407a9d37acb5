"""Facts that are proposed from a text, a table or a page."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.facts import pages
from agents.facts.pages import MOST_OF_A_LINE
from agents.facts.proposing import (
    ANSWER,
    MOST,
    TOPIC,
    of_page,
    of_table,
    of_text,
    propose,
)

TEXT = """\
Harbour Dental is in the old harbour.

Opening hours: Monday to Friday, nine to five.
Q: Is there parking?
A: Yes, behind the house.
It is free.

Do you take new patients?
We do, from the age of six.

# Prices
A check-up costs 80 dollars.

A cleaning costs 95 dollars.
"""
PAGE = """<html><head><title>Harbour</title><style>p {}</style></head><body>
<nav><a href="/">Home</a></nav><script>var a = "<p>no</p>";</script>
<h2>Opening <em>hours</em></h2><p>Monday to Friday,<br>nine &amp; five.</p>
<table><tr><th>Check-up</th><td>80 dollars</td></tr></table>
<dl><dt>Parking</dt><dd>Behind the house.</dd></dl>
<footer><p>12 Harbour Street</p></footer></body></html>"""


def test_a_text_gives_questions_headings_and_topics():
    assert of_text(TEXT) == [
        ("", "Harbour Dental is in the old harbour."),
        ("Opening hours", "Monday to Friday, nine to five."),
        ("Is there parking?", "Yes, behind the house. It is free."),
        ("Do you take new patients?", "We do, from the age of six."),
        ("Prices", "A check-up costs 80 dollars. A cleaning costs 95 dollars."),
    ]


PLAIN = """\
Harbour Dental

Opening hours
Mon-Fri 9:00-17:00
Sat 9:00-12:00

Where to find us

We are at 5 Main Street.
You cannot miss it

Harbour Dental treats
children from the age of six.
"""


def test_a_short_line_above_text_is_its_heading():
    assert of_text(PLAIN) == [
        ("Opening hours", "Mon-Fri 9:00-17:00 Sat 9:00-12:00"),
        (
            "Where to find us",
            "We are at 5 Main Street. You cannot miss it Harbour Dental treats children from the "
            "age of six.",
        ),
    ]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_table_gives_its_first_two_columns(separator):
    rows = [("Question", "Answer"), ("Parking", '"Behind, the house; free"'), ("", "x"), ("y", "")]
    text = "\n".join(separator.join(row) for row in rows)
    assert of_table(text) == [("Parking", "Behind, the house; free")]


EXCEL = """\
Frage;Antwort\r
Haben Sie auch samstags, sonntags offen?;Samstags ja, sonntags nein.\r
Wo sind Sie?;"Hauptstraße 1\r
1010 Wien"\r
"Was kostet ""Impfen""?";35 Euro; alles inklusive\r
"""
HOURS_ROWS = [
    ("Haben Sie auch samstags, sonntags offen?", "Samstags ja, sonntags nein."),
    ("Wo sind Sie?", "Hauptstraße 1 1010 Wien"),
    ('Was kostet "Impfen"?', "35 Euro"),
]


@pytest.mark.parametrize("note", ["", "sep=;\r\n", "\r\n"])
def test_a_table_is_read_as_excel_saves_it(note):
    assert of_table(note + EXCEL) == HOURS_ROWS
    tabs = EXCEL.replace(";", "\t").replace("\r\n", "\r")
    assert of_table(tabs) == HOURS_ROWS


def test_excels_note_of_a_tab_is_none_of_the_rows():
    rows = "Open?\tNine; five\tyes\nPaying?\tCard; cash\tno\n"
    found = [("Open?", "Nine; five"), ("Paying?", "Card; cash")]
    for note in ("sep=\t\r\n", "\ufeffSEP=\t\n"):
        assert of_table(note + rows) == found


def test_quoted_sentences_do_not_hide_what_separates_cells():
    text = '"Open?","Mon; Tue"\n"Parking?","Behind; free"\n'
    assert of_table(text) == [("Open?", "Mon; Tue"), ("Parking?", "Behind; free")]


def test_a_page_gives_what_is_under_its_headings_and_in_its_tables():
    assert of_page(PAGE) == [
        ("Opening hours", "Monday to Friday, nine & five."),
        ("Check-up", "80 dollars"),
        ("Parking", "Behind the house."),
        ("", "12 Harbour Street"),
    ]


def test_a_gap_is_none_that_somebody_else_wrote():
    assert of_text("Hours: We open [[soon]].") == [("Hours", "We open [soon].")]


def test_proposals_are_few_and_short():
    many = "\n".join(f"T{number}: text" for number in range(5 * MOST))
    assert len(of_text(many)) == MOST
    assert len(of_table(many.replace(": ", ","))) == MOST
    [(topic, answer)] = of_text(f"# {'word ' * 200}\n{'word ' * 900}")
    assert len(topic) <= TOPIC
    assert len(answer) <= ANSWER


def test_of_separators_that_fit_alike_the_one_that_comes_first_counts():
    commas = "Open?,Mon; Tue\nParking?,Behind; free\n"
    assert of_table(commas) == [("Open?", "Mon; Tue"), ("Parking?", "Behind; free")]
    semicolons = "Open?;Mon, Tue\nParking?;Behind, free\n"
    assert of_table(semicolons) == [("Open?", "Mon, Tue"), ("Parking?", "Behind, free")]


@given(st.text(st.sampled_from("aQ:?#\n \t,;\"<>/p[]-&"), max_size=300), st.sampled_from(
    ["text", "table", "page"]
))  # fmt: skip
def test_anything_can_be_read(text, kind):
    for topic, answer in propose({"kind": kind, "text": text}, lambda name: None):
        assert answer.strip()
        assert ": " not in topic
        assert "\n" not in topic + answer


def test_a_row_of_very_many_cells_is_cut_into_lines():
    # Each cell was added to one line, which was copied each time.
    page = pages._Page()
    page.feed("<p>x" + "<td>" * 20_000)
    assert max(map(len, page.text().splitlines())) < 2 * MOST_OF_A_LINE
