"""The definition of an HTTP tool, as values and as stored JSON. Pure.

Read in the compiler's process too, which has nothing but the standard library.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final

from agents.calendars.settings import Calendar, Provider, calendar_of_json, token_address

NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
# `{order_id}` is a parameter's value, `{secret.shop_key}` one of the organization's secrets.
PLACEHOLDER: Final = re.compile(r"\{(secret\.)?([a-z][a-z0-9_]{0,39})\}")


class Kind(StrEnum):
    """The kind of a parameter's value."""

    TEXT = "text"
    NUMBER = "number"
    YES_NO = "yes_no"
    CHOICE = "choice"  # one of a few texts


class Body(StrEnum):
    """What a request carries."""

    NONE = "none"
    JSON = "json"  # a JSON document with placeholders in its texts
    FORM = "form"  # lines of `name: value`, sent as a browser's form


METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
WITH_BODY: Final = ("POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One value that a model fills in. choices: of a CHOICE."""

    name: str
    kind: Kind = Kind.TEXT
    description: str = ""
    is_required: bool = True
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Definition:
    """One HTTP tool, with the names of secrets and without their values.

    description: for the model. url, headers (name and value) and body: with placeholders. pick:
    the part of a JSON answer that the model gets, "" for all of it. writes: it changes something,
    so a run is neither cancelled nor repeated. filler: said to the caller while it works, "" for
    nothing. asks_first: it runs only after the caller has said yes. remote: the tool's name at the
    MCP server that the address leads to, which gets the body as arguments; "" for a plain request.
    calendar: what it does, instead of a request, on the calendar whose server has the address.
    """

    name: str
    description: str
    url: str
    method: str = "GET"
    parameters: tuple[Parameter, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    body_kind: Body = Body.NONE
    body: str = ""
    pick: str = ""
    writes: bool = False
    filler: str = ""
    asks_first: bool = False
    remote: str = ""
    calendar: Calendar | None = None

    @property
    def key_address(self) -> str:
        """The address to which its secrets go; they are for one host."""
        if self.calendar is not None and self.calendar.provider is Provider.GOOGLE:
            return token_address(self.url)
        return self.url.partition("{")[0]

    def texts(self) -> tuple[str, ...]:
        """Its texts that may have placeholders."""
        body = () if self.body_kind is Body.NONE else (self.body,)
        return (self.url, *(value for _, value in self.headers), *body)

    def parameters_used(self) -> frozenset[str]:
        """The names of the parameters that its texts have placeholders for."""
        return frozenset(name for is_secret, name in self._placeholders() if not is_secret)

    def secrets_used(self) -> frozenset[str]:
        """The names of the secrets that its texts have placeholders for."""
        named = frozenset(name for is_secret, name in self._placeholders() if is_secret)
        return named | {self.calendar.secret} if self.calendar else named

    def _placeholders(self) -> list[tuple[str, str]]:
        return [found for text in self.texts() for found in PLACEHOLDER.findall(text)]


def as_json(definition: Definition) -> dict[str, Any]:
    """The definition as values of JSON."""
    return asdict(definition)


def of_json(stored: Mapping[str, Any]) -> Definition:
    """The definition that `as_json` gave; a newer field that is missing has its default.

    Raises KeyError, TypeError or ValueError for what was none.
    """
    return Definition(
        name=str(stored["name"]),
        description=str(stored["description"]),
        url=str(stored["url"]),
        method=str(stored.get("method", "GET")),
        parameters=tuple(_parameter(each) for each in stored.get("parameters", ())),
        headers=tuple((str(name), str(value)) for name, value in stored.get("headers", ())),
        body_kind=Body(stored.get("body_kind", Body.NONE)),
        body=str(stored.get("body", "")),
        pick=str(stored.get("pick", "")),
        writes=bool(stored.get("writes", False)),
        filler=str(stored.get("filler", "")),
        asks_first=bool(stored.get("asks_first", False)),
        remote=str(stored.get("remote", "")),
        calendar=calendar_of_json(stored.get("calendar")),
    )


def _parameter(stored: Mapping[str, Any]) -> Parameter:
    return Parameter(
        name=str(stored["name"]),
        kind=Kind(stored.get("kind", Kind.TEXT)),
        description=str(stored.get("description", "")),
        is_required=bool(stored.get("is_required", True)),
        choices=tuple(str(each) for each in stored.get("choices", ())),
    )


def names_in(text: str) -> tuple[str, ...]:
    """The names of tools in the text of a setting, each once, in order."""
    return tuple(dict.fromkeys(text.replace(",", " ").split()))
