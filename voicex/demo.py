"""`make demo`: one phone call, end to end, on a machine with nothing but Python.

    python -m voicex.demo

Starts the service on a free port, calls its sample agent with the simulated phone through
the real webhook and the real media socket, asks two questions and says goodbye. Leaves
`var/demo/report.json` and `var/demo/call.wav`. Exit 0 only if each question was answered
from the fact it asks for, and the call was settled.
"""

import json
import os
import re
import sys
import time
from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from typing import Any, Final

import django

from voicex.errors import ConfigurationError
from voicex.supervisor import Supervisor, child_environment, listen, wait_until_ready

ASKED: Final = ("opening hours", "park")  # words in the topics of two facts of the sample
GOODBYE: Final = "That is all, thank you. Goodbye."
ENOUGH_OF_A_FACT: Final = 0.5  # of its content words; a model may say it in its own
READY_SECONDS: Final = 120.0


def main() -> int:
    """Run the demo; the exit status."""
    began = time.monotonic()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voicex.settings")
    os.environ.setdefault("LOG_LEVEL", "WARNING")  # the conversation is what there is to see
    try:
        listener = listen("127.0.0.1", 0)
        port: int = listener.getsockname()[1]
        os.environ.update(child_environment(port))
        django.setup()
        report = _run(listener, port)
    except ConfigurationError as error:
        print(f"voicex: {error}", file=sys.stderr)  # noqa: T201 - the demo talks to a person
        return 1
    _say(f"\n{'All is well' if report['ok'] else 'NOT well'}, {time.monotonic() - began:.0f} s. "
         "Listen: var/demo/call.wav; read: var/demo/report.json. The service: make run")  # fmt: skip
    return 0 if report["ok"] else 1


def _run(listener: Any, port: int) -> dict[str, Any]:
    """Everything that needs Django's set-up behind it."""
    from django.conf import settings
    from django.core.management import CommandError, call_command

    from agents.config import parse_facts
    from agents.samples import HARBOUR_DENTAL

    demo_dir: Path = settings.VAR_DIR / "demo"
    try:
        demo_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"{demo_dir} cannot be written ({error.strerror}). Make it writable for this user"
        ) from error
    _say("Setting up: database, organization, agent, key ...")
    call_command("migrate", verbosity=0)
    printed = StringIO()
    call_command("bootstrap", as_json=True, stdout=printed)
    org = json.loads(printed.getvalue())
    facts = [
        next(fact for fact in parse_facts(HARBOUR_DENTAL.facts) if word in fact.topic)
        for word in ASKED
    ]
    questions = [fact.topic.partition("?")[0] + "?" for fact in facts]

    _say("Starting the service and its speech models ...")
    supervisor = Supervisor(listener, run_dir=demo_dir / "run", has_redis=bool(settings.REDIS_URL))
    problem = ""
    with supervisor:
        wait_until_ready(supervisor, port, seconds=READY_SECONDS)
        _say("Calling.\n")
        said = [argument for text in (*questions, GOODBYE) for argument in ("--say", text)]
        record = str(demo_dir / "call.wav")
        try:
            call_command("call", "--webhook", org["webhook_url"], "--record", record, *said)
        except CommandError as error:
            problem = str(error)
    report = _report(org, [fact.text for fact in facts], problem)
    (demo_dir / "report.json").write_text(json.dumps(report, indent=2) + "\n")
    if problem:
        _say(f"\nProblem: {problem}")
    return report


def _report(org: dict[str, Any], expected: Sequence[str], problem: str) -> dict[str, Any]:
    """The report of the newest call of the organization; "ok" is the verdict."""
    from accounts.models import Organization
    from usage.selectors import call_report, calls_of

    calls = list(calls_of(Organization.objects.get(public_id=org["org_id"]), limit=1))
    if not calls:
        return {"ok": False, "problem": problem or "no call reached the service"}
    call = calls[0]
    report = call_report(call)
    answers = [turn["heard_text"] for turn in report["turns"] if turn["role"] == "agent"]
    unanswered = [fact for fact in expected if not any(_tells(a, fact) for a in answers)]
    for fact in unanswered:
        _say(f"Not answered: {fact}")
    is_settled = call.settled_at is not None and bool(report["ledger"])
    return {"ok": not problem and not unanswered and is_settled, **report}


def _tells(answer: str, fact: str) -> bool:
    """Whether the answer has most content words of the fact."""
    wanted = {word for word in re.findall(r"\w+", fact.lower()) if len(word) > 3}
    given = set(re.findall(r"\w+", answer.lower()))
    return len(wanted & given) >= ENOUGH_OF_A_FACT * len(wanted)


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - the demo talks to a person


if __name__ == "__main__":
    sys.exit(main())
