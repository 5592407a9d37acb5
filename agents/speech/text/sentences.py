"""Cuts a model's streamed text into pieces that a voice can begin to speak. Pure.

A cut is made only when no later text can change it. So the pieces depend on the text alone,
never on how the model split it into deltas, and joined together they equal the text.
"""

import re
from enum import Enum
from typing import Final

from agents.speech.text.abbreviations import is_short_compound, never_last, sometimes_last
from agents.speech.text.ordinals import COUNTED, MONTHS, writes_ordinals_with_stop

# Before this many characters a clause is too short to sound like anything on its own.
EARLY_CLAUSE: Final = 40
# A sentence this long is cut at its next comma, and at any space further on: a listener's
# patience, and a voice's first byte, should not depend on a model that never ends a sentence.
LONG_CLAUSE: Final = 200
LONG_RUN: Final = 400
# Nothing longer leaves as one piece, even without a space: what is made of a piece takes time
# that grows with the square of its length, and a member who writes facts could stop all calls.
LONGEST_PIECE: Final = 1_000

_MARKS: Final = r"""
        (?P<stop>(?<![.!?…])[.!?…]++["'”’“»)\]]*+(?=\s|$))  # with a space, or the unknown, behind
      | (?P<wide>[。！？｡]+["'”’」』）]*)        # scripts that put no space between sentences
      | (?P<danda>(?<![।॥؟۔።។။])[।॥؟۔።។။]++(?=\s|$))
      | (?P<line>\n)
      | (?P<clause>(?:[,;:—،؛]|(?<=\s)[-–])["'”’)\]]*+(?=\s|$)|[，；：])
"""
_CANDIDATE: Final = re.compile(_MARKS, re.VERBOSE)
# Of a text so long, which few are, a space may end a piece too.
_CANDIDATE_OF_LONG_TEXT: Final = re.compile(rf"{_MARKS} | (?P<space>\s)", re.VERBOSE)
_HALF_DAYS: Final = frozenset(("a.m", "p.m"))
# "9 a.m. Monday" and "9 a.m. EST" continue, "9 a.m. We are ..." does not.
_GOES_ON_AFTER_TIME: Final = re.compile(
    r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days?$|[A-Z]{2,5}$"
)
LONGEST_DAY: Final = len("Wednesdays")
# So much of a text decides where its first piece ends.
_WINDOW: Final = LONGEST_PIECE + LONGEST_DAY + 1
_BEFORE_A_WORD: Final = frozenset("([\"“‘'")
# No longer than tells whether it is a day or a zone.
_WORD_AFTER: Final = re.compile(rf"\s*([^\W\d_]{{1,{LONGEST_DAY + 1}}})(?=(.)?)", re.DOTALL)
_LETTERS: Final = re.compile(r"[^\W\d_]")
_LETTER_OR_DIGIT: Final = re.compile(r"[^\W_]")
# Before an ordinal: what follows it may be any noun, which some languages write with a capital.
_BEFORE_ORDINAL: Final = frozenset((
    "am", "im", "zum", "zur", "vom", "beim", "der", "die", "das", "den", "dem", "des", "jeder",
    "jede", "jedes", "jeden", "jedem", "ihr", "ihre", "ihrem", "ihren", "ihres", "unser", "unsere",
    "unserem", "unseren", "mein", "meine", "meinem", "dein", "sein", "seine", "dieser", "dieses",
    "den", "det", "din", "hver",
))  # fmt: skip
_INITIALS: Final = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]")
LONGEST_ORDINAL: Final = 3  # digits
LONGEST_COUNTED: Final = 20  # letters of the word behind one
_COUNTED_AFTER: Final = re.compile(rf"[^\W\d_]{{1,{LONGEST_COUNTED}}}")


class _Verdict(Enum):
    CUT = "cut"
    GO_ON = "go on"
    WAIT = "wait"  # the text that would tell has not arrived


