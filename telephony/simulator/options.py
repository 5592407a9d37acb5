"""Command-line options that `manage.py call` and `manage.py storm` share."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from telephony.simulator.sound.utterance import Utterance
from telephony.simulator.sound.voices import recorded, spoken
from telephony.simulator.sound.wav_file import UnreadableAudio
from voicex.errors import EngineError


@dataclass(frozen=True, slots=True)
class CallerTurn:
    """One thing to say: a recording, or words for the local voice."""

    is_recording: bool
    value: str


class _AppendTurns(argparse.Action):
    """Keeps --audio and --say in the order in which they were given."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        turns = list(getattr(namespace, self.dest) or ())
        turns += [CallerTurn(option_string == "--audio", str(value)) for value in values or ()]
        setattr(namespace, self.dest, turns)


def add_options(parser: CommandParser) -> None:
    """The options of both commands."""
    parser.add_argument(
        "--webhook", required=True, help="The URL of the number's 'A call comes in'."
    )
    turns = parser.add_argument_group("what the caller says, in the order given")
    for option, metavar, what in (
        ("--audio", "FILE.wav", "A recording: any WAV file, mu-law included."),
        ("--say", "TEXT", "Words, spoken by the local voice changed to another person's."),
    ):
        turns.add_argument(
            option, dest="turns", action=_AppendTurns, nargs="+", metavar=metavar, help=what
        )
    parser.add_argument(
        "--auth-token",
        default="",
        help="The Twilio account's auth token, to sign with (default: a random one).",
    )
    parser.add_argument(
        "--account-sid", default="", help="Another AccountSid than the phone's own."
    )
    parser.add_argument(
        "--barge-in-after",
        type=int,
        metavar="MS",
        help="Interrupt each reply when it has been audible for so long. The greeting is heard "
        "out, unless there is only one thing to say.",
    )
    parser.add_argument("--json", dest="as_json", action="store_true", help="JSON on stdout.")


def check_webhook(url: str) -> str:
    """`url`, when a phone can call it. Raises CommandError."""
    if not url.startswith(("http://", "https://")):
        raise CommandError(f"--webhook {url!r} is not an http(s) URL")
    return url


async def prepare(turns: Sequence[CallerTurn], *, cache_dir: Path) -> tuple[Utterance, ...]:
    """What the caller will say, ready to send. Raises CommandError in words."""
    try:
        return tuple(
            [
                recorded(Path(turn.value))
                if turn.is_recording
                else await spoken(turn.value, cache_dir=cache_dir)
                for turn in turns
            ]
        )
    except (UnreadableAudio, EngineError) as error:
        raise CommandError(str(error)) from error
