"""Django application: what happened and what it cost."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class UsageConfig(AppConfig):
    """Voicex: what happened and what it cost."""

    name = "usage"

    def ready(self) -> None:
        """Have deleted words stay so after every migration of any app.

        The gate before publishing gets to know of prices, and the rotation of keys of what is
        sealed here.
        """
        from accounts.secrets import reencryption
        from agents.versions.gate import gate
        from usage.billing.publication import prices_known
        from usage.hooks.sealed import COLUMN
        from usage.reads import word_index
        from usage.records.transcript_deletion import keep_deleted  # it needs the models

        gate.add_check(prices_known)
        reencryption.add_column(COLUMN)
        post_migrate.connect(keep_deleted, sender=self)
        post_migrate.connect(word_index.allow, sender=self)
