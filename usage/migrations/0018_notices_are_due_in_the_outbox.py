"""Notices are due in the outbox.

The column stays, and may be empty: a worker of the release before reads and writes it until it is
replaced, and sends none of those that the outbox sends.
"""

import django.utils.timezone
from django.db import migrations, models


def leave_to_outbox(apps, schema_editor):
    """What 0017 has enqueued is due there alone."""
    apps.get_model("usage", "QuotaNotice").objects.filter(sent_at=None).update(due_at=None)


class Migration(migrations.Migration):
    dependencies = [("usage", "0017_notices_into_the_outbox")]

    operations = [
        migrations.AlterField(
            "quotanotice",
            "due_at",
            models.DateTimeField(default=django.utils.timezone.now, null=True),
        ),
        migrations.RunPython(leave_to_outbox, migrations.RunPython.noop),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveIndex(model_name="quotanotice", name="quota_notices_to_send"),
                migrations.RemoveField(model_name="quotanotice", name="due_at"),
            ]
        ),
    ]
