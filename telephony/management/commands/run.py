"""`manage.py run`: everything for daily work on one port."""

import secrets
from io import StringIO
from json import loads
from typing import Any, Final

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from accounts.models import User
from voicex.checks import engines_are_installed
from voicex.supervisor import Supervisor, listen, stop_on_signals, wait_until_ready

OPERATOR: Final = "operator@voicex.localhost"
READY_SECONDS: Final = 120.0


class Command(BaseCommand):
    """Prepare the database, print how to get in, and serve until Ctrl-C or SIGTERM."""

    help = "Serve dashboard, webhook, media and worker at http://localhost:$PORT."

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until stopped."""
        listener = listen(settings.HOST, settings.PORT)
        engines_are_installed()
        call_command("migrate", verbosity=0)
        call_command("collectstatic", verbosity=0, interactive=False)
        access = self._prepare_access()
        supervisor = Supervisor(
            listener,
            run_dir=settings.VAR_DIR / "run",
            has_redis=bool(settings.REDIS_URL),
            stop_seconds=settings.DRAIN_SECONDS + 20.0,
        )
        with supervisor:
            stop_on_signals(supervisor)
            wait_until_ready(supervisor, settings.PORT, seconds=READY_SECONDS)
            self.stdout.write(access)
            self.stdout.flush()
            supervisor.watch()

    def _prepare_access(self) -> str:
        printed = StringIO()
        call_command("bootstrap", "--json", stdout=printed)
        org = loads(printed.getvalue())
        lines = [
            f"Voicex        http://localhost:{settings.PORT}/",
            f"  log in as   {org['login']}  {org['password']}",
            f"Operator      http://localhost:{settings.PORT}/operator/",
            f"  log in as   {OPERATOR}  {self._operator_password()}",
            f"Webhook URL   {org['webhook_url']}",
            "Try it        .venv/bin/python manage.py call --webhook '<that URL>' "
            "--say 'When are you open?'",
            "Stop          Ctrl-C",
        ]
        return "\n".join(lines)

    def _operator_password(self) -> str:
        """A fresh password for the development operator; nothing stores it in the clear."""
        operator = User.objects.filter(email=OPERATOR).first()
        operator = operator or User.objects.create_superuser(OPERATOR)
        password = secrets.token_urlsafe(12)
        operator.set_password(password)
        operator.save(update_fields=["password"])
        return password
