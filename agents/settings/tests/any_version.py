"""Any version that can be stored, as hypothesis draws it."""

from typing import Any

from hypothesis import strategies as st

from agents.engines import registry
from agents.settings import limits
from agents.settings.config import RecordingMode

# Without the brackets of a gap, which a greeting must not have; with every line break.
_LETTERS = st.sampled_from("aB ä\n\r\t:.,-*#{}\"'é漢")
_NAMES = st.from_regex(r"[a-z]{1,6}\.[a-z_]{1,10}", fullmatch=True)


def _texts(most: int) -> st.SearchStrategy[str]:
    return st.text(_LETTERS, max_size=most)


def _turn_taking() -> st.SearchStrategy[dict[str, Any]]:
    numbers = {name: st.integers(*ends) for name, ends in limits.MILLISECONDS.items()}
    switches = dict.fromkeys(("interruptible", "speculate"), st.booleans())
    drawn = st.fixed_dictionaries({}, optional=numbers | switches)
    return drawn.filter(lambda t: t.get("pause_ms", 64) <= t.get("endpointing_ms", 200))


def _recording() -> st.SearchStrategy[dict[str, Any]]:
    drawn = st.fixed_dictionaries(
        {},
        optional={
            "mode": st.sampled_from([mode.value for mode in RecordingMode]),
            "sentence": _texts(40),
            "key": st.sampled_from(limits.RECORDING_KEYS),
            "word": st.sampled_from(("yes", "ja", "of course", "ich stimme zu")),
        },
    )
    return drawn.filter(
        lambda r: r.get("mode", "off") == "off" or bool(r.get("sentence", "").strip())
    )


def _privacy() -> st.SearchStrategy[dict[str, Any]]:
    switches = dict.fromkeys(("card_numbers", "numbers", "names"), st.booleans())
    return st.fixed_dictionaries({}, optional=switches)


def _engines() -> st.SearchStrategy[dict[str, Any]]:
    values = st.one_of(
        st.booleans(), st.integers(0, 600_000), st.floats(0, 600_000), _texts(20),
        st.lists(_texts(5), max_size=3),
    )  # fmt: skip
    settings = st.dictionaries(_NAMES, values, max_size=4)
    return settings.filter(lambda s: not any(map(registry.option, s)))


def versions() -> st.SearchStrategy[dict[str, Any]]:
    """Fields of a version that may be published, on scripted engines."""
    settings = st.fixed_dictionaries(
        {},
        optional={
            "turn_taking": _turn_taking(),
            "recording": _recording(),
            "privacy": _privacy(),
            "engines": _engines(),
        },
    )
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
            "settings": settings,
        }
    )
