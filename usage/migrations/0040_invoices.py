import django.db.models.deletion
from django.db import migrations, models

from voicex.database.append_only import AppendOnly

ID = models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0017_numbers_of_members"),
        ("usage", "0039_carrier_bills"),
    ]

    operations = [
        migrations.CreateModel(
            name="BillingHouse",
            fields=[
                ("id", ID.clone()),
                ("name", models.CharField(max_length=120)),
                ("address", models.TextField(max_length=400)),
                ("tax_number", models.CharField(blank=True, max_length=60)),
                ("tax_name", models.CharField(blank=True, max_length=30)),
                ("tax_hundredths", models.PositiveIntegerField(default=0)),
                ("note", models.CharField(blank=True, max_length=300)),
                ("prefix", models.CharField(blank=True, max_length=12)),
                ("first_month", models.DateField()),
                ("is_automatic", models.BooleanField(default=False)),
                ("last_number", models.PositiveBigIntegerField(default=0, editable=False)),
            ],
            options={"verbose_name_plural": "billing house"},
        ),
        migrations.CreateModel(
            name="BillingAddress",
            fields=[
                ("id", ID.clone()),
                ("address", models.TextField(max_length=400)),
                ("tax_number", models.CharField(blank=True, max_length=60)),
                (
                    "org",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="billing_address",
                        to="accounts.organization",
                    ),
                ),
            ],
            options={"verbose_name_plural": "billing addresses"},
        ),
        migrations.CreateModel(
            name="Invoice",
            fields=[
                ("id", ID.clone()),
                ("number", models.PositiveBigIntegerField(unique=True)),
                ("month", models.DateField()),
                ("revision", models.PositiveSmallIntegerField()),
                ("begins_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("issued_at", models.DateTimeField()),
                ("net_micros", models.BigIntegerField()),
                ("total_cents", models.BigIntegerField()),
                ("content", models.JSONField()),
                (
                    "cancels",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cancelled_by",
                        to="usage.invoice",
                    ),
                ),
                (
                    "org",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invoices",
                        to="accounts.organization",
                    ),
                ),
            ],
            options={
                "ordering": ["-number"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("org", "month", "revision"), name="one_invoice_per_revision"
                    )
                ],
            },
        ),
        AppendOnly(
            "usage_invoice",
            refusal="invoices are never changed or deleted; cancel it by another",
            function="usage_refuse_invoice_change",
        ),
    ]
