import django.db.models.deletion
from django.db import migrations, models

import accounts.row_owners


class Migration(migrations.Migration):
    dependencies = [
        ("usage", "0028_tags_and_notes"),
    ]

    operations = [
        migrations.AlterField(
            model_name="call",
            name="state",
            field=models.CharField(
                choices=[
                    ("opened", "opened"),
                    ("live", "live"),
                    ("transfer", "transferring"),
                    ("return", "returning"),
                    ("ended", "ended"),
                ],
                default="opened",
                max_length=8,
            ),
        ),
        migrations.CreateModel(
            name="Transfer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("org", accounts.row_owners.OrganizationOf(parent="call")),
                ("number", models.PositiveSmallIntegerField()),
                ("target", models.CharField(max_length=40)),
                ("address", models.CharField(max_length=120)),
                ("digits", models.CharField(blank=True, max_length=32)),
                ("is_announced", models.BooleanField(default=False)),
                ("briefing", models.CharField(blank=True, max_length=400)),
                (
                    "result",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("answered", "answered"),
                            ("declined", "declined"),
                            ("no_answer", "no answer"),
                            ("busy", "busy"),
                            ("failed", "failed"),
                            ("abandoned", "caller hung up"),
                            ("unknown", "unknown"),
                        ],
                        max_length=10,
                    ),
                ),
                ("seconds", models.PositiveIntegerField(default=0)),
                ("began_at", models.DateTimeField()),
                ("accepted_at", models.DateTimeField(blank=True, null=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "call",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="transfers",
                        to="usage.call",
                    ),
                ),
            ],
            options={"ordering": ["call", "number"]},
        ),
        migrations.AddConstraint(
            model_name="transfer",
            constraint=models.UniqueConstraint(
                fields=("call", "number"), name="one_transfer_per_number"
            ),
        ),
    ]
