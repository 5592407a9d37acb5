"""The site that the journeys visit: one server for web and calls, a worker, PostgreSQL, Redis.

Every worker of the test run starts one for all its journeys, on ports and in directories of
its own. Mails become files; each is read as the person would who finds it in the inbox.
"""

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Final

from telephony.simulator.phone import place_call
from telephony.simulator.plan import CallPlan, CallResult
from telephony.simulator.sound.utterance import Utterance
from telephony.simulator.sound.voices import spoken
from testing.services.servers import ROOT, PostgreSQL, Redis, Server, wait_until
from testing.services.service import Service, running
from testing.twilio.rest_api import FakeTwilio, fake_twilio

QUESTION: Final = "Hello, when are you open tomorrow?"
MAIL_SECONDS: Final = 60.0
CALL_SECONDS: Final = 90.0


@dataclass
class Site:
    """What runs. `origin`: where a browser finds it, without a trailing slash.

    twilio: what the site takes for Twilio's REST API; it knows one account.
    """

    service: Service
    directory: Path
    twilio: FakeTwilio
    # Playwright's own event loop has the main thread.
    phones: ThreadPoolExecutor

    @property
    def origin(self) -> str:
        return self.service.origin

    def make(self, function: str, **arguments: Any) -> Any:
        """What `function` of tests/journeys/world.py returns, run beside the site's data."""
        code = f"from tests.journeys import world; world.answer({function!r}, {arguments!r})"
        return json.loads(self.service.shell(code))

    def mail_to(self, address: str, *, about: str) -> EmailMessage:
        """The latest mail to `address` whose subject contains `about`; waits until it came."""
        found: list[EmailMessage] = []

        def came() -> bool:
            found[:] = [mail for mail in self._mails(address) if about in str(mail["Subject"])]
            return bool(found)

        wait_until(came, f"a mail about {about!r} to {address}", seconds=MAIL_SECONDS)
        return found[-1]

    def link_to(self, address: str, *, about: str) -> str:
        """The link in such a mail."""
        text = self.mail_to(address, about=about).get_content()
        link = re.search(rf"{re.escape(self.origin)}/\S+", text)
        assert link, text
        return link.group()

    def _mails(self, address: str) -> list[EmailMessage]:
        mails = []
        for path in sorted((self.directory / "mail").glob("*.log"), key=os.path.getmtime):
            # The file backend rules off each message of one connection with a line of dashes.
            for text in re.split(rb"\n-{79}\n", path.read_bytes()):
                mail = message_from_bytes(text, policy=policy.default)
                if address in str(mail["To"]):
                    mails.append(mail)
        return mails

    def say(self, text: str) -> Utterance:
        """`text` in a caller's voice."""
        making = spoken(text, cache_dir=self.directory / "voices")
        return self.phones.submit(asyncio.run, making).result()

    def rings(self, webhook: str, *texts: str, **plan: Any) -> Future[CallResult]:
        """A call of the simulated phone that says `texts`, live beside the browser."""
        utterances = tuple(self.say(text) for text in texts)
        call = place_call(CallPlan(webhook=webhook, utterances=utterances, **plan))
        return self.phones.submit(asyncio.run, call)

    def phone(self, webhook: str, *texts: str, **plan: Any) -> CallResult:
        """Such a call from its beginning to its end."""
        return self.rings(webhook, *texts, **plan).result(CALL_SECONDS)


@contextmanager
def visited(directory: Path) -> Iterator[Site]:
    """The site, migrated and ready, until the block ends."""
    mail = directory / "mail"
    mail.mkdir()
    with PostgreSQL() as postgresql, Redis(directory) as redis, fake_twilio() as twilio:
        settings = {
            "DATABASE_URL": postgresql.url,
            "REDIS_URL": redis.url,
            "EMAIL_URL": f"filemail:///{mail}",
            "TWILIO_REST_URL": twilio.url,
        }
        _collect_static_files(directory)
        with running(directory, **settings) as service, ThreadPoolExecutor() as phones:
            worker = _worker(directory, service.environment)
            try:
                yield Site(service, directory, twilio, phones)
            finally:
                worker.stop()


def _collect_static_files(directory: Path) -> None:
    environment = {**os.environ, "VAR_DIR": str(directory / "var")}
    command = [sys.executable, "manage.py", "collectstatic", "--no-input", "-v0"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)


def _worker(directory: Path, environment: dict[str, str]) -> Server:
    command = [sys.executable, "-m", "celery", "--quiet", "--app", "tests.journeys.swept", "worker"]
    command += ["--pool", "solo", "--without-mingle", "--without-gossip", "--without-heartbeat"]
    command += ["--beat", "--schedule", str(directory / "beat-schedule")]
    return Server("worker", command, log=directory / "worker.log", cwd=ROOT, env=environment)
