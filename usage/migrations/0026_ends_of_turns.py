"""Why a caller's turn was taken for over. Null, so that nothing is rewritten."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("usage", "0025_missed_calls")]

    operations = [
        migrations.AddField("turn", "endpoint", models.JSONField(blank=True, null=True)),
    ]
