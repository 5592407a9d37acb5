"""The one writer of CSV files: a spreadsheet that opens one runs what looks like a formula.

A file is the same whichever separator the program that opens it takes (`,`, `;` or a tab): every
field is quoted, only commas separate fields, and no field holds a line break, a tab or a
semicolon. So every cell begins where a field begins, and no field begins like a formula. The byte
order mark makes a spreadsheet read UTF-8.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Sequence
from decimal import Decimal
from itertools import takewhile
from typing import Final

# A text is disarmed where it begins like a formula; a number is written as it is.
Field = str | int | Decimal

CONTENT_TYPE: Final = "text/csv; charset=utf-8"
_BYTE_ORDER_MARK: Final = "\ufeff"
# See https://owasp.org/www-community/attacks/CSV_Injection; full-width and other forms of these
# are found by their compatibility decomposition. U+2212 is the minus sign, which has none.
_STARTS_A_FORMULA: Final = frozenset("=+-@|%\u2212")
# Letters to Unicode, and yet nothing is seen of them: the fillers of Hangul.
_UNSEEN_LETTERS: Final = frozenset("\u115f\u1160\u3164\uffa0")
# Of a telephone number in full (E.164) a spreadsheet makes at most a number.
_TELEPHONE_NUMBER: Final = re.compile(r"\+[0-9]{1,15}")
# Controls, line and paragraph separators, and halves of characters, which UTF-8 cannot hold.
_NOT_IN_A_FIELD: Final = frozenset({"Cc", "Zl", "Zp", "Cs"})


def csv_head(columns: Sequence[str]) -> str:
    """The beginning of a file: the byte order mark and a line with the names of its columns."""
    return _BYTE_ORDER_MARK + csv_line(columns)


def csv_line(fields: Sequence[Field]) -> str:
    """One line with its end. A text that begins like a formula gets an apostrophe before it.

    Line breaks, tabs and other controls in a text become blanks, semicolons commas. A telephone
    number in full stays as it is, except in the first column: read with another separator the
    whole line would be one cell, which begins with it.
    """
    line = io.StringIO()
    cells = [_cell(field, is_first=position == 0) for position, field in enumerate(fields)]
    csv.writer(line, quoting=csv.QUOTE_ALL).writerow(cells)
    return line.getvalue()


def _cell(field: Field, *, is_first: bool) -> str:
    if isinstance(field, str):
        text = _one_cell(field)
        is_safe = _TELEPHONE_NUMBER.fullmatch(text) is not None
    else:
        text = f"{field:f}" if isinstance(field, Decimal) else str(int(field))
        is_safe = True
    if is_safe and not is_first:
        return text
    return f"'{text}" if _begins_like_a_formula(text) else text


def _one_cell(text: str) -> str:
    """`text` without what could end a cell or a line."""
    return "".join(
        "," if char == ";" else " " if unicodedata.category(char) in _NOT_IN_A_FIELD else char
        for char in text
    )


def _begins_like_a_formula(text: str) -> bool:
    """Whether what precedes the first letter or digit could begin a formula."""
    return any(
        not _STARTS_A_FORMULA.isdisjoint(unicodedata.normalize("NFKC", char))
        for char in takewhile(_is_passed_over, text)
    )


def _is_passed_over(char: str) -> bool:
    return not char.isalnum() or char in _UNSEEN_LETTERS
