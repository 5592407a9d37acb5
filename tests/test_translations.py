"""Every text of a template goes through gettext, and the catalogues are well formed."""

import re
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog, Message

from testing.office import Office, browser_of
from voicex.catalogues import LANGUAGES, load, messages

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))

_MARKED_UP = re.compile(
    r"{%\s*blocktrans(?:late)?\b.*?{%\s*endblocktrans(?:late)?\s*%}|{#.*?#}|{%.*?%}|{{.*?}}"
    r"|<(?:script|style|code|pre)\b.*?</(?:script|style|code|pre)>|<!--.*?-->|<[^>]*>|&\w+;",
    re.DOTALL,
)
# Values that are filled in, tags, and what escapes a percent sign.
_FILLED_IN = re.compile(r"%\(\w+\)[sd]|%[sd%]|\{\w+\}|</?\w[^>]*>")
_WORD = re.compile(r"[A-Za-z]{2,}")
_READ_ALOUD = re.compile(r"\s(?:alt|aria-label|placeholder|title|data-label)=\"([^\"{]*)\"")
# Names are the same in every language; the specimens of /design/ are names too.
NAMES = {"Voicex", "AccountSid", "CallSid", "ms", "MB", "UTC", "Acorn", "desk", "min", "id", "PDF"}


def bare_words(text: str) -> list[str]:
    """The words of a template that no `translate` takes, attributes that are read out too."""
    attributes = " ".join(_READ_ALOUD.findall(text))
    words = _WORD.findall(_MARKED_UP.sub(" ", text) + " " + attributes)
    return [word for word in words if word not in NAMES]


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_template_has_no_text_outside_translate(template: Path):
    assert bare_words(template.read_text()) == []


def test_the_checker_sees_bare_text():
    assert bare_words('<p title="Hint">Bare {% translate "fine" %} {{ name }}</p>') == [
        "Bare",
        "Hint",
    ]


@pytest.fixture(scope="module")
def sources() -> Catalog:
    """The messages of the sources, found once."""
    return messages()


def identity(message: Message) -> tuple[str | None, tuple[str, ...]]:
    """What gettext looks a message up by, with its plural."""
    return message.context, texts(message.id)


def texts(one_or_more: Any) -> tuple[str, ...]:
    """A text, or the texts of a singular and its plural."""
    return (one_or_more,) if isinstance(one_or_more, str) else tuple(one_or_more)


def test_plain_python_finds_messages_in_templates_and_code(sources):
    assert "Skip to content" in sources
    assert sources.get("%(count)d day ago").pluralizable


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_has_the_messages_of_the_sources(language, sources):
    """`make messages` brings it up to date."""
    kept = {identity(message) for message in load(language) if message.id}
    found = {identity(message) for message in sources if message.id}
    assert (found - kept, kept - found) == (set(), set())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_is_translated_and_none_is_a_guess(language):
    untold = [
        message.id
        for message in load(language)
        if message.id and (message.fuzzy or not all(texts(message.string)))
    ]
    assert untold == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_fills_in_and_marks_up_what_the_message_does(language):
    catalogue = load(language)
    odd = [
        message.id
        for message in catalogue
        if message.id
        and (
            any(message.check(catalogue))
            or any(
                sorted(_FILLED_IN.findall(text)) != sorted(_FILLED_IN.findall(source))
                for source, text in zip(texts(message.id), texts(message.string), strict=True)
            )
        )
    ]
    assert odd == []


def test_the_dashboard_speaks_german_to_a_german_browser(cast):
    office = Office(cast.acorn)
    browser = browser_of(cast.vera)
    german = browser.get(office.url(), headers={"accept-language": "de-DE,de;q=0.9"}).text
    assert '<html lang="de"' in german
    assert "Letzte Anrufe" in german
    editor = office.url(f"agents/{office.agent.public_id}/edit/")
    german = browser_of(cast.bob).get(editor, headers={"accept-language": "de"}).text
    assert ">Begrüßung<" in german
    assert "(32 bis 1.000 Millisekunden)" in german
    assert '<html lang="en"' in browser.get(office.url()).text
