"""The registry of carriers, by the name in their routes."""

from functools import cache
from typing import cast

from django.conf import settings
from django.utils.module_loading import import_string

from accounts.secrets.vault import SealedSecrets
from telephony.carriers.base import Carrier


def carrier(name: str) -> Carrier:
    """The carrier called `name`. Raises KeyError for a name that is not in `settings.CARRIERS`."""
    return _loaded(settings.CARRIERS[name])


@cache
def _loaded(path: str) -> Carrier:
    return cast(Carrier, import_string(path))


def prefixes() -> tuple[str, ...]:
    """The path prefixes of all carriers' routes."""
    return tuple(f"/api/{name}/" for name in settings.CARRIERS)


def auth_tokens(secrets: SealedSecrets, *, carrier: Carrier) -> list[str]:
    """The auth tokens of an organization: none, one, or two during a rotation."""
    return [token for name in carrier.token_names if (token := secrets.reveal(name))]
