"""What organizations decide about their calls, and notices about budgets.

`due_at` of notices, which is in no model any more (0018), is known here: SQLite copies a
table to change it, and the release before needs the column until it is replaced.
"""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0015_secrets_of_hosts"),
        ("usage", "0036_calls_back"),
    ]

    operations = [
        migrations.CreateModel(
            name="CallRules",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("daily_micros", models.PositiveBigIntegerField(blank=True, null=True)),
                ("monthly_micros", models.PositiveBigIntegerField(blank=True, null=True)),
                (
                    "when_busy",
                    models.CharField(
                        choices=[
                            ("apology", "Say that all lines are busy"),
                            ("sentence", "Say a sentence of your own"),
                            ("busy", "Play the busy tone"),
                            ("number", "Forward to another number"),
                        ],
                        default="apology",
                        max_length=8,
                    ),
                ),
                ("busy_sentence", models.CharField(blank=True, max_length=300)),
                ("busy_number", models.CharField(blank=True, max_length=16)),
                (
                    "org",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="call_rules",
                        to="accounts.organization",
                    ),
                ),
            ],
            options={"verbose_name_plural": "call rules"},
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AddField(
                    "quotanotice",
                    "due_at",
                    models.DateTimeField(default=django.utils.timezone.now, null=True),
                )
            ]
        ),
        migrations.AddField(
            model_name="quotanotice",
            name="about",
            field=models.CharField(blank=True, db_default="", default="", max_length=24),
        ),
        migrations.RemoveConstraint(model_name="quotanotice", name="one_quota_notice_per_share"),
        migrations.AddConstraint(
            model_name="quotanotice",
            constraint=models.UniqueConstraint(
                fields=("org", "month", "about", "percent"), name="one_quota_notice_per_share"
            ),
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.RemoveField("quotanotice", "due_at")]
        ),
    ]
