"""Every text of a template goes through gettext, and the catalogues are well formed."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))

_MARKED_UP = re.compile(
    r"{%\s*blocktrans(?:late)?\b.*?{%\s*endblocktrans(?:late)?\s*%}|{#.*?#}|{%.*?%}|{{.*?}}"
    r"|<(?:script|style|code|pre)\b.*?</(?:script|style|code|pre)>|<!--.*?-->|<[^>]*>|&\w+;",
    re.DOTALL,
)
_WORD = re.compile(r"[A-Za-z]{2,}")
_READ_ALOUD = re.compile(r"\s(?:alt|aria-label|placeholder|title|data-label)=\"([^\"{]*)\"")
# Names are the same in every language; the specimens of /design/ are names too.
NAMES = {"Voicex", "AccountSid", "CallSid", "ms", "MB", "UTC", "Acorn", "desk", "min", "id"}


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


def test_plain_python_finds_messages_in_templates_and_code():
    from voicex.catalogues import messages

    found = messages()
    assert "Skip to the content" in found
    assert found.get("%(count)d day ago").pluralizable
