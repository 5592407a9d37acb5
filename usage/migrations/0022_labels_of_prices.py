"""Labels of components and help texts of plans; the database stays as it is."""

from django.db import migrations, models

COMPONENTS = [
    ("telephony", "telephony"),
    ("stt", "speech-to-text"),
    ("llm_in", "language model, input tokens"),
    ("llm_out", "language model, output tokens"),
    ("tts", "text-to-speech"),
]
PLANS_LIMIT = "Leave blank to use the plan’s limit."


def limit(help_text):
    return models.PositiveIntegerField(blank=True, help_text=help_text, null=True)


class Migration(migrations.Migration):
    dependencies = [("usage", "0021_calls_from_browsers")]

    operations = [
        migrations.AlterField(
            "ledgerentry", "component", models.CharField(choices=COMPONENTS, max_length=12)
        ),
        migrations.AlterField(
            "price", "component", models.CharField(choices=COMPONENTS, max_length=12)
        ),
        migrations.AlterField(
            "price",
            "cost_micros",
            models.PositiveBigIntegerField(
                default=0, help_text="What the platform pays for `per` units."
            ),
        ),
        migrations.AlterField(
            "price",
            "engine",
            models.CharField(blank=True, help_text="Leave blank for every engine.", max_length=40),
        ),
        migrations.AlterField("plan", "minutes_a_month", limit("Leave blank for no limit.")),
        migrations.AlterField("quota", "concurrent_calls", limit(PLANS_LIMIT)),
        migrations.AlterField("quota", "minutes_a_month", limit(PLANS_LIMIT)),
    ]
