"""Reads the options of an agent's engines from `AgentConfig.options`, with type checks."""

import re
from typing import Final

from agents.settings.config import AgentConfig
from voicex.errors import ConfigurationError

OPTION_NAME: Final = re.compile(r"[a-z]+\.[a-z_]+")  # "<engine>.<name>"


def text(config: AgentConfig, name: str, default: str) -> str:
    """Option `name` as text; an empty one means `default`."""
    value = config.options.get(name, "")
    if not isinstance(value, str):
        raise _wrong(name, value, "text")
    return value or default


def number(config: AgentConfig, name: str, default: float) -> float:
    """Option `name` as a number, not negative."""
    value = config.options.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise _wrong(name, value, "a number, zero or more")
    return value


def flag(config: AgentConfig, name: str, default: bool) -> bool:
    """Option `name` as true or false."""
    value = config.options.get(name, default)
    if not isinstance(value, bool):
        raise _wrong(name, value, "true or false")
    return value


def texts(config: AgentConfig, name: str) -> list[str]:
    """Option `name` as a list of texts; none when it is not given."""
    value = config.options.get(name, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise _wrong(name, value, "a list of texts")
    return value


def mapping(config: AgentConfig, name: str) -> dict[str, object]:
    """Option `name` as an object of named values; an empty one when it is not given."""
    value = config.options.get(name, {})
    if not isinstance(value, dict):
        raise _wrong(name, value, "an object of named values")
    return value


def _wrong(name: str, value: object, expected: str) -> ConfigurationError:
    return ConfigurationError(f"The engine option {name} is {value!r}; expected {expected}")
