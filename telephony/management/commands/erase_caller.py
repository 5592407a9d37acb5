"""`manage.py erase_caller`: delete everything of one caller, for good."""

import json
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from telephony.management.caller_of_command import caller_of_command
from usage.privacy import callers, erasure
from voicex.errors import CallerOnTheLine

AT_ONCE: Final = 50


class Command(BaseCommand):
    """Erases words, events, recordings and number of a caller of one organization."""

    help = (
        "Erase the personal data of one caller of an organization (transcripts, recorded events, "
        "recordings and the number itself). Calls, usage and ledger stay."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the arguments: the organization and the caller."""
        parser.add_argument(
            "caller",
            metavar="NUMBER",
            help="phone number, sip: or client: address, or a member's email",
        )
        parser.add_argument("--org", required=True, metavar="ID", help="public ID or name")
        parser.add_argument("--yes", action="store_true", help="erase without confirmation")
        parser.add_argument("--json", action="store_true", dest="as_json", help="implies --yes")

    def handle(self, *args: Any, **options: Any) -> None:
        """Ask, erase, and print how much; fail in words when something is left."""
        org, caller = caller_of_command(options["org"], options["caller"])
        held = callers.held_of(org, caller)
        much = f"{held.calls} calls, {held.turns} turns, {held.recordings} recordings"
        if not (options["yes"] or options["as_json"]):
            question = f"Erase {caller.name} in {org.name}: {much}? Type the number again: "
            if not callers.names(input(question), caller):
                raise CommandError("The number doesn't match. Nothing was erased")
        try:
            begun = erasure.begin(org, caller=caller, actor=None, now=timezone.now())
        except CallerOnTheLine as error:
            raise CommandError(str(error)) from error
        is_done = erasure.finish(begun.pk, now=timezone.now(), limit=AT_ONCE)
        report = {"ok": is_done, "calls": begun.calls, "turns": begun.turns}
        report |= {"recordings": begun.recordings, "calls_left": erasure.calls_left(begun)}
        self.stdout.write(json.dumps(report) if options["as_json"] else f"Erased: {much}")
        if not is_done:
            raise CommandError(
                "Some recordings could not be deleted from storage. The worker retries every few "
                "minutes. Run this command again to check"
            )
