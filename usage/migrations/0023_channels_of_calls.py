"""Calls name their channel. No column changes its name: see `usage.models.Call`."""

from django.db import migrations, models

CHOICES = [
    ("phone", "phone"),
    ("browser", "browser"),
    ("typed", "typed"),
    ("upload", "recording"),
]


class Migration(migrations.Migration):
    dependencies = [("usage", "0022_labels_of_prices")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveIndex("call", "tests_of_org_newest_first"),
                migrations.RenameField("call", "door", "channel"),
                migrations.AlterField(
                    "call",
                    "channel",
                    models.CharField(
                        choices=CHOICES, db_column="door", default="phone", max_length=8
                    ),
                ),
                migrations.AddIndex(
                    "call",
                    models.Index(
                        condition=models.Q(("channel", "phone"), _negated=True),
                        fields=["org", "-opened_at", "-id"],
                        name="tests_of_org_newest_first",
                    ),
                ),
                migrations.RemoveConstraint("usageday", "one_sum_of_a_day"),
                migrations.RenameField("usageday", "door", "channel"),
                migrations.AlterField(
                    "usageday",
                    "channel",
                    models.CharField(choices=CHOICES, db_column="door", max_length=8),
                ),
                migrations.AddConstraint(
                    "usageday",
                    models.UniqueConstraint(
                        fields=("org", "day", "agent", "channel", "component"),
                        name="one_sum_of_a_day",
                    ),
                ),
            ]
        )
    ]
