"""Django application: who may do what."""

from django.apps import AppConfig
from django.core.checks import Tags, register
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.translation import gettext_lazy as _

from voicex.postgresql.row_security import check_role


class AccountsConfig(AppConfig):
    """Organizations, members, keys and secrets."""

    name = "accounts"
    verbose_name = _("Organizations")  # "Accounts" is allauth's, in the same list

    def ready(self) -> None:
        """Connect receivers: of sign-ups, log-ins, changed rights, and migrations of any app."""
        from accounts import signals  # noqa: F401 - receivers need the models
        from accounts.members import revocations
        from accounts.row_owners import make_room, protect_rows

        # Sent once for each app, before and after all migrations; ours is enough.
        pre_migrate.connect(make_room, sender=self)
        post_migrate.connect(protect_rows, sender=self)
        revocations.connect()
        register(check_role, Tags.database)
