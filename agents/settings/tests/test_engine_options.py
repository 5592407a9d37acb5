"""An agent's engine options are read with their types checked."""

import pytest

from agents.engines import options
from testing.setups import setup
from voicex.errors import ConfigurationError


def config(**given):
    return setup(options=given).config


def test_an_option_that_is_not_given_has_its_default():
    assert options.text(config(), "x", "default") == "default"
    assert options.number(config(), "x", 1.5) == 1.5
    assert options.flag(config(), "x", True) is True
    assert options.texts(config(), "x") == []


def test_an_option_that_is_given_goes_first():
    assert options.text(config(x="given"), "x", "default") == "given"
    assert options.number(config(x=2), "x", 1.5) == 2
    assert options.flag(config(x=False), "x", True) is False
    assert options.texts(config(x=["a", "b"]), "x") == ["a", "b"]


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (lambda c: options.text(c, "x", ""), 7),
        (lambda c: options.number(c, "x", 1), "seven"),
        (lambda c: options.number(c, "x", 1), -1),
        (lambda c: options.number(c, "x", 1), True),
        (lambda c: options.flag(c, "x", True), "yes"),
        (lambda c: options.texts(c, "x"), "one text"),
        (lambda c: options.texts(c, "x"), ["a", 2]),
    ],
)
def test_an_option_of_the_wrong_type_is_named(read, value):
    with pytest.raises(ConfigurationError, match=r"option x is .*; expected"):
        read(config(x=value))
