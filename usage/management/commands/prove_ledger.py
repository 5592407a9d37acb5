"""`manage.py prove_ledger`: verifies the ledger against facts and price books."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from usage.billing import proof


class Command(BaseCommand):
    """Recomputes what every ended call costs, and every sum of it; fails at a difference."""

    help = "Recompute the ledger and its sums from the calls. Safe while calls are being settled."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Print the first differences. Raises CommandError where there is one."""
        found = proof.prove(now=timezone.now())
        for fault in found.faults:
            self.stdout.write(json.dumps(fault))
        self.stdout.write(f"{found.calls} calls and {found.months} months recomputed")
        if found.fault_count:
            raise CommandError(f"The ledger has {found.fault_count} difference(s)")
