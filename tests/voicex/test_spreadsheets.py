"""CSV files: no cell of any begins like a formula, whichever separator a program takes."""

import ast
import csv
import io
import re
import unicodedata
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicex.spreadsheets import csv_head, csv_line

ROOT = Path(__file__).parents[2]
SEPARATORS = ",;\t"
# What spreadsheets pass over, or take for the beginning of a formula, in many spellings.
BEGINNINGS = (
    *"=+-@|%\t\r\n\v\f\0 \"',;:.!(",
    *"＝＋－＠﹢﹣⁺₋−｜％",
    *"\u00a0\u200b\u200d\u2060\u3000\ufeff\u202e\u0085\u2028\u2029\u00ad\u3164\u115f",
)
HOSTILE = st.lists(
    st.sampled_from([*BEGINNINGS, "=1+1", "cmd", "0", "é", '=HYPERLINK("http://x")']), max_size=8
).map("".join)
TEXTS = HOSTILE | st.text(max_size=12) | st.from_regex(r"\+\d{1,16}", fullmatch=True)
NUMBERS = st.integers(-(10**9), 10**9) | st.decimals(
    allow_nan=False, allow_infinity=False, places=6, min_value=-1000, max_value=1000
)


@given(st.lists(st.lists(TEXTS | NUMBERS, min_size=1, max_size=4), min_size=1, max_size=3))
def test_no_cell_begins_like_a_formula_whichever_separator_is_taken(rows):
    # The first column names the row, as in every file that we write.
    file = csv_head(["row"]) + "".join(
        csv_line([f"r{each}", *row]) for each, row in enumerate(rows)
    )
    for separator in SEPARATORS:
        cells = cells_of(file, separator)
        assert len(cells) == len(rows) + 1
        for cell in (cell for row in cells for cell in row):
            assert not is_run(cell), (separator, cell)


@given(HOSTILE)
def test_the_first_column_is_disarmed_too(text):
    for separator in SEPARATORS:
        assert not is_run(cells_of(csv_line([text, "x"]), separator)[0][0])


@given(st.lists(TEXTS | NUMBERS, min_size=1, max_size=6))
def test_every_field_is_one_cell_between_quotes(fields):
    line = csv_line(["row", *fields])
    assert len(cells_of(line, ",")[0]) == len(fields) + 1
    assert line.startswith('"row","')
    assert line.endswith('"\r\n')
    assert not set(line[:-2]) & set(";\t\r\n\v\f\0")
    line.encode()


@pytest.mark.parametrize(
    "text",
    [
        "Ann",
        "Zahnarzt Müller, Köln",
        'the "one"',
        "3 % of 5",
        "歯科",
        "a=b",
        "1-2",
        "#7",
        "(ok)",
        "",
    ],
)
def test_ordinary_text_is_read_back_as_it_was(text):
    assert cells_of(csv_line(["row", text]), ",") == [["row", text]]


@pytest.mark.parametrize(
    ("field", "cell"),
    [
        ("+14155550132", "+14155550132"),
        ("+1415555013212345", "'+1415555013212345"),  # longer than any number
        ("+1415-555", "'+1415-555"),
        ("+１４１５", "'+１４１５"),
        ("sip:ann@example.com", "sip:ann@example.com"),
        ("-0.5", "'-0.5"),  # a text is none, whatever it looks like
        (Decimal("-0.5"), "-0.5"),
        (Decimal("0.000001"), "0.000001"),
        (Decimal("1E+6"), "1000000"),
        (-12, "-12"),
        ("one;\ttwo\r\nthree", "one, two  three"),
        ("0;=1+1;", "0,=1+1,"),
    ],
)
def test_numbers_and_telephone_numbers_stay_and_separators_do_not(field, cell):
    assert cells_of(csv_line(["row", field]), ",") == [["row", cell]]


def test_a_file_says_that_it_is_utf_8():
    assert csv_head(["who"]).encode().startswith(b"\xef\xbb\xbf")


def test_no_other_module_writes_csv():
    writers = {
        str(path.relative_to(ROOT))
        for room in ("voicex", "accounts", "agents", "usage", "telephony", "dashboard")
        for path in (ROOT / room).rglob("*.py")
        if "tests" not in path.parts and (writes_csv(path) or "text/csv" in path.read_text())
    }
    # The page for imports names the type of the files that it takes.
    assert writers - {"dashboard/facts/importing.py"} == {"voicex/spreadsheets.py"}


def writes_csv(path: Path) -> bool:
    """Whether a module takes more of `csv` than what reads."""
    source = path.read_text()
    if "csv" not in source:  # parsing every file takes a second
        return False
    nodes = list(ast.walk(ast.parse(source)))
    is_imported = any(
        isinstance(node, ast.Import) and any(each.name == "csv" for each in node.names)
        for node in nodes
    )
    used = {
        node.attr
        for node in nodes
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "csv"
    }
    takes_names = any(isinstance(node, ast.ImportFrom) and node.module == "csv" for node in nodes)
    return takes_names or (is_imported and not used <= {"reader", "Error"})


def cells_of(file: str, separator: str) -> list[list[str]]:
    return list(
        csv.reader(io.StringIO(file.removeprefix("\ufeff"), newline=""), delimiter=separator)
    )


def is_run(cell: str) -> bool:
    """Whether a spreadsheet might run `cell`: decided in another way than the writer does."""
    if re.fullmatch(r"\+[0-9]{1,15}|-?[0-9]+(\.[0-9]+)?", cell):
        return False
    if cell.startswith("'"):
        return False
    before_the_first_letter = re.match(r"(?:\W|[_\u115f\u1160\u3164\uffa0])*", cell)
    assert before_the_first_letter is not None
    seen = unicodedata.normalize("NFKC", before_the_first_letter[0])
    return bool(re.search(r"[-=+@|%−]", seen))
