"""Appends texts to the documents of an agent, each with a title."""

from collections.abc import Sequence
from typing import Final

from django.core.exceptions import ValidationError
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from agents.documents.passages import HEAD, MOST, TEXT, TITLE, titles_in

Row = tuple[str, str]  # title and text
_END: Final = "\n"


def with_documents(written: str, rows: Sequence[Row]) -> str:
    """The documents `written`, as the editor has them, and `rows` behind them.

    Raises ValidationError in words for a row without title or text, and for more than an agent may
    have.
    """
    documents = "\n\n".join([each for each in (written.strip(), *map(_document, rows)) if each])
    if len(documents) > TEXT:
        said = _("The documents would have %(count)s characters; at most %(limit)s are possible.")
        numbers = {"count": _grouped(len(documents)), "limit": _grouped(TEXT)}
        raise ValidationError(said % numbers)
    if len(titles_in(documents)) > MOST:
        raise ValidationError(_("At most %(limit)d documents") % {"limit": MOST})
    return documents


def _document(row: Row) -> str:
    title, text = (each.strip() for each in row)
    title = " ".join(title.split())
    if not title or len(title) > TITLE:
        said = _("Enter a title of up to %(limit)d characters.")
        raise ValidationError(said % {"limit": TITLE})
    if not text:
        raise ValidationError(_("Enter a text for “%(title)s”.") % {"title": title})
    # What begins another document in the editor's text is a plain line here.
    lines = (line.lstrip("# ") if line.startswith(HEAD) else line for line in text.splitlines())
    return f"{HEAD}{title}{_END}{_END.join(lines)}"


def _grouped(count: int) -> str:
    return number_format(count, force_grouping=True)
