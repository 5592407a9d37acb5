"""Any version that can be stored, as hypothesis draws it."""

from typing import Any

from hypothesis import strategies as st

from agents.engines import registry
from agents.settings.kinds import (
    Addresses,
    CallFields,
    Choice,
    Key,
    Lines,
    Milliseconds,
    Pronunciations,
    Setting,
    Switch,
    ToolNames,
    Word,
)
from agents.settings.table import ENGINE_OPTIONS, GROUPS, settings_of
from agents.settings.tests.other_values import FORMS
from agents.settings.validation import problems_in

# Without the brackets of a gap, which a greeting must not have, and the braces of a variable; with
# every line break.
_LETTERS = st.sampled_from("aB ä\n\r\t:.,-*#}\"'é漢")
_NAMES = st.from_regex(r"[a-z]{1,6}\.[a-z_]{1,10}", fullmatch=True)


def _texts(most: int) -> st.SearchStrategy[str]:
    return st.text(_LETTERS, max_size=most)


def _any(setting: Setting) -> st.SearchStrategy[Any]:
    """Any value that `setting` may have, whatever the others are."""
    match setting.kind:
        case Milliseconds(lowest, highest):
            return st.integers(lowest, highest)
        case Switch():
            return st.booleans()
        case Choice() as kind:
            return st.sampled_from([value.value for value in kind.values])
        case Key(keys):
            return st.sampled_from(keys)
        case Word():
            return st.sampled_from(("yes", "ja", "of course", "ich stimme zu"))
        case Addresses():
            return st.sampled_from(("", "ann@example.com", "ann@example.com, b@example.org"))
        case ToolNames():
            return st.sampled_from(("", "find_order", "find_order, book"))
        case Lines(rows=1):
            return st.just(FORMS[setting.name])
        case Lines():
            return st.sampled_from(("", FORMS[setting.name], f"\n{FORMS[setting.name]}\n"))
        case Pronunciations():
            return st.sampled_from(("", "Dr = doctor", "\nC++ = see plus plus\n"))
        case CallFields():
            return st.sampled_from(("", "Guests (number)", "\nBranch (choice: A, B): where\n"))
        case _:
            return _texts(40)


def _settings() -> st.SearchStrategy[dict[str, Any]]:
    """Settings of every group, within their limits and beside one another."""
    groups = {
        group: st.fixed_dictionaries(
            {}, optional={each.name: _any(each) for each in settings_of(group)}
        ).filter(lambda values, group=group: not problems_in(group, values))
        for group in GROUPS
    }
    return st.fixed_dictionaries({}, optional=groups | {ENGINE_OPTIONS: _engines()})


def _engines() -> st.SearchStrategy[dict[str, Any]]:
    values = st.one_of(
        st.booleans(), st.integers(0, 600_000), st.floats(0, 600_000), _texts(20),
        st.lists(_texts(5), max_size=3),
    )  # fmt: skip
    settings = st.dictionaries(_NAMES, values, max_size=4)
    return settings.filter(lambda s: not any(map(registry.option, s)))


def versions() -> st.SearchStrategy[dict[str, Any]]:
    """Fields of a version that may be published, on scripted engines."""
    return st.fixed_dictionaries(
        {
            "greeting": _texts(60),
            "prompt": _texts(60),
            "facts": _texts(60),
            "language": st.sampled_from(("en", "de-AT", "pt-BR")),
            "voice": st.sampled_from(("", "Mia")),
            "stt": st.just("scripted"),
            "llm": st.just("scripted"),
            "tts": st.just("scripted"),
            "settings": _settings(),
        }
    )
