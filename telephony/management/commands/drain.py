"""`manage.py drain`: have media processes hand over their calls and end."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from telephony.management.draining import Drains
from telephony.models import ProcessReport
from telephony.process.reports import is_stale, reports


class Command(BaseCommand):
    """Lists the media processes, or drains those that are named, one after the other."""

    help = (
        "Drain media processes: each takes no new calls, lets its calls finish for DRAIN_SECONDS, "
        "leaves the rest to another process between two sentences, and ends. What supervises it "
        "starts the next. Without arguments: list the processes."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Which processes, and how long to stay."""
        parser.add_argument(
            "processes", nargs="*", metavar="PROCESS", help="name, as in the list (host:pid)"
        )
        parser.add_argument(
            "--all",
            action="store_true",
            dest="all_of_them",
            help="all that report, the next one when as many take calls as before",
        )
        parser.add_argument("--wait", action="store_true", help="stay until the last one has ended")
        parser.add_argument(
            "--force", action="store_true", help="also if no other process takes calls"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError when a process is not known, or does not drain in time."""
        now = timezone.now()
        found = {report.name: report for report in reports(now=now)}
        names: list[str] = list(dict.fromkeys(options["processes"]))
        if names and options["all_of_them"]:
            raise CommandError("Either name processes, or use --all")
        if options["all_of_them"]:
            names = [name for name, each in found.items() if not is_stale(each, now=now)]
            if not names:
                raise CommandError("No media process reports")
        if not names:
            self._list(list(found.values()))
            return
        if unknown := [name for name in names if name not in found]:
            known = ", ".join(found) or "none"
            raise CommandError(f"Not known: {', '.join(unknown)}. Processes that report: {known}")
        drains = Drains(self._say, may_be_last=options["force"])
        drains.run([found[name] for name in names], waits=options["wait"])

    def _list(self, found: list[ProcessReport]) -> None:
        if not found:
            self._say("No media process has reported in the last hour")
        for report in found:
            self._say(
                f"{report.name}  {report.calls} of {report.most_calls} calls  "
                f"{_state_of(report)}  {report.version}"
            )

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def _state_of(report: ProcessReport) -> str:
    if is_stale(report, now=timezone.now()):
        return "not reporting"
    if report.is_draining:
        return "draining"
    return "ordered to drain" if report.is_leaving else "takes calls"
