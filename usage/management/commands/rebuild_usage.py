"""`manage.py rebuild_usage`: recomputes the sums of the usage pages."""

from typing import Any

from django.core.management.base import BaseCommand

from usage.analytics import sums
from usage.billing import counted_days, rollup


class Command(BaseCommand):
    """Rebuild what usage pages, analytics and quotas read, from calls, ledger and attempts."""

    help = "Recompute usage by day and month, and analytics. Safe while calls are being settled."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Days of calls without one, in short steps; then usage in one transaction, and then
        analytics in one for each organization.
        """
        if given := counted_days.give_days():
            self.stdout.write(f"{given} calls now count on their organization's days.")
        rollup.rebuild()
        self.stdout.write("Usage recomputed from the ledger.")
        sums.rebuild()
        self.stdout.write("Analytics recomputed from the calls.")
