"""The parameters of an HTTP tool: JSON schema, and validation of arguments. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final

from agents.http_tools import limits
from agents.http_tools.definition import Kind, Parameter

Value = str | float | bool
Values = Mapping[str, Value]

LONGEST: Final = 20_000  # characters of all arguments
LARGEST_INTEGER: Final = 10**40  # whose digits are a text: more than any number of an account
_TYPES: Final = {Kind.NUMBER: "number", Kind.YES_NO: "boolean"}
# As small models write a boolean; nothing else is taken for one.
_YES_NO: Final = {"true": True, "yes": True, "false": False, "no": False}


class UnfitArguments(ValueError):
    """A model's arguments that the parameters do not allow; the text is for the model."""


@dataclass(frozen=True, slots=True)
class FlatArguments:
    """The arguments of one tool: a flat JSON object, of one value for each parameter."""

    parameters: tuple[Parameter, ...]

    def schema(self) -> Mapping[str, object]:
        """As `agents.tools.base.Tool.schema`."""
        return {
            "type": "object",
            "properties": {each.name: _described(each) for each in self.parameters},
            "required": [each.name for each in self.parameters if each.is_required],
        }

    def read(self, text: str) -> dict[str, Value]:
        """The values of a model's arguments by name; what it left out is missing.

        Raises UnfitArguments.
        """
        if len(text) > LONGEST:
            raise UnfitArguments("they are too long")
        try:
            given = json.loads(text or "{}")
        except (ValueError, RecursionError) as error:
            raise UnfitArguments("JSON is malformed") from error
        if not isinstance(given, dict):
            raise UnfitArguments("an object is expected")
        return self.check(given)

    def check(self, given: Mapping[str, Any]) -> dict[str, Value]:
        """The values that `given` (of JSON, by name) has for the parameters.

        Names that are no parameter are passed over. Raises UnfitArguments.
        """
        values: dict[str, Value] = {}
        for parameter in self.parameters:
            value = given.get(parameter.name)
            if value is None or (value == "" and not parameter.is_required):
                if parameter.is_required:
                    raise UnfitArguments(f"`{parameter.name}` is missing")
                continue
            values[parameter.name] = _checked(parameter, value)
        return values


def _described(parameter: Parameter) -> dict[str, object]:
    found: dict[str, object] = {"type": _TYPES.get(parameter.kind, "string")}
    if parameter.description:
        found["description"] = parameter.description
    if parameter.kind is Kind.CHOICE:
        found["enum"] = list(parameter.choices)
    return found


def _checked(parameter: Parameter, value: Any) -> Value:
    match parameter.kind:
        case Kind.NUMBER:
            return _number(parameter.name, value)
        case Kind.YES_NO:
            found = _YES_NO.get(value.lower()) if isinstance(value, str) else value
            if not isinstance(found, bool):
                raise UnfitArguments(f"`{parameter.name}` must be true or false")
            return found
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise UnfitArguments(f"`{parameter.name}` must be a text")
    text = _as_text(value)
    if parameter.kind is Kind.CHOICE and text not in parameter.choices:
        raise UnfitArguments(f"`{parameter.name}` must be one of {', '.join(parameter.choices)}")
    if len(text) > limits.VALUE:
        raise UnfitArguments(f"`{parameter.name}` has more than {limits.VALUE} characters")
    return text


def _as_text(value: str | float) -> str:
    """The text without what no server could be sent; a number that a model wrote bare as it is."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()  # half of a surrogate pair
    return digits(value)


def digits(number: float) -> str:
    """A number that a model wrote bare for a text, such as a telephone number, as it was meant:
    4930123456.0 has no point.

    Raises UnfitArguments for one that is too large to have its digits.
    """
    largest = LARGEST_INTEGER if isinstance(number, int) else limits.NUMBER
    if not abs(number) <= largest:  # nor is NaN
        raise UnfitArguments("a number is too large")
    return str(int(number)) if number == int(number) else str(number)


def _number(name: str, value: Any) -> float:
    if isinstance(value, str) and len(value) <= limits.NAME:
        try:
            value = json.loads(value)  # "5", as small models write it
        except (ValueError, RecursionError):
            value = None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UnfitArguments(f"`{name}` must be a number")
    if abs(value) > limits.NUMBER or not isfinite(value):
        raise UnfitArguments(f"`{name}` is too large")
    return value
