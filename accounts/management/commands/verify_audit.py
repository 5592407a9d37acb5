"""`manage.py verify_audit`: check that the audit log was not changed."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.audit.check import Fault, Head, Verdict, verify
from accounts.models import Organization

WORDS = {
    "changed": "was changed or moved, or follows such an entry",
    "missing": "is missing",
    "cut_off": "and all entries after it are missing",
    "unknown": "was not written by Voicex",
    "rewritten": "differs from the digest that was kept",
}


class Command(BaseCommand):
    """Verifies the chains of all organizations and the platform; fails if there is a fault."""

    help = (
        "Check every chain of the audit log for changed, missing or moved entries. Keep the output "
        "of --json on another machine and compare with it later through --against."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Options of the output, and the heads to compare with."""
        parser.add_argument("--json", action="store_true", dest="as_json")
        parser.add_argument("--against", metavar="FILE", help="earlier output of --json")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the result. Raises CommandError for a fault."""
        verdict = verify(against=_kept(options["against"]) if options["against"] else None)
        if options["as_json"]:
            self.stdout.write(json.dumps(_report(verdict)))
        else:
            for fault in verdict.faults:
                self.stdout.write(_in_words(fault))
            self.stdout.write(f"{verdict.entries} entries in {len(verdict.heads)} chains")
        if verdict.fault_count:
            raise CommandError(f"The audit log has {verdict.fault_count} fault(s)")


def _kept(path: str) -> dict[int, Head]:
    try:
        heads = json.loads(Path(path).read_text())["heads"]
        return {
            int(chain): Head(int(each["length"]), str(each["digest"]))
            for chain, each in heads.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise CommandError(
            f"{path} is not output of `verify_audit --json` ({type(error).__name__})"
        ) from error


def _report(verdict: Verdict) -> dict[str, Any]:
    return {
        "ok": not verdict.fault_count,
        "entries": verdict.entries,
        "fault_count": verdict.fault_count,
        "faults": [
            {"chain": each.chain, "sequence": each.sequence, "what": each.what}
            for each in verdict.faults
        ],
        "heads": {
            str(chain): {"length": head.length, "digest": head.digest}
            for chain, head in verdict.heads.items()
        },
    }


def _in_words(fault: Fault) -> str:
    org = Organization.objects.filter(pk=fault.chain).first() if fault.chain else None
    whose = f"{org.name} ({org.public_id})" if org else f"organization {fault.chain}"
    return f"{whose if fault.chain else 'the platform'}: entry {fault.sequence} {WORDS[fault.what]}"
