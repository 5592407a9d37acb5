"""`make demo`: one phone call, end to end, on a machine with nothing but Python."""

import json
import re
import time
from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from accounts.models import Organization
from agents.settings.config import parse_facts
from agents.versions.samples import HARBOUR_DENTAL
from usage.reads.calls import call_report, calls_of
from voicex.checks import engines_are_installed
from voicex.errors import ConfigurationError
from voicex.processes.supervisor import Supervisor, child_environment, listen, wait_until_ready

ASKED: Final = ("opening hours", "park")  # words in the topics of two facts of the sample
GOODBYE: Final = "That is all, thank you. Goodbye."
ENOUGH_OF_A_FACT: Final = 0.5  # of its content words; a model may say it in its own
READY_SECONDS: Final = 120.0


class Command(BaseCommand):
    """Serve on a free port, call the sample agent, ask two questions, settle the call."""

    help = (
        "Start the service, place one call through the real webhook and media socket, and "
        "leave var/demo/report.json and var/demo/call.wav. Fails unless each question was "
        "answered from the matching fact and the call was settled."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the demo."""
        began = time.monotonic()
        demo_dir = _writable(settings.VAR_DIR / "demo")
        self._say("Setting up: database, organization, agent, key ...")
        engines_are_installed()
        call_command("migrate", verbosity=0)
        _writable(settings.STATIC_ROOT)  # WhiteNoise warns when no files were collected yet
        org = _bootstrap()
        facts = [
            next(fact for fact in parse_facts(HARBOUR_DENTAL.facts) if word in fact.topic)
            for word in ASKED
        ]
        questions = [fact.topic.partition("?")[0] + "?" for fact in facts]

        problem = self._call(org["webhook_url"], [*questions, GOODBYE], demo_dir)
        report = _report(org["org_id"], [fact.text for fact in facts], problem)
        (demo_dir / "report.json").write_text(json.dumps(report, indent=2) + "\n")
        if not report["ok"]:
            raise CommandError(f"The demo failed: {report['problem']}")
        self._say(
            f"\nThe demo passed in {time.monotonic() - began:.0f} s.\n"
            f"  Recording   {demo_dir / 'call.wav'}\n"
            f"  Report      {demo_dir / 'report.json'}\n"
            "  Next        make run"
        )

    def _call(self, webhook_url: str, utterances: Sequence[str], demo_dir: Path) -> str:
        """Serve, and place the call; what went wrong in words, or ""."""
        listener = listen("127.0.0.1", 0)
        port: int = listener.getsockname()[1]
        webhook = f"http://localhost:{port}{webhook_url.removeprefix(settings.TWILIO_APP_URL)}"
        said = [argument for text in utterances for argument in ("--say", text)]
        self._say("Starting the service and its speech models ...")
        supervisor = Supervisor(
            listener,
            run_dir=demo_dir / "run",
            has_redis=bool(settings.REDIS_URL),
            # The conversation is what there is to see, not the log.
            environment={**child_environment(port), "LOG_LEVEL": "WARNING"},
        )
        with supervisor:
            wait_until_ready(supervisor, seconds=READY_SECONDS)
            self._say("Calling.\n")
            try:
                record = str(demo_dir / "call.wav")
                call_command("call", "--webhook", webhook, "--record", record, *said)
            except CommandError as error:
                return str(error)
        return ""

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def _writable(directory: Path) -> Path:
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"{directory} cannot be written ({error.strerror}). Make it writable for this user"
        ) from error
    return directory


def _bootstrap() -> dict[str, str]:
    printed = StringIO()
    call_command("bootstrap", "--json", stdout=printed)
    org: dict[str, str] = json.loads(printed.getvalue())
    return org


def _report(org_id: str, expected: Sequence[str], problem: str) -> dict[str, Any]:
    """The report of the organization's newest call, with the verdict in "ok"."""
    call = next(iter(calls_of(Organization.objects.get(public_id=org_id), limit=1)), None)
    if call is None:
        return {"ok": False, "problem": problem or "no call reached the service"}
    report = call_report(call)
    answers = [turn["heard_text"] for turn in report["turns"] if turn["role"] == "agent"]
    for fact in expected:
        if not any(_tells(answer, fact) for answer in answers):
            problem = problem or f"the agent did not say: {fact}"
    if call.settled_at is None or not report["ledger"]:
        problem = problem or "the call was not settled"
    return {"ok": not problem, "problem": problem, **report}


def _tells(answer: str, fact: str) -> bool:
    """Whether the answer has most content words of the fact."""
    wanted = {word for word in re.findall(r"\w+", fact.lower()) if len(word) > 3}
    given = set(re.findall(r"\w+", answer.lower()))
    return len(wanted & given) >= ENOUGH_OF_A_FACT * len(wanted)
