"""An erasure names its caller by a call until the number has been removed from all others."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("usage", "0046_days_of_attempts")]

    operations = [
        migrations.AddField(
            "erasure",
            "newest_call",
            models.PositiveBigIntegerField(db_default=0, default=0, editable=False),
        ),
    ]
