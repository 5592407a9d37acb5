"""Extracts the text of a web page, without menus, scripts and small print. Pure."""

import re
from collections.abc import Callable, Mapping
from html.parser import HTMLParser
from typing import Final

from agents.documents.passages import HEAD, TITLE
from agents.speech.turns.words import words

END: Final = "#"  # a line by which nothing further belongs to the heading before
MOST_OF_A_LINE: Final = 4_000
DOCUMENT: Final = 20_000  # characters of one page as a document
MOST_LINES: Final = 20_000

_NO_TAG: Final = re.compile(r"<(?=[^<>]*(?:<|\Z))")


def text_of(html: str) -> str:
    """The lines of a page; what is a heading begins with HEAD, and a part ends with END."""
    page = _Page()
    page.feed(_whole_tags(html))
    page.close()
    return page.text()


def as_document(given: Mapping[str, str], reading: Callable[[str], None]) -> dict[str, str]:
    """The "title" and "text" of the page given["text"]; plain text unless given["kind"] is "page".

    The title is its first heading, "" without one. reading: as of every task.
    """
    reading("page")
    lines = text_of(given["text"]) if given["kind"] == "page" else given["text"]
    title, said = "", list[str]()
    for line in lines.splitlines()[:MOST_LINES]:
        bare = "" if line.strip() == END else " ".join(line.split())
        if bare.startswith(HEAD):
            bare = bare[len(HEAD) :]
            if not title:
                title = bare[:TITLE]
                continue
        if bare or (said and said[-1]):
            said.append(bare)
    return {"title": title, "text": "\n".join(said).strip()[:DOCUMENT]}


def _whole_tags(html: str) -> str:
    """`html` without comments; what begins a tag and is none is text.

    The parser looks for the end of each tag through all that follows it.
    """
    first, *others = html.split("<!--")
    shown = "".join([first, *(each.partition("-->")[2] for each in others)])
    return _NO_TAG.sub("&lt;", shown)


class _Page(HTMLParser):
    """The words of a page as lines; headings begin with "#".

    Footers stay: many a page has hours and address nowhere else. So do forms, in which some lie
    from beginning to end.
    """

    _LEFT_OUT: Final = words("script style nav noscript template svg iframe button select head")
    _HEADS: Final = words("h1 h2 h3 h4 h5 h6 dt summary caption")
    _PARTS: Final = words("section article main header footer aside")
    _BLOCKS: Final = words(
        "p div li ul ol dl dd tr table br details blockquote figcaption address pre"
    )
    _CELLS: Final = frozenset({"td", "th"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._lines = [""]
        self._left_out = 0
        self._in_head = False

    def text(self) -> str:
        """The lines; a blank one between blocks."""
        return "\n".join(self._lines)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A block begins on a line of its own."""
        if tag in self._LEFT_OUT:
            self._left_out += 1
        elif tag in self._HEADS:
            self._lines.append("# ")
            self._in_head = True
        elif tag in self._PARTS and not self._in_head:
            self._lines += [END, ""]
        elif tag in self._CELLS:
            if len(self._lines[-1]) > MOST_OF_A_LINE:  # as of words
                self._lines.append("")
            elif self._lines[-1].strip():
                self._lines[-1] += ": " if ": " not in self._lines[-1] else ", "
        elif tag in self._BLOCKS and not self._in_head:
            self._lines.append("")

    def handle_endtag(self, tag: str) -> None:
        """A block ends with its line."""
        if tag in self._LEFT_OUT:
            self._left_out = max(0, self._left_out - 1)
        elif tag in self._HEADS:
            self._in_head = False
            self._lines.append("")
        elif tag in self._BLOCKS and not self._in_head:
            self._lines.append("")

    def handle_data(self, data: str) -> None:
        """Words, with every break as a blank: in a page they mean nothing."""
        if not self._left_out:
            said = " ".join(data.split())
            if said:
                if len(self._lines[-1]) > MOST_OF_A_LINE:  # to add to it takes longer each time
                    self._lines.append("")
                joint = " " if data[:1].isspace() and self._lines[-1].strip() else ""
                self._lines[-1] += joint + said + (" " if data[-1:].isspace() else "")
