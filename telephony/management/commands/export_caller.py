"""`manage.py export_caller`: everything of one caller as a ZIP file."""

import json
import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from telephony.management.caller_of_command import caller_of_command
from telephony.stored.caller_archive import archive_of
from usage.privacy import callers
from usage.privacy.access_audit import record_caller_exported


class Command(BaseCommand):
    """Writes calls, turns, events and recordings of a caller of one organization to a file."""

    help = "Export the data of one caller of an organization as a ZIP file."

    def add_arguments(self, parser: CommandParser) -> None:
        """Whose caller, which, and where to."""
        parser.add_argument(
            "caller",
            metavar="NUMBER",
            help="phone number, sip: or client: address, or a member's email",
        )
        parser.add_argument("--org", required=True, metavar="ID", help="public ID or name")
        parser.add_argument("--out", required=True, metavar="FILE.zip")
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the file, which must not exist yet; print how much is in it."""
        org, caller = caller_of_command(options["org"], options["caller"])
        held = callers.held_of(org, caller)
        path = Path(options["out"])
        try:
            with open(path, "xb", opener=_for_our_user_alone) as file:
                file.writelines(archive_of(org, caller, now=timezone.now()))
        except OSError as error:
            raise CommandError(
                f"{path} cannot be written ({error.strerror}). Name a file that does not exist yet"
            ) from error
        record_caller_exported(org, caller=caller, actor=None)
        report: dict[str, Any] = {"ok": True, "calls": held.calls, "turns": held.turns}
        report |= {"recordings": held.recordings, "file": str(path)}
        self.stdout.write(
            json.dumps(report)
            if options["as_json"]
            else f"{held.calls} calls, {held.turns} turns, {held.recordings} recordings: {path}"
        )


def _for_our_user_alone(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
