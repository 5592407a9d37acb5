from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("usage", "0034_figures_and_reminders")]

    operations = [
        migrations.AddField(
            "turn",
            "language",
            models.CharField(blank=True, db_default="", default="", max_length=12),
        ),
    ]
