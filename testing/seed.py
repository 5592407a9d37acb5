"""`make seed`: the organization of `make run` with a month of calls, for pages and screenshots.

Run again it adds the days that have passed since, and changes nothing else.
"""

import os
import sys

from django.core.management import call_command
from django.utils import timezone


def main() -> None:
    """Migrate, make what is missing, and print how to log in."""
    import django

    from voicex.secrets.private_files import keep_private

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voicex.settings")
    # Each of the calls is settled, which is a line of the log; these would hide what is printed.
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    keep_private()
    django.setup()
    call_command("migrate", verbosity=0)

    from django.conf import settings

    from accounts.models import Organization
    from agents.versions.samples import HARBOUR_DENTAL
    from telephony.bootstrap import bootstrap
    from telephony.first_login import FirstLogin, keep
    from testing.month import add_month
    from testing.office import Office

    made = bootstrap(HARBOUR_DENTAL.org_name, engines={})
    org = Organization.objects.get(public_id=made.org_id)
    calls = add_month(Office.existing(org), now=timezone.now())
    site = settings.TWILIO_APP_URL
    file = keep([FirstLogin(f"{site}/", made.login, made.password)], webhook_url=made.webhook_url)
    sys.stdout.write(
        f"{org.name}: {calls} calls added\n"
        f"  pages       {site}/o/{made.org_id}/calls/ (after `make run` or `make dev`)\n"
        f"  sign in as  {made.login}\n"
        f"  password    {f'in {file}' if file else 'your own'}\n"
    )


if __name__ == "__main__":
    main()
