"""Repairs letters that were split into the bytes of their encoding. Pure.

A proxy reads UTF-8 as Latin-1 or Windows-1252 ("fÃ¼r", "weâ€™re"), or a server gives the tokens
of a model as its tokenizer writes them ("fÃ¼rĠSie", "weâĢĻre"). Only sequences that no language
uses are repaired.
"""

import re
from typing import Final

_LATIN_1: Final = {chr(byte): byte for byte in range(0x80, 0x100)}
_WINDOWS: Final = {
    bytes((byte,)).decode("cp1252"): byte
    for byte in range(0x80, 0xA0)
    if byte not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)
}
# How tokenizers of bytes write those that have no picture of their own.
_OF_TOKENS: Final = {chr(0x121 + at): 0x7F + at for at in range(34)} | {"\u0143": 0xAD}
_BYTES: Final = _LATIN_1 | _WINDOWS | _OF_TOKENS
_MORE: Final = "[" + re.escape("".join(c for c, b in _BYTES.items() if 0x80 <= b < 0xC0)) + "]"
LONGEST: Final = 100  # letters of another alphabet that wait for what follows them
# What may stand behind a capital letter that ends a word: within a word it is part of a letter.
_QUOTES: Final = "“”„‘’‚«»‹›–—…"
_WITHIN: Final = f"(?:[{_QUOTES}](?=[a-zß-öø-ÿÃÄÅÎÏÐÑ])|(?![{_QUOTES}]){_MORE})"
_COMES_APART: Final = re.compile(
    rf"[ÂÃÄÅÎÏÐÑ]{_WITHIN}(?:[ÄÅÎÏÐÑ]{_MORE})*"
    rf"|â[€\x80Ģ]{_MORE}|â(?:[‚\x82Ĥ]¬|[„\x84Ħ]¢)"
    rf"|ð[Ÿ\x9fŁ]{_MORE}{{2}}"
)
_UNFINISHED: Final = re.compile(
    rf"(?:(?:[ÂÃÄÅÎÏÐÑ]{_MORE}){{0,{LONGEST}}}[ÂÃÄÅÎÏÐÑ]{_MORE}?"
    rf"|â[€\x80Ģ‚\x82Ĥ„\x84Ħ]?|ð(?:[Ÿ\x9fŁ]{_MORE}?)?)\Z"
)
_BLANKS: Final = str.maketrans({"Ġ": " ", "Ċ": "\n"})
_MALTESE: Final = "mt"  # writes both as letters


class WholeLetters:
    """Reads the deltas of one answer; a possible part of a letter at their end is held back.

    language: a tag such as "de-AT".
    """

    def __init__(self, language: str = "en") -> None:
        self._blanks = {} if language.lower().startswith(_MALTESE) else _BLANKS
        self._held = ""

    @property
    def is_waiting(self) -> bool:
        """Whether `flush` would return something."""
        return bool(self._held)

    def push(self, text: str) -> str:
        """The text that is decided now."""
        text, self._held = self._held + text, ""
        if text.isascii():
            return text
        if unfinished := _UNFINISHED.search(text):
            text, self._held = text[: unfinished.start()], text[unfinished.start() :]
        return mended(text).translate(self._blanks)

    def flush(self) -> str:
        """What was held back."""
        held, self._held = self._held, ""
        return mended(held).translate(self._blanks)


def mended(text: str) -> str:
    """`text` with its letters repaired."""
    return text if text.isascii() else _COMES_APART.sub(_letter, text)


def _letter(found: re.Match[str]) -> str:
    return bytes(_BYTES[each] for each in found.group()).decode(errors="replace")
