"""Calls and requests keep the day that they count on, by their organization's clocks.

Rows of before have none, and count on their day in UTC, as the sums have them. `manage.py
rebuild_usage` gives calls theirs, some at a time. The release before knows no such column, and
goes on beside the new one.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("usage", "0043_plan_changes")]

    operations = [
        migrations.AddField(
            "call", "counted_on", models.DateField(blank=True, editable=False, null=True)
        ),
        migrations.AddField(
            "webhookattempt", "counted_on", models.DateField(blank=True, editable=False, null=True)
        ),
    ]
