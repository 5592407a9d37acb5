"""Writes CSV files that are safe to open in a spreadsheet, which would run cells like formulas.

Programs may split a file at `,`, `;` or tabs. So every field is quoted, and none contains a line
break, a tab or a semicolon: every cell then begins where a field begins, and no field begins like a
formula. The byte order mark makes a spreadsheet read UTF-8.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Sequence
from decimal import Decimal
from itertools import takewhile
from typing import Final

# A text that begins like a formula is escaped; numbers are written as they are.
Field = str | int | Decimal

CONTENT_TYPE: Final = "text/csv; charset=utf-8"
_BYTE_ORDER_MARK: Final = "\ufeff"
# See https://owasp.org/www-community/attacks/CSV_Injection; full-width and other forms of these
# are found by their compatibility decomposition. U+2212 is the minus sign, which has none.
_STARTS_A_FORMULA: Final = frozenset("=+-@|%\u2212")
# The Hangul fillers: letters in Unicode, but invisible.
_UNSEEN_LETTERS: Final = frozenset("\u115f\u1160\u3164\uffa0")
# A telephone number in E.164 form is harmless: a spreadsheet reads it as a number at most.
_TELEPHONE_NUMBER: Final = re.compile(r"\+[0-9]{1,15}")
# Controls, line and paragraph separators, and surrogates, which UTF-8 cannot encode.
_NOT_IN_A_FIELD: Final = frozenset({"Cc", "Zl", "Zp", "Cs"})


def csv_head(columns: Sequence[str]) -> str:
    """The beginning of a file: the byte order mark and a line with the names of its columns."""
    return _BYTE_ORDER_MARK + csv_line(columns)


def csv_line(fields: Sequence[Field]) -> str:
    """One line with its end. A text that begins like a formula gets an apostrophe before it.

    Line breaks, tabs and other controls become blanks, semicolons commas. A telephone number in
    E.164 form stays as it is, except in the first column: with another separator the whole line
    would be one cell, which begins with that number.
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
    """`text` without characters that could end a cell or a line."""
    return "".join(
        "," if char == ";" else " " if unicodedata.category(char) in _NOT_IN_A_FIELD else char
        for char in text
    )


def _begins_like_a_formula(text: str) -> bool:
    """Whether `text` could be a formula, by the characters before its first letter or digit."""
    return any(
        not _STARTS_A_FORMULA.isdisjoint(unicodedata.normalize("NFKC", char))
        for char in takewhile(_is_passed_over, text)
    )


def _is_passed_over(char: str) -> bool:
    return not char.isalnum() or char in _UNSEEN_LETTERS
