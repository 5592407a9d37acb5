"""`manage.py call`: the simulated phone places one call and reports what it was like."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import Organization
from telephony.simulator.caller import CallerBehaviour
from telephony.simulator.dial import ANSWERS, DialedPerson, DialResult
from telephony.simulator.options import add_options, check_webhook, prepare
from telephony.simulator.phone import place_call
from telephony.simulator.plan import CallPlan, CallResult, Faults, Outcome
from telephony.simulator.report import text
from telephony.simulator.report.known_call import organization_of, settled_call
from usage.reads.calls import call_of, call_report
from voicex.simulated_phone import ACCOUNT_SID

FAULTS: Final = ("connect-twice", "repeat-callbacks", "reorder-callbacks")
TRANSCRIPT_POLL_SECONDS: Final = 0.4

Print = Callable[[str], None]


class Command(BaseCommand):
    """Place one call to a webhook, as Twilio would."""

    help = (
        "Call a webhook as Twilio does (signed request, TwiML, media stream, callbacks). Fails "
        "with Twilio's error code where Twilio would."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """The options; see docs/simulator.md."""
        add_options(parser)
        parser.add_argument(
            "--dtmf", default="", metavar="DIGITS", help="Keys to press at the end."
        )
        parser.add_argument(
            "--record", type=Path, metavar="OUT.wav", help="Stereo: caller left, agent right."
        )
        parser.add_argument(
            "--status-callback", default="", metavar="URL", help="'Call status changes' URL."
        )
        parser.add_argument(
            "--drop-after", type=int, metavar="MS", help="Drop the connection without hanging up."
        )
        parser.add_argument(
            "--dial-result",
            choices=[str(result) for result in DialResult],
            default=str(DialResult.ANSWERED),
            help="Whom a transfer meets (default: answered).",
        )
        parser.add_argument(
            "--dial-seconds",
            type=float,
            default=ANSWERS.seconds,
            metavar="S",
            help="How long the person talks to the caller (default 3).",
        )
        parser.add_argument("--fault", action="append", choices=FAULTS, default=[])
        parser.add_argument(
            "--max-seconds",
            type=float,
            default=300.0,
            help="Maximum call length in seconds (default 300).",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Exit 0 only when an agent answered and nothing was amiss."""
        as_json: bool = options["as_json"]
        tell: Print = self.stderr.write if as_json else self.stdout.write
        org = organization_of(check_webhook(options["webhook"]))
        result = asyncio.run(_call(options, org, tell))
        call = settled_call(org, call_sid=result.call_sid) if org is not None else None
        report = call_report(call) if call is not None else {}
        is_settled = call is None or call.settled_at is not None
        if as_json:
            both_sides = {
                "ok": result.ok and is_settled,
                "call_sid": result.call_sid,
                **report,
                "phone": result.as_json(),
                "errors": result.errors_as_json(),
            }
            self.stdout.write(json.dumps(both_sides))
        else:
            self._summary(result, report)
        self._verdict(result, is_settled=is_settled)

    def _summary(self, result: CallResult, report: dict[str, Any]) -> None:
        sections = {
            "Measured by the phone": text.measured(result.measurements) if result.streams else [],
            "Where the time went": text.waterfall(report.get("turns", [])),
            "Ledger": text.ledger(report.get("ledger", [])),
        }
        for title, lines in sections.items():
            if lines:
                self.stdout.write("\n".join(["", title, *(f"  {line}" for line in lines)]))
        self.stdout.write(f"\nCall {result.call_sid}: {result.status}, {result.seconds:.1f} s")

    def _verdict(self, result: CallResult, *, is_settled: bool) -> None:
        if result.errors:
            reasons = "\n".join(f"  {text.problem_line(problem)}" for problem in result.errors)
            raise CommandError(f"the call had errors:\n{reasons}")
        if result.outcome is Outcome.DECLINED:
            raise CommandError("the server answered, but no agent did (see what the carrier said)")
        if not is_settled:
            raise CommandError(
                "the call ended but was not settled. Check that the server's worker is running"
            )


async def _plan(options: dict[str, Any]) -> CallPlan:
    given: dict[str, Any] = {}
    if options["auth_token"]:  # without one the plan makes its own
        given["auth_token"] = options["auth_token"]
    return CallPlan(
        webhook=options["webhook"],
        utterances=await prepare(
            options["turns"] or (), cache_dir=settings.VAR_DIR / "simulator" / "voices"
        ),
        digits=options["dtmf"],
        manner=CallerBehaviour(
            barge_in_after_ms=options["barge_in_after"], drop_after_ms=options["drop_after"]
        ),
        status_callback=options["status_callback"],
        account_sid=options["account_sid"] or ACCOUNT_SID,
        max_seconds=options["max_seconds"],
        record=options["record"],
        dialed=DialedPerson(
            DialResult(options["dial_result"]), seconds=max(0.0, options["dial_seconds"])
        ),
        faults=Faults(**{name.replace("-", "_"): True for name in options["fault"]}),
        **given,
    )


async def _call(options: dict[str, Any], org: Organization | None, tell: Print) -> CallResult:
    """Place the call, printing its events and, when it is our own server's, its transcript."""
    plan = await _plan(options)
    placing = asyncio.create_task(
        place_call(plan, on_event=lambda event: tell(text.event_line(event))),
        name="simulated-call",
    )
    if org is None:
        return await placing
    told = 0
    while not placing.done():
        await asyncio.wait({placing}, timeout=TRANSCRIPT_POLL_SECONDS)
        turns = await sync_to_async(_turns)(org, plan.call_sid)
        finished = turns if placing.done() else turns[: _settled(turns)]
        for turn in finished[told:]:
            tell(f"{'':11}{text.turn_line(turn)}")
        told = max(told, len(finished))
    return placing.result()


def _settled(turns: list[dict[str, Any]]) -> int:
    """How many turns will not change any more.

    A reply is saved when it begins and again when it was heard; what the caller says may
    grow until something of an answer was heard.
    """
    for number in range(len(turns), 0, -1):
        turn = turns[number - 1]
        if turn["role"] == "agent" and turn["heard_text"]:
            is_whole = turn["interrupted"] or turn["heard_text"] == turn["text"]
            return number if is_whole else number - 1
    return 0


def _turns(org: Organization, call_sid: str) -> list[dict[str, Any]]:
    call = call_of(org, call_sid=call_sid)
    return call_report(call)["turns"] if call is not None else []