class SentenceChunker:
    """Collects deltas of text and returns whole sentences, the first piece early.

    With `early` the first piece may end at a comma, semicolon, colon or dash once it is
    long enough to be spoken alone, so that the voice begins before the sentence is written.

    language: a tag such as "de-AT"; it decides what a full stop ends.
    """

    def __init__(self, *, early: bool = True, language: str = "en") -> None:
        self._text = ""
        # Where the first mark of `_text` lies that may yet end a piece: those before it do not,
        # whatever follows, and are not read again with each delta.
        self._undecided = 0
        self._language = language.partition("-")[0].lower()
        self._clause_from = EARLY_CLAUSE if early else LONG_CLAUSE

    def push(self, text: str) -> list[str]:
        """Add a delta; returns the pieces that are complete now, with their spaces."""
        self._text += text
        pieces, start = [], 0
        # No more is read than decides a cut, so a long text costs what its pieces cost.
        while cut := self._next_cut(self._text[start : start + _WINDOW]):
            pieces.append(self._text[start : start + cut])
            start += cut
            self._undecided = 0
            self._clause_from = LONG_CLAUSE
        self._text = self._text[start:]
        return pieces

    @property
    def is_waiting(self) -> bool:
        """Whether there is text that was not returned yet."""
        return bool(self._text)

    def due(self) -> list[str]:
        """The part of an unfinished sentence to be spoken now because the stream is slow.

        It ends with the last complete word; all of it if it ends like a sentence. A number that may
        continue is held back.
        """
        end = len(self._text)
        if not self._text.rstrip().endswith(_SENTENCE_ENDS):
            end = _last_whole_word(self._text)
        piece, rest = self._text[:end], self._text[end:]
        if not _LETTER_OR_DIGIT.search(piece):
            return []
        self._text, self._clause_from, self._undecided = rest, LONG_CLAUSE, 0
        return [piece]

    def discard(self) -> None:
        """Drop the text that was not returned yet."""
        self._text, self._undecided = "", 0

    def flush(self) -> list[str]:
        """End the text; returns the rest, if any."""
        rest = self._text
        self.discard()
        return [rest] if rest else []

    def _next_cut(self, text: str) -> int:
        """Where the first piece of `text` ends; 0 if more text is needed."""
        cut = self._natural_cut(text)
        if not cut and len(text) == _WINDOW:  # nothing is unknown
            cut = LONGEST_PIECE
        return min(cut, LONGEST_PIECE)

    def _natural_cut(self, text: str) -> int:
        letter = _LETTERS.search(text, 0, LONG_RUN)
        words_from = letter.end() if letter else LONG_RUN
        said = _LETTER_OR_DIGIT.search(text, 0, LONG_RUN)
        said_from = said.end() if said else LONG_RUN
        behind = 0
        candidate = _CANDIDATE if len(text) <= LONG_RUN else _CANDIDATE_OF_LONG_TEXT
        for found in candidate.finditer(text, self._undecided, LONGEST_PIECE):
            self._undecided = found.start()
            # Spaces are passed over once, not again for each of them.
            behind = _next_visible(text, max(behind, found.end()))
            if behind == len(text):
                return 0  # the next visible character decides, and takes the spaces with it
            # "1." or a bullet is no piece to speak, quotes and brackets are none in any script.
            if found.start() < (said_from if found.lastgroup == "wide" else words_from):
                continue
            verdict = self._judge(text, found, behind)
            if verdict is _Verdict.CUT:
                # What has no word behind it stays with the words before it.
                return behind if _LETTER_OR_DIGIT.search(text, behind) else 0
            if verdict is _Verdict.WAIT:
                return 0
        self._undecided = min(len(text), LONGEST_PIECE)
        return 0

    def _judge(self, text: str, found: re.Match[str], behind: int) -> _Verdict:
        kind, at = found.lastgroup, found.start()
        if kind in ("wide", "danda", "line"):
            return _Verdict.CUT
        if kind == "space":
            return _Verdict.CUT if at >= LONG_RUN else _Verdict.GO_ON
        if kind == "clause":
            # "5 5 5, 0 1 4 2" is one number.
            in_number = at > 0 and text[at - 1].isdigit() and text[behind].isdigit()
            is_long = at >= self._clause_from and not in_number
            return _Verdict.CUT if is_long else _Verdict.GO_ON
        return _judge_stop(text, found, behind, self._language)


