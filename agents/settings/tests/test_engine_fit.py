"""What an engine cannot do for an agent is said in its editor's language."""

import pytest
from django.utils import translation

from agents.settings import option_limits
from agents.settings.engine_fit import check_fit
from agents.settings.validation import problems_in
from voicex.errors import ConfigurationError


def test_an_engine_that_fits_passes():
    check_fit("tts", "local", language="en-US", voice="heart")
    check_fit("tts", "openai", language="de", voice="nova")


@pytest.mark.parametrize(
    ("kind", "name", "agent", "said"),
    [
        ("stt", "google", {}, "'google'"),
        ("stt", "nobody", {}, "local, openai"),
        ("stt", "local", {"language": "de"}, "'de'"),
        ("tts", "local", {"voice": "nova"}, "'nova'"),
    ],
)
def test_one_that_does_not_is_refused_in_words(kind, name, agent, said):
    with pytest.raises(ConfigurationError, match=said) as refused:
        check_fit(kind, name, **{"language": "en", "voice": ""} | agent)
    with translation.override("de"), pytest.raises(ConfigurationError, match=said) as german:
        check_fit(kind, name, **{"language": "en", "voice": ""} | agent)
    assert str(german.value) != str(refused.value)


def test_limits_are_explained_in_german():
    with translation.override("de"):
        assert problems_in("turn_taking", {"pause_ms": 1}) == {
            "pause_ms": "Geben Sie eine ganze Zahl ein (32 bis 1.000 Millisekunden)."
        }
        assert option_limits.problems({"local.speed": 9}) == [
            "local.speed muss zwischen 0.5 und 2 liegen"
        ]
