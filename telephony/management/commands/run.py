"""`manage.py run`: everything for daily work on one port."""

from argparse import ArgumentParser
from io import StringIO
from json import loads
from pathlib import Path
from typing import Any, Final

from django.apps import apps
from django.conf import settings
from django.core.checks import Tags
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from telephony.first_login import FirstLogin, keep, make_operator
from voicex.checks import engines_are_installed, setup_is_usable
from voicex.processes import early_server
from voicex.processes.supervisor import Supervisor, listen, stop_on_signals, wait_until_ready
from voicex.secrets.private_files import tighten_installation
from voicex.settings.origins import is_loopback
from voicex.source_watch import SourceWatch

READY_SECONDS: Final = 120.0
# Of a key, what stays when the terminal may be read by others.
SHOWN_OF_A_KEY: Final = len("vx_") + 8


class Command(BaseCommand):
    """Prepare the database, print how to get in, and serve until Ctrl-C or SIGTERM."""

    help = "Serve dashboard, webhook, media and worker at http://localhost:$PORT."
    # Not those of the URLs, for which this process would load every page: its server does that.
    requires_system_checks = (
        Tags.admin,
        Tags.caches,
        Tags.commands,
        Tags.compatibility,
        Tags.files,
        Tags.models,
        Tags.security,
        Tags.staticfiles,
        Tags.templates,
        Tags.translation,
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whether changes of the code are noticed."""
        parser.add_argument(
            "--reload",
            action="store_true",
            help="restart when code or a template changes: for development (make dev)",
        )

    def handle(self, *args: Any, reload: bool, **options: Any) -> None:
        """Run until stopped."""
        setup_is_usable()
        sources = SourceWatch(*_sources()) if reload else None
        early = early_server.taken()
        listener = early.listener if early else listen(settings.HOST, settings.PORT)
        engines_are_installed()
        tighten_installation()
        _migrate()
        if not settings.DEBUG:  # else each file is served from where it was written
            call_command("collectstatic", verbosity=0, interactive=False)
        supervisor = Supervisor(
            listener,
            run_dir=settings.VAR_DIR / "run",
            has_redis=bool(settings.REDIS_URL),
            stop_seconds=settings.DRAIN_SECONDS + 20.0,
            media=early.process if early else None,
        )
        with supervisor:
            stop_on_signals(supervisor)
            if early is not None:
                early.open()
            access = "\n".join(self._access())  # while the server starts
            wait_until_ready(supervisor, seconds=READY_SECONDS)
            self.stdout.write(access)
            self.stdout.flush()
            supervisor.watch(has_changed=sources.has_changed if sources else None)

    def _access(self) -> list[str]:
        """What is printed: where everything is, who logs in, and where first passwords lie."""
        org = _bootstrapped()
        operator, operator_password = make_operator()
        site = settings.TWILIO_APP_URL
        file = keep(
            [
                FirstLogin(f"{site}/", org["login"], org["password"]),
                FirstLogin(f"{site}/operator/", operator, operator_password),
            ],
            webhook_url=org["webhook_url"],
        )
        lines = [
            f"Voicex        {site}/",
            f"  sign in as  {org['login']}",
            f"Operator      {site}/operator/",
            f"  sign in as  {operator}",
            f"Webhook URL   {_shown(org['webhook_url'], org['api_key'])}",
        ]
        if file is not None:
            lines.insert(4, f"Passwords     {file} (change them, then delete the file)")
        if not _is_private():
            lines.append("              the full URL is in the dashboard under Agents, Webhook URL")
        return [
            *lines,
            "Try it        .venv/bin/python manage.py call --webhook '<that URL>' "
            "--say 'When are you open?'",
            "Stop          Ctrl-C",
        ]


def _migrate() -> None:
    """Migrate if there is anything to do: to find that there is nothing takes Django a second."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", verbosity=0)


def _sources() -> list[Path]:
    """Where the code and the templates of the service lie."""
    ours = (app for app in apps.get_app_configs() if Path(app.path).parent == settings.BASE_DIR)
    return [
        *(Path(app.path) for app in ours),
        *(settings.BASE_DIR / name for name in ("voicex", "templates", "locale")),
    ]


def _bootstrapped() -> dict[str, str]:
    printed = StringIO()
    call_command("bootstrap", "--json", stdout=printed, stderr=StringIO())
    made: dict[str, str] = loads(printed.getvalue())
    return made


def _is_private() -> bool:
    """Whether only this machine reaches the server, so that its terminal is the developer's."""
    return is_loopback(settings.HOST) and settings.TWILIO_APP_URL.startswith("http://")


def _shown(webhook_url: str, key: str) -> str:
    return webhook_url if _is_private() else webhook_url.replace(key, key[:SHOWN_OF_A_KEY] + "...")
