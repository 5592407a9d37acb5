"""The typeface of the pages: cut from its package, small, and named by the styles."""

import re
from io import BytesIO
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from fontTools.ttLib import TTFont

from voicex.fonts import CUTS, FontFinder

ROOT = Path(__file__).resolve().parents[2]
STYLES = (ROOT / "static" / "voicex.css").read_text()
MOST_BYTES = 45_000  # of one file; a page in English or German needs the first alone


CUTS_THE_TYPEFACE = pytest.mark.slow


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> dict[str, bytes]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("django.conf.settings.BASE_DIR", tmp_path_factory.mktemp("base"))
        found = FontFinder().list([])
        return {path: Path(storage.path(path)).read_bytes() for path, storage in found}


def test_the_styles_name_the_files_of_the_installed_version():
    named = re.findall(r'url\("(fonts/[^"]+)"\)', STYLES)
    assert named == [cut.path for cut in CUTS]
    ranges = [each.replace(" ", "") for each in re.findall(r"unicode-range: ([^;]+);", STYLES)]
    assert ranges == [cut.letters for cut in CUTS]
    assert STYLES.count("font-display: swap") == len(CUTS)


@CUTS_THE_TYPEFACE
def test_each_file_has_the_letters_of_its_range_and_is_small(made):
    assert {path: len(font) for path, font in made.items() if len(font) > MOST_BYTES} == {}
    latin, more = (TTFont(BytesIO(font)) for font in made.values())
    for letters, font in (("Größe – „so“ €5", latin), ("Łőşź", more)):
        assert set(map(ord, letters)) <= set(font.getBestCmap())
    assert [(a.axisTag, a.minValue, a.maxValue) for a in latin["fvar"].axes] == [("wght", 400, 600)]


@CUTS_THE_TYPEFACE
def test_a_file_is_made_once(made, tmp_path, settings, monkeypatch):
    settings.BASE_DIR = tmp_path
    monkeypatch.setattr("voicex.fonts.make", lambda _cut, path: path.write_bytes(b"font"))
    finder = FontFinder()
    assert Path(finder.find(CUTS[0].path)).read_bytes() == b"font"
    monkeypatch.setattr("voicex.fonts.make", lambda *_: pytest.fail("made again"))
    assert finder.find(CUTS[0].path, find_all=True) == [finder.find(CUTS[0].path)]
    assert finder.find("fonts/other.woff2") == []
    assert finders.find("voicex.css")
