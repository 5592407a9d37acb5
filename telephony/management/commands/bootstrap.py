"""`manage.py bootstrap`: an organization with an agent and a webhook key, ready for a call."""

import dataclasses
import json
from argparse import ArgumentParser

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, ProgrammingError

from agents.engines import registry
from agents.versions.samples import HARBOUR_DENTAL
from telephony.bootstrap import bootstrap


class Command(BaseCommand):
    """Prints what a caller and a member need: ids, key, webhook URL, log-in."""

    help = (
        "Create (or find, by name) an organization with an owner, an active agent and a webhook "
        "key. The password is printed once, when the owner is created, and is empty later."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The organization's name, the agent's engines, and the form of the output."""
        parser.add_argument("--org", default=HARBOUR_DENTAL.org_name, metavar="NAME")
        parser.add_argument("--stt", choices=registry.names("stt"), help="speech-to-text engine")
        parser.add_argument("--llm", choices=registry.names("llm"), help="language model engine")
        parser.add_argument("--tts", choices=registry.names("tts"), help="text-to-speech engine")
        parser.add_argument(
            "--new-password",
            action="store_true",
            help="set and print a new password for an owner that this command created",
        )
        parser.add_argument(
            "--notify-url",
            default="",
            metavar="URL",
            help="send all events there as outgoing webhooks, and print their secret",
        )
        parser.add_argument(
            "--json", action="store_true", dest="as_json", help="print one JSON object"
        )

    def handle(
        self,
        *_args: object,
        org: str,
        stt: str | None,
        llm: str | None,
        tts: str | None,
        new_password: bool,
        notify_url: str,
        as_json: bool,
        **_options: object,
    ) -> None:
        """Make or find it, and print it."""
        chosen = {"stt": stt, "llm": llm, "tts": tts}
        try:
            engines = {kind: name for kind, name in chosen.items() if name}
            made = bootstrap(org, engines=engines, new_password=new_password, notify_url=notify_url)
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        except (OperationalError, ProgrammingError) as error:
            raise CommandError(
                f"The database is not ready ({error}). Run `manage.py migrate` first"
            ) from error
        if not made.password:
            self.stderr.write(
                f"{made.login} already exists. Its password is unchanged and can't be read. "
                "Use --new-password to set another one"
            )
        values = dataclasses.asdict(made)
        if not notify_url:
            del values["notify_secret"]
        if as_json:
            self.stdout.write(json.dumps(values, indent=2))
        else:
            for name, value in values.items():
                self.stdout.write(f"{name:12} {value}")
