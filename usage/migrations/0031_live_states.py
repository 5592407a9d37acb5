import django.db.models.deletion
from django.db import migrations, models

import accounts.row_owners


class Migration(migrations.Migration):
    dependencies = [("usage", "0030_unanswered_questions")]

    operations = [
        migrations.AddField(
            model_name="call",
            name="generation",
            field=models.PositiveSmallIntegerField(db_default=0, default=0, editable=False),
        ),
        migrations.CreateModel(
            name="LiveState",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("org", accounts.row_owners.OrganizationOf(parent="call")),
                ("generation", models.PositiveSmallIntegerField()),
                ("state", models.BinaryField()),
                ("used", models.TextField()),
                ("saved_at", models.DateTimeField()),
                ("is_left", models.BooleanField(db_default=False, default=False)),
                ("takeovers", models.PositiveSmallIntegerField(db_default=0, default=0)),
                ("taken_over_at", models.DateTimeField(null=True)),
                ("alive_until", models.DateTimeField(null=True)),
                (
                    "call",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="live_state",
                        to="usage.call",
                    ),
                ),
            ],
        ),
    ]
