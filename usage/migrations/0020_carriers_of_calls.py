"""Calls name their carrier. No column changes its name: see `usage.models.Call`."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("usage", "0019_tool_turns")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveConstraint("call", "one_call_per_org_and_sid"),
                migrations.RenameField("call", "carrier", "carrier_report"),
                migrations.AlterField(
                    "call",
                    "carrier_report",
                    models.JSONField(blank=True, db_column="carrier", default=dict),
                ),
                migrations.RenameField("call", "call_sid", "carrier_call_id"),
                migrations.AlterField(
                    "call",
                    "carrier_call_id",
                    models.CharField(db_column="call_sid", max_length=64),
                ),
                migrations.AddConstraint(
                    "call",
                    models.UniqueConstraint(
                        fields=("org", "carrier_call_id"), name="one_call_per_org_and_sid"
                    ),
                ),
            ]
        ),
        migrations.AddField(
            "call",
            "carrier",
            models.CharField(
                db_column="carrier_name", db_default="twilio", default="twilio", max_length=16
            ),
        ),
    ]
