"""Builds the web fonts of headings and transcripts from a package when static files are collected.

The package brings the whole typeface in TrueType, a megabyte of it. Pages get WOFF2 with the
letters of their languages, at one optical size. What was made stays in var/made; nothing of it is
in the repository. The styles (static/voicex.css) name the files by the package's version, so
browsers may keep them for good.
"""

import logging
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import distribution, version
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage, Storage

PACKAGE: Final = "fontpkg-newsreader"
VERSION: Final = version(PACKAGE)
# As Google Fonts cuts them: most pages need the first alone.
LATIN: Final = (
    "U+0000-00FF,U+0131,U+0152-0153,U+02BB-02BC,U+02C6,U+02DA,U+02DC,U+2000-206F,U+20AC,"
    "U+2122,U+2191,U+2193,U+2212,U+2215,U+FEFF,U+FFFD"
)
LATIN_EXT: Final = (
    "U+0100-0130,U+0132-0151,U+0154-02BA,U+02BD-02C5,U+02C7-02CC,U+02CE-02D9,U+02DD-02FF,"
    "U+1E00-1E9F,U+1EF2-1EFF,U+2020,U+20A0-20AB,U+20AD-20C0,U+2113,U+2C60-2C7F,U+A720-A7FF"
)
WEIGHTS: Final = (400, 600)
OPTICAL_SIZE: Final = 20  # points: between what is said and a heading
FEATURES: Final = ("kern", "liga", "lnum", "tnum", "locl", "ccmp", "mark", "mkmk")


@dataclass(frozen=True, slots=True)
class Cut:
    """One file of the pages. letters: as CSS writes them."""

    name: str
    letters: str

    @property
    def path(self) -> str:
        """Below STATIC_URL."""
        return f"fonts/newsreader-{VERSION}-{self.name}.woff2"


CUTS: Final[Sequence[Cut]] = (
    Cut("latin", LATIN),
    Cut("latin-ext", LATIN_EXT),
)


class FontFinder(BaseFinder):
    """Gives the files of CUTS to `collectstatic` and to the development server; makes them once."""

    def __init__(self, *_args: Any, **_options: Any) -> None: ...

    @cached_property
    def _storage(self) -> FileSystemStorage:
        return FileSystemStorage(location=_home())

    def check(self, **_options: Any) -> list[Any]:
        """Part of Django's interface: there are no settings to check."""
        return []

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Storage]]:
        """Every file with the storage that has it."""
        for cut in CUTS:
            self._made(cut)
            yield cut.path, self._storage

    def find(self, path: str, find_all: bool = False, **_options: Any) -> Any:
        """Where the file is, an empty list for a path that is none of ours."""
        found = [str(self._made(cut)) for cut in CUTS if cut.path == path]
        return found if find_all or not found else found[0]

    def _made(self, cut: Cut) -> Path:
        path = Path(self._storage.path(cut.path))
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            make(cut, path)
        return path


def make(cut: Cut, path: Path) -> None:
    """Write the WOFF2 file of `cut`; two processes that do so at once write the same."""
    # Imported here: it takes half a second, and is only needed to build.
    from fontTools.subset import Options, Subsetter, parse_unicodes
    from fontTools.ttLib import TTFont
    from fontTools.varLib.instancer import instantiateVariableFont

    logging.getLogger("fontTools").setLevel(logging.WARNING)  # logs a line for each glyph
    font = TTFont(_source())
    subsetter = Subsetter(Options(layout_features=list(FEATURES), hinting=False))
    subsetter.populate(unicodes=parse_unicodes(cut.letters))
    subsetter.subset(font)
    # After the letters: to fix the size of all that were left out took four times as long.
    instantiateVariableFont(font, {"wght": WEIGHTS, "opsz": OPTICAL_SIZE}, inplace=True)
    font.flavor = "woff2"
    handle, temporary = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        font.save(file)
    # mkstemp's files are for their owner alone.
    Path(temporary).chmod(0o644)
    Path(temporary).replace(path)


def _source() -> Path:
    path = f"{PACKAGE.replace('-', '_')}/files/Newsreader[opsz,wght].ttf"
    return Path(str(distribution(PACKAGE).locate_file(path)))


def _home() -> Path:
    """Beside the code where that can be written, so that each VAR_DIR need not make its own."""
    beside: Path = settings.BASE_DIR / "var"
    can_write = os.access(beside if beside.exists() else settings.BASE_DIR, os.W_OK)
    return (beside if can_write else settings.VAR_DIR) / "made"
