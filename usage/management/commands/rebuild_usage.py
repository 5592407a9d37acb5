"""`manage.py rebuild_usage`: recomputes the sums of the usage pages."""

from typing import Any

from django.core.management.base import BaseCommand

from usage.billing import rollup


class Command(BaseCommand):
    """Rebuild what usage pages and quotas read, from the calls, the ledger and the attempt log."""

    help = "Recompute usage by day and month. Safe while calls are being settled."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Do it in one transaction."""
        rollup.rebuild()
        self.stdout.write("Usage recomputed from the ledger.")
