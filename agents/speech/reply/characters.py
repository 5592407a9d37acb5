"""Removes characters that are neither words nor punctuation from an answer. Pure.

Models and the servers in front of them send escapes as text ("\\n" as two characters, "&#39;"),
halves of characters, control characters and emoji. None of it is said, and a database refuses some
of it.
"""

import html
import re
import unicodedata
from html.entities import html5
from typing import Final

from agents.speech.text.mojibake import WholeLetters

# Symbols that a voice says, of a category that is otherwise pictures.
SPOKEN_SYMBOLS: Final = frozenset("°©®™№℃℉")
# Other spellings of the marks that models' templates are made of.
_SAME_AS: Final = {
    "◁": "<", "▷": ">", "＜": "<", "＞": ">", "｜": "|", "▁": "_", "［": "[", "］": "]",
    "【": "[", "】": "]", "｛": "{", "｝": "}",
    "\ue200": "[", "\ue201": "]", "\ue202": " ",  # around a model's sources
    "´": "'", "\t": " ", "\r": "\n", "\u2028": "\n", "\u2029": "\n", "\x0b": "\n", "\x0c": "\n",
    "\x85": "\n",
}  # fmt: skip
_ODD: Final = re.compile(r"[^\x20-\x7e\n]")
_ODD_BUT_ESCAPE: Final = re.compile(r"[^\x20-\x7e\n\x1b]")
_CODE_BEGINS: Final = re.compile(r"[\\&\x1b]")
# A blank as some tokenizers write it, which the names of tokens have, too.
_BLANK_OR_TAG: Final = re.compile("[▁<＜◁>＞▷]")
# An ampersand may itself be written in any of its codes, again and again.
_AMPERSAND: Final = r"(?:&|\\++(?:u0026|x26))(?:(?:amp|\#0*38|\#x0*26);)*+"
# What LaTeX's commands stand for; what is in braces behind them is said.
_LATEX: Final = {
    **dict.fromkeys(("times", "cdot"), "×"), "div": "÷", "pm": "±", "approx": "≈", "sqrt": "√",
    **dict.fromkeys(("leq", "le"), "≤"), **dict.fromkeys(("geq", "ge"), "≥"), "neq": "≠",
    **dict.fromkeys(("circ", "degree"), "°"), "pi": "π", "rightarrow": "→", "euro": "€",
    "pounds": "£", **dict.fromkeys(("ldots", "dots", "cdots"), "…"), "item": "\n",
    **dict.fromkeys(("quad", "qquad"), " "),
    **dict.fromkeys(
        (
            "boxed", "text", "textbf", "textit", "textrm", "textsf", "texttt", "mathbf", "mathit",
            "mathrm", "emph", "underline", "left", "right", "displaystyle", "frac", "dfrac",
        ),
        "",
    ),
}  # fmt: skip
_CODED: Final = re.compile(
    rf"""{_AMPERSAND}(?:(?P<entity>\#\d{{1,7}}|\#x[0-9a-f]{{1,6}}|[a-z][a-z0-9]{{1,31}});)?
      | \\++u(?P<high>d[89ab][0-9a-f]{{2}})\\++u(?P<low>d[c-f][0-9a-f]{{2}})
      | \\++(?:u(?P<four>[0-9a-f]{{4}})|u\{{(?P<braced>[0-9a-f]{{1,6}})\}}|x(?P<two>[0-9a-f]{{2}}))
      | \\++[dt]?frac\{{(?P<above>[^{{}}\n]{{1,20}})\}}\{{(?P<below>[^{{}}\n]{{1,20}})\}}
      | \\++(?P<around>(?:begin|end)\{{[a-z*]{{1,20}}\}})
      | \\++(?P<latex>{"|".join(sorted(_LATEX, key=len, reverse=True))})(?![a-z])
      | \\++(?P<thin>,)(?=\w)
      | \\++(?P<blank>[nrtvf])?
      | \x1b(?:\[[0-9;?]{{0,12}}[a-z]?)?
    """,
    re.VERBOSE | re.IGNORECASE,
)
# A code whose end has not come.
_UNFINISHED: Final = re.compile(
    rf"""{_AMPERSAND}(?:\#\d{{0,7}}|\#x[0-9a-f]{{0,6}}|[a-z][a-z0-9]{{0,31}})?
      | \\++(?:u(?:[0-9a-f]{{0,3}}|\{{[0-9a-f]{{0,6}}
                  |d[89ab][0-9a-f]{{2}}(?:\\++(?:u[0-9a-f]{{0,3}})?)?)
              |x[0-9a-f]?|[a-z]{{0,12}}|,|(?:begin|end)\{{[a-z*]{{0,20}}
              |[dt]?frac\{{[^{{}}\n]{{0,20}}(?:\}}(?:\{{[^{{}}\n]{{0,20}})?)?)?
      | \x1b(?:\[[0-9;?]{{0,12}})?
    """,
    re.VERBOSE | re.IGNORECASE,
)
LONGEST_CODE: Final = 60  # whatever is longer is none


