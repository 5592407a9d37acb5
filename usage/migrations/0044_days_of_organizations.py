"""Calls keep the day that they count on, by their organization's clocks.

Earlier calls have none, and count on their day in UTC, as the sums have them. `manage.py
rebuild_usage` gives calls theirs, some at a time.

A worker of the release before knows no such column: it settles a new call on its day in UTC. Until
`rebuild_usage` has run after the last of them, sums of days and months may differ from the calls
around midnight, and the proof names them. Ledger entries are not affected.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("usage", "0043_plan_changes")]

    operations = [
        migrations.AddField(
            "call", "counted_on", models.DateField(blank=True, editable=False, null=True)
        ),
    ]