_SENTENCE_ENDS: Final = (".", "!", "?", "…", "。", "！", "？", "।", '."', '!"', '?"')


def _last_whole_word(text: str) -> int:
    """The end of the last complete word with the space after it; never within a number."""
    end = len(text)
    while True:
        while end and not text[end - 1].isspace():
            end -= 1
        word_end = end
        while word_end and text[word_end - 1].isspace():
            word_end -= 1
        if not any(map(str.isdigit, text[max(0, word_end - 2) : word_end])):
            return end
        end = word_end  # more of the number may come


def _next_visible(text: str, start: int) -> int:
    while start < len(text) and text[start].isspace():
        start += 1
    return start


def _word_before(text: str, end: int) -> str:
    start = end
    while start and not text[start - 1].isspace() and text[start - 1] not in _BEFORE_A_WORD:
        start -= 1
    return text[start:end]


def _judge_stop(text: str, found: re.Match[str], behind: int, language: str) -> _Verdict:
    """Whether the full stop (or ! ? ...) at `found` ends the sentence."""
    mark = found.group("stop").rstrip("\"'”’“»)]")
    follows = text[behind]
    if mark[-1] in "!?":
        return _Verdict.CUT
    if mark != ".":  # an ellipsis: a hesitation, unless a new sentence follows
        return _Verdict.CUT if follows.isupper() else _Verdict.GO_ON
    word = _word_before(text, found.start()).lower()
    if word in _HALF_DAYS:
        return _after_time(text, behind)
    if word.isdigit() and writes_ordinals_with_stop(language):
        return _after_ordinal(text, found.start() - len(word), word, behind)
    is_initial = len(word) == 1 and word.isalpha()
    is_short = word in never_last(language) or _INITIALS.fullmatch(word)
    if is_initial or is_short:
        return _Verdict.GO_ON
    if word in sometimes_last(language) or is_short_compound(word, language):
        return _Verdict.CUT if follows.isupper() else _Verdict.GO_ON
    if follows.islower():
        # A short word before a small letter is more often an abbreviation we do not know.
        return _Verdict.CUT if len(word) > 4 else _Verdict.GO_ON
    return _Verdict.CUT


def _after_ordinal(text: str, start: int, number: str, behind: int) -> _Verdict:
    """After "24.", which is "24th" if a small letter or a counted noun follows."""
    if len(number) > LONGEST_ORDINAL:
        return _Verdict.GO_ON if text[behind].islower() else _Verdict.CUT
    if text[behind].islower():
        return _Verdict.GO_ON
    if not text[behind].isalpha():
        return _Verdict.CUT
    word_before = _word_before(text, len(text[:start].rstrip())).lower()
    if word_before in _BEFORE_ORDINAL:
        return _Verdict.GO_ON
    word = _COUNTED_AFTER.match(text, behind)
    if word is None or (word.end() == len(text) and len(word.group()) < LONGEST_COUNTED):
        return _Verdict.WAIT
    counted = word.group().lower()
    return _Verdict.GO_ON if counted in MONTHS or counted in COUNTED else _Verdict.CUT


def _after_time(text: str, behind: int) -> _Verdict:
    """After "a.m." or "p.m.": a capital begins a sentence unless it names a day or a zone."""
    if not text[behind].isupper():
        return _Verdict.GO_ON
    word = _WORD_AFTER.match(text, behind)
    if word is None or (word.group(2) is None and len(word.group(1)) <= LONGEST_DAY):
        return _Verdict.WAIT
    return _Verdict.GO_ON if _GOES_ON_AFTER_TIME.match(word.group(1)) else _Verdict.CUT


def sentences(text: str, language: str = "en") -> list[str]:
    """The chunks of a whole text that a voice gets; joined they equal the text."""
    chunker = SentenceChunker(language=language)
    return [*chunker.push(text), *chunker.flush()]
