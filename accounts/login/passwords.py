"""Rejects weak passwords: variants of common ones, numbers, keyboard rows."""

import re
from functools import lru_cache
from itertools import pairwise
from typing import Final

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

_DISGUISES: Final = str.maketrans("@4831!0$57+", "aabeiiosstt")
_OF_THIS_SITE: Final = frozenset({"voicex", "telephone", "operator"})
_ROWS: Final = (
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiop",
    "qwertzuiop",
    "asdfghjkl",
    "zxcvbnm",
    "yxcvbnm",
    "1234567890",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
)
LOOKED_AT: Final = 1_000  # characters; a form may hold two million, each of which costs as much
FEWEST_CHARACTERS: Final = 5  # different ones
FEWEST_STEPS: Final = 5  # characters that do not continue a row


@lru_cache(maxsize=1)
def _common() -> frozenset[str]:
    return frozenset(CommonPasswordValidator().passwords) | _OF_THIS_SITE


class GuessablePasswordValidator:
    """Rejects passwords that guessing programs try first.

    Django's list of common passwords contains `password` but not `P@ssw0rd2026!`.
    """

    def validate(self, password: str, user: object = None) -> None:
        """Raises ValidationError for a password that would be guessed."""
        text = password[:LOOKED_AT].lower()
        if not re.search(r"[^\W\d_]", text) and len(text) < 20:
            raise ValidationError(
                _("A number is too easy to guess. Use words."), code="password_number"
            )
        if len(set(text)) < FEWEST_CHARACTERS or _steps(text) < FEWEST_STEPS:
            raise ValidationError(
                _("This is repetitive or follows the keyboard. Use several unrelated words."),
                code="password_row",
            )
        plain = text.translate(_DISGUISES)
        if _common() & {_core(text), _core(text).translate(_DISGUISES), plain, _core(plain)}:
            raise ValidationError(
                _("This is a common password with characters added. Use several unrelated words."),
                code="password_common",
            )

    def get_help_text(self) -> str:
        """How to choose a good password."""
        return _("Use several unrelated words.")


def _core(text: str) -> str:
    """`text` without leading and trailing digits and signs."""
    letters = [at for at, character in enumerate(text) if character.isalpha()]
    return text[letters[0] : letters[-1] + 1] if letters else ""


def _steps(text: str) -> int:
    """How many characters do not repeat or follow, on a keyboard row, the one before."""
    pairs = {pair for row in _ROWS for pair in _pairs(row) | _pairs(row[::-1])}
    followed = sum(a == b or a + b in pairs for a, b in pairwise(text))
    return len(text) - followed


def _pairs(row: str) -> set[str]:
    return {row[at : at + 2] for at in range(len(row) - 1)}
