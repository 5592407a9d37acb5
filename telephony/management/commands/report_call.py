"""`manage.py report_call`: what was kept of a call, as in report.json."""

import json
import time
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError, CommandParser

from usage.models import Call
from usage.reads.calls import call_report

POLL_SECONDS: Final = 0.2


class Command(BaseCommand):
    """Prints the report of a call once it is settled."""

    help = "Wait until a call is settled and print its report (the keys of report.json)."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which call, and how long to wait."""
        parser.add_argument("call_sid", metavar="CALLSID")
        parser.add_argument("--wait", type=float, default=20.0, metavar="SECONDS")
        parser.add_argument(
            "--json",
            action="store_true",
            help="Accepted for consistency. The output is always JSON.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Fail in words when the call is unknown or still not settled."""
        deadline = time.monotonic() + options["wait"]
        while True:
            call = Call.objects.filter(carrier_call_id=options["call_sid"]).first()
            if call is not None and call.settled_at is not None:
                break
            if time.monotonic() > deadline:
                state = "is not settled yet" if call else "was not found"
                raise CommandError(f"Call {options['call_sid']} {state}")
            time.sleep(POLL_SECONDS)
        self.stdout.write(json.dumps({"ok": True, **call_report(call)}))
