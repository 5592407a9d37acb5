"""Django application: what answers."""

from typing import Any

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class AgentsConfig(AppConfig):
    """Voicex: what answers."""

    name = "agents"

    def ready(self) -> None:
        """After each `migrate`, versions of an older form are prepared anew.

        What organizations may store for providers is made known to `accounts`.
        """
        from accounts.secrets import kinds
        from agents.engines import registry

        kinds.add_source(registry.secret_kinds)
        post_migrate.connect(_prepare_old_versions, sender=self)


def _prepare_old_versions(apps: Any = apps, **_signal: Any) -> None:
    from agents.versions.preparing import prepare_old_versions

    try:
        version = apps.get_model("agents", "AgentVersion")
    except LookupError:  # migrated back, or only as far as another application
        return
    if "prepared" in {field.name for field in version._meta.get_fields()}:  # not migrated back
        prepare_old_versions(version.objects)
