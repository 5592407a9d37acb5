"""Requests keep the day that they count on, as calls do since 0044.

By itself: a migration holds the lock of each table that it changes until its end, and both tables
are written by every call.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("usage", "0045_use_of_earlier_streams")]

    operations = [
        migrations.AddField(
            "webhookattempt", "counted_on", models.DateField(blank=True, editable=False, null=True)
        ),
    ]
