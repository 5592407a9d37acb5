"""E-mail and web addresses as people dictate them. Pure."""

import re
from collections.abc import Mapping
from typing import Final

ADDRESS: Final = re.compile(
    # Begins where no link can have begun before, or a run of dots would be read from each of them.
    r"(?<![\w+\-@])(?<![\w+\-]\.)(?:"
    r"[\w.+\-]{1,64}@(?:[A-Za-z0-9\-]{1,63}\.){1,6}[A-Za-z]{2,24}\b"
    r"|(?:[A-Za-z0-9\-]+\.)+"
    r"(?:com|org|net|edu|gov|info|biz|io|co|uk|de|at|ch|eu|app|dev|health|care|shop|example|ai|us"
    r"|ca|fr|nl|it|es|pl)\b(?:/[\w\-./]*[\w/])?)"
)
_MARKS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {".": "dot", "/": "slash", "@": "at", "-": "dash", "_": "underscore", "+": "plus"},
    "de": {".": "Punkt", "/": "Slash", "@": "ät", "-": "Minus", "_": "Unterstrich", "+": "plus"},
}
_WWW: Final = re.compile(r"\Awww(?=\.)", re.IGNORECASE)
# A country's two letters are spelled, but for those that are said as a word everywhere.
_COUNTRY: Final = re.compile(r"(?<=\.)(?!co\b|me\b)[A-Za-z]{2}(?=/|\Z)")


def said_address(written: str, language: str) -> str:
    """An address with its marks in words; digits in it stay digits."""
    marks = _MARKS[language[:2]]
    said = _WWW.sub("W W W", written)
    said = _COUNTRY.sub(lambda found: " ".join(found.group().upper()), said)
    return " ".join("".join(f" {marks[c]} " if c in marks else c for c in said).split())
