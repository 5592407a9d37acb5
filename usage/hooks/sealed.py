"""The encrypted address and secrets of an endpoint."""

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Final

from accounts.models import Organization
from accounts.secrets.reencryption import SealedColumn
from accounts.secrets.vault import seal, unseal
from usage.models import HookEndpoint
from voicex import logs


@dataclass(frozen=True, slots=True)
class Sealed:
    """What nothing shows: where it is sent, and what it is signed with ("" for nothing)."""

    url: str = field(repr=False)
    secret: str = field(default="", repr=False)
    former: str = field(default="", repr=False)  # the one before the last rotation

    def secrets_at(self, moment: datetime, *, former_until: datetime | None) -> tuple[str, ...]:
        """The secrets that sign at `moment`, the present one first."""
        is_overlapping = former_until is not None and moment < former_until
        secrets = (self.secret, self.former if is_overlapping else "")
        return tuple(each for each in secrets if each)


def context_of(endpoint: HookEndpoint, org: Organization) -> str:
    """What the text is sealed for."""
    return f"org:{org.public_id}:hook:{endpoint.public_id}"


COLUMN: Final = SealedColumn("webhooks", HookEndpoint, lambda row: context_of(row, row.org))


def close(endpoint: HookEndpoint, org: Organization, content: Sealed) -> str:
    """The sealed text of `content`, for the endpoint of `org`."""
    _hide(endpoint, content)
    return seal(json.dumps(asdict(content)), context=context_of(endpoint, org))


def open_of(endpoint: HookEndpoint, org: Organization) -> Sealed:
    """What was sealed. Raises SecretUnreadable."""
    content = Sealed(**json.loads(unseal(endpoint.ciphertext, context=context_of(endpoint, org))))
    _hide(endpoint, content)
    return content


def _hide(endpoint: HookEndpoint, content: Sealed) -> None:
    """No log shows a secret from now on; of an address of Slack's the last part is one."""
    secrets = [content.secret, content.former]
    if endpoint.target == HookEndpoint.Target.SLACK:
        secrets.append(content.url.rpartition("/")[2])
    for secret in filter(None, secrets):
        logs.register_secret(secret)
