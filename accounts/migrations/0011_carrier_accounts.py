"""Accounts at carriers get a table of their own.

The columns that they come from stay, with a default: media processes of the release before read
and write them until they are replaced.
"""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0010_kinds_of_secrets")]

    operations = [
        migrations.CreateModel(
            name="CarrierAccount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("carrier", models.CharField(max_length=16)),
                ("account_id", models.CharField(blank=True, max_length=64)),
                ("seen_account_id", models.CharField(blank=True, editable=False, max_length=64)),
                (
                    "org",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="carriers",
                        to="accounts.organization",
                    ),
                ),
            ],
            options={
                "verbose_name": "carrier account",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("org", "carrier"), name="one_account_per_carrier"
                    )
                ],
            },
        ),
        migrations.AlterField(
            "organization",
            "twilio_account_sid",
            models.CharField(blank=True, db_default="", max_length=34),
        ),
        migrations.AlterField(
            "organization",
            "seen_account_sid",
            models.CharField(blank=True, db_default="", editable=False, max_length=34),
        ),
    ]
