"""The common part of `reencrypt` and `rotate_pepper`: the former key and the report."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Final

from django.core.management.base import BaseCommand, CommandError

from accounts.secrets.reencryption import SECOND_FACTORS, Progress

_WORDS: Final = {
    "credentials": "credentials",
    "host_secrets": "secrets of tools",
    "api_keys": "API keys",
    "webhooks": "webhooks",
    SECOND_FACTORS: "second factors",
}


class KeyRotationCommand(BaseCommand):
    """Converts stored values; may run during calls, and again after it was stopped."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options for a key that the settings refuse, and for the output."""
        parser.add_argument(
            "--former-key-file",
            type=Path,
            metavar="FILE",
            help="file with a former key that FIELD_ENCRYPTION_KEYS does not contain, for example "
            "because it is too short to be accepted",
        )
        parser.add_argument("--json", action="store_true", dest="as_json", help="print JSON")

    def former_keys(self, file: Path | None) -> list[str]:
        """The key in the file, if one was given. Raises CommandError."""
        if file is None:
            return []
        try:
            text = file.read_text().strip()
        except OSError as error:
            raise CommandError(f"{file} cannot be read ({error.strerror})") from error
        if not text:
            raise CommandError(f"{file} is empty. Expected one former key")
        return [text]

    def print_progress(self, progress: Progress, *, as_json: bool, advice: str) -> None:
        """Print the result. Raises CommandError if rows are left."""
        counted = {
            "moved": dict(progress.moved),
            "remaining": dict(+progress.remaining),
            "unreadable": dict(+progress.unreadable),
        }
        if as_json:
            self.stdout.write(json.dumps(counted))
        else:
            for state, kinds in counted.items():
                words = ", ".join(f"{count} {_WORDS[kind]}" for kind, count in kinds.items())
                self.stdout.write(f"{state:12} {words or 'none'}")
        if counted["unreadable"]:
            raise CommandError(
                "Some values are unreadable. They were sealed with a key that is not configured, "
                "or were altered. Add the former key after the others in FIELD_ENCRYPTION_KEYS, "
                "pass it with --former-key-file, or store these values again"
            )
        if counted["remaining"]:
            raise CommandError("Some rows changed during the run. Run the command again")
        if not as_json:
            self.stdout.write(advice)
