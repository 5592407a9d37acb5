"""`manage.py storm`: many simulated calls at once, with percentiles."""

import json
from typing import Any, Final

import uvloop
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from telephony.simulator.options import CallerTurn, add_options, check_webhook, prepare
from telephony.simulator.plan import CallResult
from telephony.simulator.storm import StormPlan, run_storm
from voicex.simulated_phone import ACCOUNT_SID

SAID_BY_DEFAULT: Final = (
    CallerTurn(False, "Hello, when are you open tomorrow?"),
    CallerTurn(False, "And where can I find you?"),
    CallerTurn(False, "Thank you, what does it cost?"),
)


class Command(BaseCommand):
    """Place many calls at once to a webhook, as Twilio would."""

    help = "Place many calls to a webhook at once and print percentiles of what callers experience."

    def add_arguments(self, parser: CommandParser) -> None:
        """The options; see docs/simulator.md."""
        add_options(parser)
        parser.add_argument("--calls", type=int, required=True, help="How many calls at once.")
        parser.add_argument(
            "--seconds", type=float, required=True, help="How long each caller keeps talking."
        )
        parser.add_argument(
            "--ramp", type=float, default=5.0, help="New calls a second (default 5)."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Exit 0 only when every call was answered and in order."""
        webhook = check_webhook(options["webhook"])
        if options["calls"] < 1 or options["seconds"] <= 0 or options["ramp"] <= 0:
            raise CommandError("--calls, --seconds and --ramp must be above zero")
        as_json: bool = options["as_json"]
        summary = uvloop.run(self._storm(webhook, options))
        if as_json:
            self.stdout.write(json.dumps(summary))
        else:
            self._print(summary)
        if not summary["ok"]:
            raise CommandError("some calls were not answered or had errors")

    async def _storm(self, webhook: str, options: dict[str, Any]) -> dict[str, Any]:
        cache_dir = settings.VAR_DIR / "simulator" / "voices"
        utterances = await prepare(options["turns"] or SAID_BY_DEFAULT, cache_dir=cache_dir)
        call_options = {"account_sid": options["account_sid"] or ACCOUNT_SID}
        if options["auth_token"]:
            call_options["auth_token"] = options["auth_token"]
        plan = StormPlan(
            webhook=webhook,
            calls=options["calls"],
            seconds=options["seconds"],
            ramp=options["ramp"],
            utterances=utterances,
            barge_in_after_ms=options["barge_in_after"],
            call_options=call_options,
        )
        ended = 0

        def on_end(result: CallResult) -> None:
            nonlocal ended
            ended += 1
            why = "; ".join(problem.words for problem in result.errors)
            self.stderr.write(f"{ended:>4} of {plan.calls}  {result.outcome}  {why}".rstrip())

        return await run_storm(plan, on_end)

    def _print(self, summary: dict[str, Any]) -> None:
        lines = ["", f"{summary['calls']} calls: " + _counts(summary["outcomes"])]
        titles = {
            "greeting_ms": "greeting after start",
            "voice_to_voice_ms": "last word to first sound",
            "barge_in_ms": "interruption to silence",
            "gaps_ms": "gaps inside replies",
        }
        lines.append(f"{'milliseconds':<26}{'n':>7}{'p50':>7}{'p95':>7}{'max':>7}")
        for key, title in titles.items():
            cells = "".join(f"{'-' if v is None else v:>7}" for v in summary[key].values())
            lines.append(f"{title:<26}{cells}")
        marks = summary["marks"]
        lines.append(f"marks returned            {marks['returned']} of {marks['received']}")
        for key, title in (
            ("unanswered", "utterances without answer"),
            ("barge_ins_ignored", "interruptions ignored"),
            ("loud_after_clear", "old words after a clear"),
        ):
            if summary[key]:
                lines.append(f"{title:<26}{summary[key]}")
        lines += [f"error in {e['calls']} call(s): {e['words']}" for e in summary["errors"]]
        phone = summary["phone"]
        lines.append(f"the phone itself          {phone['cpu_share']:.0%} of a core")
        if not phone["is_trustworthy"]:
            lines.append(
                f"The simulated phone was up to {phone['late_ms']} ms late because this machine is "
                "too busy. The figures above include that delay."
            )
        self.stdout.write("\n".join(lines))


def _counts(outcomes: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in outcomes.items() if count)
