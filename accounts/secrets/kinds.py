"""The kinds of secrets that an organization may store.

The carrier's kinds are defined here. Applications above add theirs when they are loaded, so that
only its own card knows a provider of engines.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


@dataclass(frozen=True, slots=True)
class SecretKind:
    """One kind of secret, stored at most once for each organization.

    name: its key in the database and in the audit log, at most 40 characters. label, help_text:
    for forms. json_expected: set where the value is the text of a JSON object; the sentence that
    refuses any other text. may_name_server: whether the organization may store the address of a
    server together with it, which is then the only one that it is sent to.
    """

    name: str
    label: Text
    help_text: Text = ""
    json_expected: Text = ""
    may_name_server: bool = False


class CarrierSecret(models.TextChoices):
    """The secrets of a telephone carrier."""

    TWILIO_AUTH_TOKEN = "twilio_auth_token", _("Twilio auth token")
    # The second token while the client rotates the first.
    TWILIO_AUTH_TOKEN_NEXT = "twilio_auth_token_next", _("Twilio auth token (next)")


_CARRIERS: Final = tuple(SecretKind(each.value, each.label) for each in CarrierSecret)
_sources: Final[list[Callable[[], Iterable[SecretKind]]]] = [lambda: _CARRIERS]


def add_source(source: Callable[[], Iterable[SecretKind]]) -> None:
    """Register `source`, which is called whenever the kinds are requested. Called at start-up."""
    if source not in _sources:
        _sources.append(source)


def all_kinds() -> dict[str, SecretKind]:
    """Every kind by its name, the carrier's first."""
    return {kind.name: kind for source in _sources for kind in source()}


def kind_of(name: str) -> SecretKind:
    """The kind called `name`. Raises ValueError, naming it, when there is none."""
    kind = all_kinds().get(name)
    if kind is None:
        raise ValueError(f"There is no kind of secret called {name!r}")
    return kind


def choices() -> list[tuple[str, Text]]:
    """Name and label of every kind, for the model's field."""
    return [(kind.name, kind.label) for kind in all_kinds().values()]
