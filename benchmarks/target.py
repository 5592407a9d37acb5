"""The real service as a benchmark meets it: one process on a core of its own."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks import machine
from testing.services.service import MEDIA_SERVER, running

AUTH_TOKEN: Final = "0123456789abcdef" * 2
MAX_CALLS: Final = 400
MAX_LOOP_LAG_MS: Final = 20  # the product's own default; tests, whose settings these are, have more

# Each organization may fill the process. The first has its requests signed, as a serious client
# does; the second has given no token. Prints the second's webhook.
_PREPARE: Final = """
from accounts.models import Organization
from accounts.secrets.vault import store_secret
from telephony.bootstrap import bootstrap
from usage.models import Quota
signed = Organization.objects.get()
store_secret(signed, name="twilio_auth_token", value="{token}", actor=None)
engines = dict.fromkeys(("stt", "llm", "tts"), "scripted")
print(bootstrap("Unsigned", engines=engines).webhook_url)
for org in Organization.objects.all():
    Quota.objects.create(org=org, concurrent_calls={calls})
"""


@dataclass(frozen=True, slots=True)
class Target:
    """A running service: where to call it, its process, what it wrote.

    webhook: of an organization that has its requests signed; unsigned_webhook: of one that
    has given no token to check them with.
    """

    webhook: str
    unsigned_webhook: str
    origin: str
    pid: int
    log: Path
    directory: Path


@contextmanager
def voicex(
    server: Sequence[str] = MEDIA_SERVER, *, directory: Path | None = None, **settings: str
) -> Iterator[Target]:
    """The service with scripted providers and everything else real, until the block ends.

    server: what Python runs instead of the media server alone. directory: where everything that
    it writes lies, one that is deleted afterwards if not given. settings: environment variables.
    """
    settings = {
        "TEST_ENGINES": "true",
        "MAX_CALLS_PER_PROCESS": str(MAX_CALLS),
        "MAX_LOOP_LAG_MS": str(MAX_LOOP_LAG_MS),
    } | settings
    with ExitStack() as stack:
        directory = directory or Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="voicex-bench-"))
        )
        with machine.starting_on(machine.SERVER_CORE):
            service = stack.enter_context(
                running(
                    directory,
                    server=server,
                    engines="scripted",
                    **settings,
                )
            )
        webhook = service.bootstrap("scripted")["webhook_url"]
        unsigned = service.shell(_PREPARE.format(token=AUTH_TOKEN, calls=MAX_CALLS)).strip()
        yield Target(webhook, unsigned, service.origin, service.process.pid, service.log, directory)
