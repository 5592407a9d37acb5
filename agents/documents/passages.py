"""Splits documents into passages that are small enough for a model during a call. Pure.

    # Prices
    A check-up costs 80 dollars.

A line that begins with "# " begins a document and is its title.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

TEXT: Final = 60_000  # characters of all documents of an agent
MOST: Final = 20  # documents
TITLE: Final = 120  # characters of a title that are kept
PASSAGE: Final = 500  # characters
# Passages of a whole text: two that follow one another in a document have more than PASSAGE.
MOST_PASSAGES: Final = 2 * TEXT // PASSAGE + 2 * MOST
HEAD: Final = "# "  # begins the line of a title


@dataclass(frozen=True, slots=True)
class Passage:
    """A part of a document. title: of the document, "" where it has none."""

    title: str
    text: str


def titles_in(text: str) -> list[str]:
    """The titles of the documents in a text; "" for one that has none."""
    return [title for title, _paragraphs in _documents(text)]


def passages_in(text: str) -> tuple[Passage, ...]:
    """The documents in a text, cut between paragraphs where that is possible."""
    found: list[Passage] = []
    for title, paragraphs in _documents(text[:TEXT]):
        found += (Passage(title, cut) for cut in _cut(paragraphs))
    return tuple(found[:MOST_PASSAGES])


def _documents(text: str) -> Iterator[tuple[str, list[str]]]:
    title, paragraphs, open_paragraph = "", list[str](), list[str]()

    def closed() -> list[str]:
        return [*paragraphs, " ".join(open_paragraph)] if open_paragraph else paragraphs

    for line in text.splitlines():
        bare = " ".join(line.split())
        if line.startswith(HEAD) and bare != "#":
            if title or closed():
                yield title, closed()
            title, paragraphs, open_paragraph = bare[len(HEAD) :][:TITLE], [], []
        elif bare:
            open_paragraph.append(bare)
        else:
            paragraphs, open_paragraph = closed(), []
    if title or closed():
        yield title, closed()


def _cut(paragraphs: list[str]) -> Iterator[str]:
    """Paragraphs joined up to PASSAGE, and cut where one is longer."""
    waiting = ""
    for piece in (piece for paragraph in paragraphs for piece in _pieces(paragraph)):
        joined = f"{waiting}\n{piece}" if waiting else piece
        if len(joined) <= PASSAGE:
            waiting = joined
            continue
        yield waiting
        waiting = piece
    if waiting:
        yield waiting


def _pieces(paragraph: str) -> Iterator[str]:
    """A paragraph in pieces of at most PASSAGE, behind a sentence or else a word."""
    while len(paragraph) > PASSAGE:
        head = paragraph[:PASSAGE]
        end = max(head.rfind(mark) for mark in (". ", "! ", "? ")) + 1
        end = end if end > PASSAGE // 2 else head.rfind(" ")
        end = end if end > 0 else PASSAGE
        yield paragraph[:end].strip()
        paragraph = paragraph[end:].strip()
    if paragraph:
        yield paragraph
