"""The translations: `python -m voicex.catalogues extract` and `... compile`.

Django's own commands need the system's gettext programs; Babel needs none. Django turns a
template into something that looks like Python (`templatize`), and Babel reads both.
locale/<language>/LC_MESSAGES/django.po is what people edit and what is committed; the .mo
file beside it is made by `compile`, at install.
"""

import re
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT: Final = Path(__file__).resolve().parent.parent
LOCALE: Final = ROOT / "locale"
LANGUAGES: Final = ("de",)
SOURCES: Final = ("accounts", "agents", "dashboard", "telephony", "templates", "usage", "voicex")

# What Django's functions take: the message; singular and plural; a context before either.
_KEYWORDS: Final = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
_MARKED: Final = re.compile(rf"\b(?:{'|'.join(_KEYWORDS)})\s*\(")


def messages() -> Catalog:
    """Every message of the sources, each with the files that use it."""
    found = Catalog(project="Voicex", fuzzy=False)
    for path in _files():
        name = path.relative_to(ROOT).as_posix()
        source = path.read_text()
        if path.suffix == ".py" and not _MARKED.search(source):  # parsing takes long
            continue
        if path.suffix != ".py":
            # The output of `templatize` keeps the HTML's indentation, which Python would refuse.
            lines = templatize(source, origin=name).splitlines()
            source = "\n".join(line.strip() for line in lines)
        for _line, message, comments, context in extract(
            "python",
            BytesIO(source.encode()),
            keywords=_KEYWORDS,
            comment_tags=("Translators",),
            options={"encoding": "utf-8"},
        ):
            # Without line numbers: moving a paragraph changes no catalogue.
            found.add(message, locations=[(name, 0)], auto_comments=comments, context=context)
    return found


def extract_all() -> None:
    """Bring every .po file up to date; a message whose source changed needs a new translation."""
    template = messages()
    for language in LANGUAGES:
        path = _po(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        catalogue = load(language) if path.exists() else Catalog(locale=language)
        # No fuzzy matching: a translation guessed from a similar message would be an unnoticed
        # mistake.
        catalogue.update(template, no_fuzzy_matching=True, update_creation_date=False)
        catalogue.obsolete.clear()
        catalogue.fuzzy = False
        catalogue.project, catalogue.version = "Voicex", "1"
        catalogue.header_comment = (
            f"# Voicex in {path.parts[-3]}: translated texts of the English sources."
        )
        with path.open("wb") as file:
            write_po(file, catalogue, sort_output=True, width=100, include_lineno=False)


def compile_all() -> None:
    """Write the .mo file beside every .po file."""
    for language in LANGUAGES:
        path = _po(language)
        if path.exists():
            with path.with_suffix(".mo").open("wb") as file:
                write_mo(file, load(language))


def load(language: str) -> Catalog:
    """The catalogue of a language, as it is committed."""
    with _po(language).open("rb") as file:
        return read_po(file, locale=language, domain="django")


def _po(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def _files() -> Iterator[Path]:
    for name in SOURCES:
        for path in sorted((ROOT / name).rglob("*")):
            is_source = path.suffix in (".py", ".html", ".txt")
            if is_source and not {"tests", "migrations", "__pycache__"} & set(path.parts):
                yield path


if __name__ == "__main__":
    {"extract": extract_all, "compile": compile_all}[sys.argv[1]]()
