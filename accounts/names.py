"""Validates names that are shown to others: in mails, on pages, in audit logs.

A name is one line of at most LONGEST characters without anything that a mail program would turn
into a link. Otherwise a user could write to strangers in this site's name, by the name of an
organization.
"""

import re
import unicodedata
from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.db import models
from django.utils.translation import gettext as _

LONGEST: Final = 60

# Controls, formats (bidi, zero width), surrogates, private use, line and paragraph separators.
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_FROM_RIGHT: Final = frozenset({"R", "AL"})
_JOINED: Final = re.compile("(.)[\u200c\u200d](?=(.))")
_BEFORE_JOINER: Final = frozenset({"So", "Sk", "Mn", "Lo"})
_AFTER_JOINER: Final = frozenset({"So", "Lo"})
_ADDRESS: Final = re.compile(
    r"://"  # https://x
    r"|\b(?:https?|mailto|tel|sms|javascript|data):"
    r"|\bwww\."
    r"|(?:[^\W_]|[^\s\x00-\x7f])\.[^\W\d_]{2}"  # example.com, whatever the script, and of emoji
    r"|\d\.\d{1,3}\.\d{1,3}\.\d"  # 192.0.2.1
    r"|\S@\S",
    re.IGNORECASE,
)
_UNQUOTED: Final = re.compile(r"[^\s\"\\<>@,;:()\[\]]+@[^\s\"\\<>@,;:()\[\]]+")


if TYPE_CHECKING:
    _Text = models.CharField[str, str]  # generic in the stubs only
else:
    _Text = models.CharField


def validate_name(value: str) -> None:
    """Raises ValidationError unless `value` is one line, short, and without addresses."""
    MaxLengthValidator(LONGEST)(value)
    unjoined = _JOINED.sub(_without_joiner, value)
    if any(unicodedata.category(character) in _UNSEEN for character in unjoined):
        raise ValidationError(
            _(
                "Use one line of visible characters. Type the name again: an invisible character "
                "was pasted with it."
            ),
            code="name_unseen",
        )
    # Full-width letters and dots are read, and linked, as the plain ones.
    if _ADDRESS.search(unicodedata.normalize("NFKC", value).replace("\u3002", ".")):
        raise ValidationError(
            _(
                "A name can’t contain a web or email address. Remove the address, or add a space "
                "after each period."
            ),
            code="name_address",
        )


def validate_mail_address(value: str) -> None:
    """Raises ValidationError for a mail address with a quoted part, which can hold sentences."""
    if not _UNQUOTED.fullmatch(value):
        raise ValidationError(
            _("This email address format isn’t supported. Use name@example.com."),
            code="address_form",
        )


def _without_joiner(found: re.Match[str]) -> str:
    """The two characters around a joiner: without it if their script needs joiners.

    Emoji of two signs, Persian and Indic scripts need them; a Latin name does not.
    """
    before, after = found[1], found[2]
    may_join = (
        unicodedata.category(before) in _BEFORE_JOINER
        and unicodedata.category(after) in _AFTER_JOINER
    )
    return before if may_join else found[0]


def quoted(name: str) -> str:
    """`name` as a mail shows it: on one line and in quotation marks.

    Rows from before names were validated may hold more than a name.
    """
    return f"\u201c{isolated(' '.join(name.split())[:LONGEST])}\u201d"


def isolated(text: str) -> str:
    """`text` for use within a sentence: as it is, or in bidi isolates if some of it is written from
    right to left.

    Without them digits and punctuation beside an Arabic or Hebrew name change places, and a line
    that begins with one is laid out from the right.
    """
    if text.isascii() or not any(unicodedata.bidirectional(each) in _FROM_RIGHT for each in text):
        return text
    return f"\u2068{text}\u2069"


def made_of(text: str) -> str:
    """A valid name similar to `text`, for rows from before names were validated; "" for none."""
    if _is_name(whole := " ".join(text.split())[:LONGEST].rstrip()):
        return whole
    visible = "".join(" " if unicodedata.category(each) in _UNSEEN else each for each in text)
    name = " ".join(visible.split())[:LONGEST].rstrip()
    if not _is_name(name):
        plain = re.sub(r"[^\w\s'-]+", " ", unicodedata.normalize("NFKC", name))
        name = " ".join(plain.split())[:LONGEST].rstrip()
    return name


def _is_name(text: str) -> bool:
    try:
        validate_name(text)
    except ValidationError:
        return False
    return True


class NameField(_Text):
    """A column for a name, which is validated on every way to the database.

    Forms of the model check it like any other field; code that saves without a form gets the
    ValidationError from the save.
    """

    default_validators = [validate_name]  # noqa: RUF012 - as Django declares it

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", LONGEST)
        super().__init__(*args, **kwargs)

    def to_python(self, value: Any) -> Any:
        """The text, with its spaces normalised if it is one line."""
        text = super().to_python(value)
        return " ".join(text.split(" ")) if isinstance(text, str) else text

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        """The value to store. Raises ValidationError for an invalid name."""
        if isinstance(value, str):
            validate_name(value)
        return super().get_db_prep_save(value, connection)
