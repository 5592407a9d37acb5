import django.db.models.deletion
from django.db import migrations, models

import accounts.row_owners

COMPONENTS = [
    ("telephony", "telephony"),
    ("stt", "speech-to-text"),
    ("llm_in", "language model, input tokens"),
    ("llm_out", "language model, output tokens"),
    ("tts", "text-to-speech"),
    ("analysis_in", "analysis of calls, input tokens"),
    ("analysis_out", "analysis of calls, output tokens"),
]


class Migration(migrations.Migration):
    dependencies = [("usage", "0026_ends_of_turns")]

    operations = [
        migrations.CreateModel(
            name="CallAnalysis",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("org", accounts.row_owners.OrganizationOf(parent="call")),
                (
                    "author",
                    models.CharField(
                        choices=[("rules", "rules"), ("model", "language model")],
                        default="rules",
                        max_length=5,
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("answered", "answered"),
                            ("message", "message taken"),
                            ("transferred", "transferred"),
                            ("not_helped", "not helped"),
                            ("abandoned", "hung up early"),
                        ],
                        max_length=12,
                    ),
                ),
                ("language", models.CharField(blank=True, max_length=12)),
                ("summary", models.TextField(blank=True)),
                ("reason", models.TextField(blank=True)),
                ("field_values", models.TextField(blank=True)),
                ("tokens_in", models.PositiveBigIntegerField(default=0)),
                ("tokens_out", models.PositiveBigIntegerField(default=0)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("made_at", models.DateTimeField()),
                (
                    "call",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="analysis",
                        to="usage.call",
                    ),
                ),
            ],
            options={"verbose_name_plural": "call analyses"},
        ),
        migrations.AlterField(
            model_name="outbox",
            name="kind",
            field=models.CharField(
                choices=[
                    ("settle_call", "settle a call"),
                    ("send_notice", "send a notice"),
                    ("send_messages", "send a call’s messages"),
                    ("send_missed", "tell owners of a missed call"),
                    ("analyse_call", "analyse a call"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="price",
            name="component",
            field=models.CharField(choices=COMPONENTS, max_length=12),
        ),
        migrations.AlterField(
            model_name="ledgerentry",
            name="component",
            field=models.CharField(choices=COMPONENTS, max_length=12),
        ),
    ]
