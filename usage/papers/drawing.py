"""A sheet as a PDF document; runs in a child process (`usage.papers.printing`).

It knows no Django and no settings. The font is Noto Sans, for Latin, Greek and Cyrillic script;
what it cannot write stands there as a question mark in a diamond.
"""

import json
import os
import resource
import sys
import unicodedata
import warnings
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import fontpkg_noto_sans

from usage.papers.sheet import Sheet, Table, sheet_of

with warnings.catch_warnings():
    # Of Pillow, which it would need for pictures: papers have none, and it is not installed.
    warnings.simplefilter("ignore", UserWarning)
    from fpdf import FPDF
    from fpdf.enums import Align, TextMode, XPos, YPos

FONT: Final = fontpkg_noto_sans.ROOT / "files" / "NotoSans[wdth,wght].ttf"
CPU_SECONDS: Final = 10
MEMORY: Final = 1024 * 1024 * 1024
_UNKNOWN: Final = "\ufffd"
_MARGIN: Final = 20.0  # millimetres, as all that follow
_LINE: Final = 5.0
_ROW: Final = 6.0
_NUMBER_WIDTH: Final = 28.0
_INK, _GREY, _RULE = 25, 110, 200  # shades of grey
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp", "Cn", "Co"})


class Paper(FPDF):
    """A4 pages with their number at the foot; `draw` fills them."""

    def __init__(self, sheet: Sheet) -> None:
        super().__init__(format="A4")
        self._sheet = sheet
        self.set_margins(_MARGIN, _MARGIN)
        self.set_auto_page_break(True, margin=_MARGIN)
        self.set_title(sheet.title)
        self.set_lang(sheet.language)
        self.set_producer("Voicex")
        self.set_creation_date(datetime.fromtimestamp(sheet.made_at, UTC))
        self.add_font("text", fname=FONT)
        self._known = frozenset(getattr(self.fonts["text"], "cmap", ()))
        self.add_page()

    def footer(self) -> None:
        """The number of the page, of all pages."""
        self.set_y(-15)
        self._type(8, shade=_GREY)
        self.cell(0, _LINE, f"{self.page_no()} / {{nb}}", align=Align.R)

    def draw(self) -> None:
        """All of the sheet, in its order."""
        sheet = self._sheet
        self._type(9, shade=_GREY)
        for text in sheet.sender:
            self._full_line(text)
        self.ln(8)
        self._beside(sheet.recipient, sheet.facts)
        self.ln(8)
        self._type(18, is_strong=True)
        self.cell(0, 10, self._fitting(sheet.title, self.epw), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        if sheet.is_void:
            width = self.get_string_width(self._fitting(sheet.title, self.epw))
            self.line(_MARGIN, self.y - 4.5, _MARGIN + width, self.y - 4.5)
        for table in sheet.tables:
            self._table(table)
        self._sums(sheet.sums)
        self._type(8.5, shade=_GREY)
        for text in sheet.notes:
            self.ln(2)
            self.multi_cell(
                0, 4.5, self._written(text), align=Align.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT
            )

    def _beside(self, left: Sequence[str], right: Sequence[tuple[str, str]]) -> None:
        """The recipient, and the facts in two columns to the right of it."""
        top, left_width, name_width = self.y, self.epw * 0.45, self.epw * 0.17
        value_width = self.epw - left_width - name_width
        self._type(10.5)
        for text in left:
            fitting = self._fitting(text, left_width)
            self.cell(left_width, _LINE, fitting, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        bottom = self.y
        self.set_y(top)
        for name, value in right:
            self.set_x(_MARGIN + left_width)
            self._type(9, shade=_GREY)
            self.cell(name_width, _LINE, self._fitting(name, name_width))
            self._type(9)
            text = self._fitting(value, value_width)
            self.cell(0, _LINE, text, align=Align.R, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.set_y(max(bottom, self.y))

    def _table(self, table: Table) -> None:
        if self.will_page_break(4 * _ROW):
            self.add_page()
        self.ln(6)
        if table.title:
            self._type(11, is_strong=True)
            self._full_line(table.title)
            self.ln(1)
        self._head(table.head)
        for row in table.rows:
            if self.will_page_break(_ROW):
                self.add_page()
                self._head(table.head)
            self._type(9)
            self._cells(row)
        if table.total:
            self._rule()
            self._type(9, is_strong=True)
            self._cells(table.total)

    def _head(self, head: Sequence[str]) -> None:
        self._type(8.5, shade=_GREY)
        self._cells(head)
        self._rule()

    def _cells(self, row: Sequence[str]) -> None:
        """The first cell takes what the columns of numbers leave."""
        wide = self.epw - _NUMBER_WIDTH * (len(row) - 1)
        for position, text in enumerate(row):
            width = _NUMBER_WIDTH if position else wide
            align = Align.R if position else Align.L
            self.cell(width, _ROW, self._fitting(text, width - 1), align=align)
        self.ln(_ROW)

    def _sums(self, sums: Sequence[tuple[str, str]]) -> None:
        if not sums:
            return
        if self.will_page_break(_ROW * len(sums) + 6):
            self.add_page()
        self.ln(4)
        left = _MARGIN + self.epw / 2
        for number, (name, value) in enumerate(sums, 1):
            is_last = number == len(sums)
            if is_last:
                self._rule(left)
            self._type(11 if is_last else 9.5, is_strong=is_last)
            self.set_x(left)
            self.cell(self.epw / 4, _ROW + 1, self._fitting(name, self.epw / 4))
            text = self._fitting(value, self.epw / 4)
            self.cell(0, _ROW + 1, text, align=Align.R, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(4)

    def _rule(self, left: float = _MARGIN) -> None:
        self.set_draw_color(_RULE)
        self.set_line_width(0.2)
        self.line(left, self.y, self.w - _MARGIN, self.y)

    def _full_line(self, text: str) -> None:
        fitting = self._fitting(text, self.epw)
        self.cell(0, _LINE, fitting, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def _type(self, size: float, *, shade: int = _INK, is_strong: bool = False) -> None:
        """How the text that follows is written; strong is a stroke around each letter."""
        self.set_font("text", size=size)
        self.set_text_color(shade)
        self.set_draw_color(shade)
        self.set_line_width(0.006 * size if is_strong else 0.2)
        self.text_mode = TextMode.FILL_STROKE if is_strong else TextMode.FILL

    def _fitting(self, text: str, width: float) -> str:
        """`text` as it can be written, cut with an ellipsis to `width` millimetres."""
        text = self._written(text)
        if self.get_string_width(text) <= width - 2 * self.c_margin:
            return text
        while text and self.get_string_width(f"{text}…") > width - 2 * self.c_margin:
            text = text[:-1]
        return f"{text}…"

    def _written(self, text: str) -> str:
        """`text` in characters that the font has: U+FFFD for others, nothing for unseen ones."""
        kept = (" " if each in "\t\n\r" else each for each in text)
        return "".join(
            each if ord(each) in self._known else _UNKNOWN
            for each in kept
            if unicodedata.category(each) not in _UNSEEN
        )


def pdf_of(sheet: Sheet) -> bytes:
    """The document; the same bytes for the same sheet."""
    paper = Paper(sheet)
    paper.draw()
    return bytes(paper.output())


def main() -> None:
    """Read a sheet as JSON from standard input, write the document to standard output."""
    os.nice(10)
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    sheet = sheet_of(json.loads(sys.stdin.buffer.read()))
    sys.stdout.buffer.write(pdf_of(sheet))
