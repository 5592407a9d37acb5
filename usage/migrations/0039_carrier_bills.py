import accounts.row_owners
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("usage", "0038_ledger_proofs")]

    operations = [
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
                    ("send_webhook", "send a webhook"),
                    ("reconcile_call", "compare a call with its carrier"),
                    ("tell_webhook_off", "tell owners that a webhook is off"),
                    ("remind", "remind of a call’s messages"),
                    ("send_digest", "send a weekly report"),
                ],
                max_length=20,
            ),
        ),
        migrations.CreateModel(
            name="CarrierBill",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("org", accounts.row_owners.OrganizationOf(parent="call")),
                ("checks", models.PositiveSmallIntegerField(default=0)),
                ("checked_at", models.DateTimeField()),
                ("status", models.CharField(blank=True, max_length=20)),
                ("seconds", models.PositiveIntegerField(blank=True, null=True)),
                ("price_micros", models.PositiveBigIntegerField(blank=True, null=True)),
                ("currency", models.CharField(blank=True, max_length=3)),
                ("seconds_more", models.IntegerField(blank=True, null=True)),
                ("price_more_micros", models.BigIntegerField(blank=True, null=True)),
                (
                    "oddity",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("longer", "longer at the carrier"),
                            ("shorter", "shorter at the carrier"),
                            ("dearer", "more expensive than the price book says"),
                            ("unknown", "unknown to the carrier"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "call",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="carrier_bill",
                        to="usage.call",
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("oddity", ""), _negated=True),
                        fields=["-checked_at"],
                        name="odd_carrier_bills",
                    )
                ],
            },
        ),
    ]
