"""The real service as a benchmark meets it: one process on a core of its own."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks import machine
from tests.service import MEDIA_SERVER, running

AUTH_TOKEN: Final = "0123456789abcdef" * 2
MAX_CALLS: Final = 400

# The organization may fill the process.
_PREPARE: Final = """
from accounts.models import Organization
from accounts.secrets import store_secret
from usage.models import Quota
org = Organization.objects.get()
if "{token}":
    store_secret(org, name="twilio_auth_token", value="{token}", actor=None)
Quota.objects.create(org=org, concurrent_calls={calls})
"""


@dataclass(frozen=True, slots=True)
class Target:
    """A running service: where to call it, its process, what it wrote."""

    webhook: str
    origin: str
    pid: int
    log: Path


@contextmanager
def voicex(
    server: Sequence[str] = MEDIA_SERVER, *, is_signed: bool = True, **settings: str
) -> Iterator[Target]:
    """The service with scripted providers and everything else real, until the block ends.

    server: what Python runs instead of the media server alone. is_signed: the organization has
    its requests signed, as a serious client does. settings: environment variables.
    """
    settings = {"MAX_CALLS_PER_PROCESS": str(MAX_CALLS)} | settings
    with tempfile.TemporaryDirectory(prefix="voicex-bench-") as directory, ExitStack() as stack:
        with machine.starting_on(machine.SERVER_CORE):
            service = stack.enter_context(
                running(
                    Path(directory),
                    server=server,
                    DEFAULT_STT="scripted",
                    DEFAULT_LLM="scripted",
                    DEFAULT_TTS="scripted",
                    **settings,
                )
            )
        webhook = service.bootstrap("scripted")["webhook_url"]
        token = AUTH_TOKEN if is_signed else ""
        service.shell(_PREPARE.format(token=token, calls=MAX_CALLS))
        yield Target(webhook, service.origin, service.process.pid, service.log)
