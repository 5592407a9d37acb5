from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("usage", "0037_call_rules")]

    operations = [
        migrations.CreateModel(
            name="LedgerProof",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("began_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("after_call", models.PositiveBigIntegerField(default=0)),
                ("after_org", models.PositiveBigIntegerField(default=0)),
                ("next_month", models.DateField(blank=True, null=True)),
                ("calls", models.PositiveBigIntegerField(default=0)),
                ("months", models.PositiveBigIntegerField(default=0)),
                ("fault_count", models.PositiveBigIntegerField(default=0)),
                ("faults", models.JSONField(default=list)),
                ("told_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={"ordering": ["-pk"]},
        ),
    ]
