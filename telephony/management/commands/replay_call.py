"""`manage.py replay_call`: run a recorded call through the core again."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from telephony.calls import flight_recorder
from telephony.session.call import CallSession
from telephony.session.events import CallResumed, FrameHeard
from telephony.session.turns import TurnRecord
from usage.models import Call, Turn


class Command(BaseCommand):
    """Runs the recorded events through today's core and compares the turns."""

    help = "Run the recorded events of a call through the core again. ID: the Call SID or number."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which call, and how to print it."""
        parser.add_argument("id", metavar="ID", help="Call SID, or the call's number in the admin")
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print each event with the commands it caused; fail when the turns differ."""
        call = self._find(options["id"])
        record = bytes(call.flight_record.events)
        if flight_recorder.is_full(record):
            raise CommandError(
                "The record of this call lacks its last events: it has no room for more than "
                f"{flight_recorder.MOST_BYTES // 2**20} MB, so the call cannot be replayed whole"
            )
        config, recorded = flight_recorder.unpack(record)
        events = list(recorded)
        if events and isinstance(events[0][1], CallResumed):
            raise CommandError(
                "This call was continued by another process: its events before that are lost, "
                "and those after it cannot be replayed without them"
            )
        session = CallSession(config)
        steps = []
        for now_ms, event in events:
            commands = session.receive(event, now_ms=now_ms)
            if not isinstance(event, FrameHeard):
                steps.append({"ms": now_ms, "event": _brief(event), "commands": _brief(commands)})
        turns = session.transcript.turns
        # What was taken out of an event and of its turn need not be replaced by the same words.
        compared = _how if config.privacy.is_on else _said
        is_same = [compared(turn) for turn in turns] == [compared(t) for t in call.turns.all()]
        if options["as_json"]:
            report = {"call_sid": call.call_sid, "same": is_same, "steps": steps}
            report["turns"] = [_said(turn) for turn in turns]
            self.stdout.write(json.dumps(report))
        else:
            for step in steps:
                self.stdout.write(f"{step['ms']:>8} ms  {step['event']}")
                for command in step["commands"]:
                    self.stdout.write(f"{'':>13}-> {command}")
            for turn in turns:
                self.stdout.write(f"{turn.number:>3} {turn.role:<6} {turn.heard_text}")
        if not is_same:
            raise CommandError(
                "The replay produced turns that differ from those stored with the call"
            )

    def _find(self, name: str) -> Call:
        calls = Call.objects.select_related("flight_record")
        call = calls.filter(carrier_call_id=name).first()
        if call is None and name.isdecimal():
            call = calls.filter(pk=int(name)).first()
        if call is None:
            raise CommandError(f"Call {name!r} not found. Use a Call SID from the list of calls")
        if call.words_deleted_at is not None:
            raise CommandError("The transcript and events of this call were deleted")
        if not hasattr(call, "flight_record"):
            raise CommandError(
                "This call has no recorded events. It has not ended, or never had a stream"
            )
        return call


def _said(turn: TurnRecord | Turn) -> list[Any]:
    return [turn.number, str(turn.role), turn.text, turn.heard_text, turn.interrupted]


def _how(turn: TurnRecord | Turn) -> list[Any]:
    return [turn.number, str(turn.role), turn.interrupted]


def _brief(value: Any) -> Any:
    if isinstance(value, list):
        return [_brief(item) for item in value]
    text = repr(value)
    return text if len(text) <= 160 else f"{text[:157]}..."
