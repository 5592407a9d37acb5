"""Proposes facts from a text, a table or a web page. Pure; for the compiler's child process.

It guesses, so a person looks at each before it is taken. Nothing that the text says is made up, and
nothing of it is looked up elsewhere.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, Final

from agents.facts.pages import END, text_of

MOST: Final = 100  # proposals
TOPIC: Final = 120  # characters, as of a fact that is written
ANSWER: Final = 1_000
SHORT: Final = 80  # of a line that may be a heading
PLAIN: Final = 40  # of one that nothing marks as a heading
PLAIN_WORDS: Final = 6
MOST_LINES: Final = 20_000

Row = tuple[str, str]  # topic and answer

_ASKED: Final = re.compile(r"(?:q|question|frage|f)\s?[:.)]\s*(.+)", re.IGNORECASE)
_ANSWERED: Final = re.compile(r"(?:a|answer|antwort)\s?[:.)]\s*(.+)", re.IGNORECASE)
_BULLETS: Final = "-*•–·\u2022"
_SEPARATORS: Final = ";\t,"
_LOOKED_AT: Final = 50  # rows, for what separates their cells
_HEADS: Final = frozenset(
    {"question", "questions", "topic", "fact", "q", "frage", "fragen", "thema"}
)


def propose(given: Mapping[str, str], reading: Any) -> list[Row]:
    """The facts in given["text"], which is of the kind given["kind"]: "text", "table" or "page".

    reading: as of every task of the compiler's process.
    """
    reading(given["kind"])
    read = {"text": of_text, "table": of_table, "page": of_page}[given["kind"]]
    return read(given["text"])


def of_text(text: str) -> list[Row]:
    """Facts in lines: questions with answers, headings with what is below them, `topic: text`."""
    return _rows(_blocks(text, plain_headings=True))


def of_table(text: str) -> list[Row]:
    """Facts in the first two columns of CSV, whatever separates them; a line of heads is none."""
    head, _end, rest = text.lstrip("\ufeff \t\r\n").partition("\n")
    # Excel's own note of what separates cells, for itself; that may be a tab.
    head = head.strip(" \r")
    is_note = head.lower() in {f"sep={each}" for each in _SEPARATORS}
    separator = head[-1] if is_note else _separator_of(text)
    found: list[Row] = []
    for row in _cells(rest if is_note else text, separator):
        topic, answer = [*(" ".join(cell.split()) for cell in row[:2]), "", ""][:2]
        if topic and answer and not (not found and topic.casefold() in _HEADS):
            found.append((topic, answer))
        if len(found) > MOST:
            break
    return _rows(found)


def _separator_of(text: str) -> str:
    """What separates the cells: with it most rows have two or more, and as many as each other. Of
    those that fit alike the one that comes first in the first line: a topic is short, and what
    follows it is a sentence.
    """
    fits = {}
    for separator in _SEPARATORS:
        rows = islice(_cells(text, separator, is_strict=True), _LOOKED_AT)
        counts = Counter(len(row) for row in rows if len(row) > 1)
        fits[separator] = max(counts.values(), default=0)
    first = text.lstrip().partition("\n")[0]
    begins = {separator: first.find(separator) % (len(first) + 1) for separator in fits}
    return max(_SEPARATORS, key=lambda each: (fits[each], -begins[each]))


def _cells(text: str, separator: str, *, is_strict: bool = False) -> Iterator[list[str]]:
    """The rows of CSV up to the first that cannot be read. is_strict: what follows a quoted cell
    is a separator, or the row cannot be read.
    """
    lines = islice(io.StringIO(text, newline=""), MOST_LINES)
    try:
        yield from csv.reader(lines, delimiter=separator, strict=is_strict)
    except csv.Error:
        return


def of_page(html: str) -> list[Row]:
    """Facts in the text of a web page, without its menus, forms and small print."""
    return _rows(_blocks(text_of(html)))  # a page marks its headings


def _blocks(text: str, *, plain_headings: bool = False) -> Iterator[Row]:
    """Topics with all that belongs to them. plain_headings: some may be marked by nothing."""
    topic, said = "", list[str]()
    lines = [" ".join(line.split()) for line in text.splitlines()[:MOST_LINES]]
    for number, line in enumerate(lines):
        following = next((each for each in lines[number + 1 : number + 3] if each), "")
        if line == END:
            yield topic, " ".join(said)
            topic, said = "", []
            continue
        head, answer = _read(line, following)
        begins = number == 0 or not lines[number - 1]
        if plain_headings and begins and not head and _is_plain_heading(line, following):
            head, answer = line, ""
        if head:
            yield topic, " ".join(said)
            topic, said = head, [answer] if answer else []
        elif answer:
            said.append(answer)
        elif not topic and said:  # a blank line ends what stands under no heading
            yield "", " ".join(said)
            said = []
    yield topic, " ".join(said)


def _read(line: str, following: str) -> Row:
    """The topic that a line begins, if any, and what it says."""
    if asked := _ASKED.fullmatch(line):
        return asked[1], ""
    if answered := _ANSWERED.fullmatch(line):
        return "", answered[1]
    is_marked = line.startswith("#")
    bare = line.lstrip("#" if is_marked else _BULLETS).strip()
    if is_marked:
        return bare, ""
    topic, colon, answer = bare.partition(": ")
    if colon and answer and len(topic) <= SHORT:
        return topic, answer
    if bare.endswith("?") and len(bare) <= TOPIC and following:
        return bare, ""
    if bare.endswith(":") and len(bare) <= SHORT and following:
        return bare[:-1], ""
    return "", bare


def _is_plain_heading(line: str, following: str) -> bool:
    """Whether a line that begins a paragraph is a heading of what follows: few words, no sentence.

    A figure belongs to an address, a price or hours, and a wrapped sentence goes on in lower case.
    """
    return (
        line[:1].isalpha()
        and len(line) <= PLAIN
        and len(line.split()) <= PLAIN_WORDS
        and not line.endswith((".", "!", ",", ";"))
        and not any(letter.isdigit() for letter in line)
        and bool(following)
        and not following[0].islower()
    )


def _rows(found: Iterable[Row]) -> list[Row]:
    """What of `found` can be a fact, each once, bounded."""
    rows: dict[Row, None] = {}
    for topic, answer in found:
        topic = _cut(topic.replace(": ", " ").lstrip(_BULLETS).strip(" :"), TOPIC)
        answer = _cut(answer.replace("[[", "[").replace("]]", "]").strip(), ANSWER)
        if answer:
            rows.setdefault((topic, answer))
        if len(rows) == MOST:
            break
    return list(rows)


def _cut(text: str, most: int) -> str:
    """The beginning of a text, up to the end of a word."""
    if len(text) <= most:
        return text
    return text[:most].rpartition(" ")[0] or text[:most]
