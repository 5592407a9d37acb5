"""The carriers that there are, by the name that their routes begin with."""

from functools import cache
from typing import cast

from django.conf import settings
from django.utils.module_loading import import_string

from accounts.secrets.vault import SealedSecrets
from telephony.carriers.base import Carrier


def carrier(name: str) -> Carrier:
    """The carrier called `name`; KeyError for another name than those in `settings.CARRIERS`."""
    return _loaded(settings.CARRIERS[name])


@cache
def _loaded(path: str) -> Carrier:
    return cast(Carrier, import_string(path))


def prefixes() -> tuple[str, ...]:
    """How the paths of all carriers' routes begin."""
    return tuple(f"/api/{name}/" for name in settings.CARRIERS)


def auth_tokens(secrets: SealedSecrets, *, carrier: Carrier) -> list[str]:
    """The auth tokens that an organization has given: none, one, or two while one rotates."""
    return [token for name in carrier.token_names if (token := secrets.reveal(name))]