class Characters:
    """Decodes and cleans deltas; a possible half code at their end is held back for the rest."""

    def __init__(self, language: str = "en") -> None:
        self._letters = WholeLetters(language)
        self._half = ""  # of a character in two units
        self._held = ""
        self._is_in_tag = False

    @property
    def passes_plain(self) -> bool:
        """Whether plain words would be returned at once, unchanged, without a change of state."""
        return not self._held and not self._half and not self._letters.is_waiting

    def push(self, text: str) -> str:
        """The text that is decided now and was not returned before."""
        text, self._half = self._half + text, ""
        if text and "\ud800" <= text[-1] <= "\udbff":
            text, self._half = text[:-1], text[-1]
        whole = self._cleaned(self._letters.push(text))
        return self._decoded(self._held + whole, is_end=False)

    def flush(self) -> str:
        """End the answer; returns the text that was held back."""
        self._half = ""
        return self._decoded(self._held + self._cleaned(self._letters.flush()), is_end=True)

    def _cleaned(self, text: str) -> str:
        """`text` with surrogate pairs joined and lone surrogates removed."""
        if not text.isascii():
            text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
            text = _ODD_BUT_ESCAPE.sub(_said, _BLANK_OR_TAG.sub(self._blank_or_tag, text))
        elif "<" in text or ">" in text:
            self._is_in_tag = text.rfind("<") > text.rfind(">")
        return text

    def _blank_or_tag(self, found: re.Match[str]) -> str:
        if found.group() == "▁":
            return "_" if self._is_in_tag else " "
        self._is_in_tag = found.group() in "<＜◁"
        return found.group()

    def _decoded(self, text: str, *, is_end: bool) -> str:
        parts, start, self._held = [], 0, ""
        while begin := _CODE_BEGINS.search(text, start):
            at = begin.start()
            parts.append(text[start:at])
            if not is_end and len(text) - at <= LONGEST_CODE and _UNFINISHED.fullmatch(text, at):
                self._held = text[at:]
                start = len(text)
                break
            found = _CODED.match(text, at)
            if found is None:  # pragma: no cover  # each alternative takes what the search found
                break
            parts.append(_meaning(found))
            start = found.end()
        parts.append(text[start:])
        return _ODD.sub(_said, "".join(parts))


def _meaning(found: re.Match[str]) -> str:
    """The character that a code stands for; never a backslash, which is not said."""
    if entity := found["entity"]:
        written = f"&{entity};"
        meant = html.unescape(written) if entity[0] == "#" else html5.get(f"{entity};", written)
        return "" if meant == "\\" else meant
    if found["high"]:
        pair = chr(int(found["high"], 16)) + chr(int(found["low"], 16))
        return pair.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
    if code := found["four"] or found["braced"] or found["two"]:
        number = int(code, 16)
        return chr(number) if number < 0x110000 and number != ord("\\") else ""
    if found.group()[0] == "\x1b":  # a terminal's colour
        return ""
    if found["above"]:
        return f"{found['above']}/{found['below']}"
    if latex := found["latex"]:
        return _LATEX[latex.lower()]
    if found["around"]:
        return "\n"
    if found["thin"]:
        return " "
    if blank := found["blank"]:
        return "\n" if blank in "nr" else " "
    return "" if found.group().startswith("\\") and "26" not in found.group() else "&"


# Letters and digits of another look: bold, circled, wide.
_STYLED: Final = re.compile("[\U0001d400-\U0001d7ff①-⒛Ⓐ-ⓩ⓪０-９Ａ-Ｚａ-ｚ🄰-🅉]")
_CIRCLED: Final = re.compile("[❶-➓⓫-⓿]")


def _said(found: re.Match[str]) -> str:
    """The character as it is kept; "" for one that is neither said nor punctuation."""
    character = found.group()
    if character in _SAME_AS:
        return _SAME_AS[character]
    if _STYLED.match(character):
        return unicodedata.normalize("NFKC", character)
    if _CIRCLED.match(character):
        return f"{unicodedata.numeric(character):g}"
    kind = unicodedata.category(character)
    if kind in ("So", "Sk"):
        return character if character in SPOKEN_SYMBOLS else ""
    if kind[0] == "C" or kind == "Me" or "VARIATION SELECTOR" in unicodedata.name(character, ""):
        return ""
    return character
