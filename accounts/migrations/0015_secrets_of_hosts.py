"""Secrets for hosts that organizations name."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0014_verified_secrets")]

    operations = [
        migrations.CreateModel(
            name="HostSecret",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=40)),
                ("host", models.CharField(max_length=200)),
                ("ciphertext", models.TextField()),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "org",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="host_secrets",
                        to="accounts.organization",
                    ),
                ),
            ],
            options={
                "verbose_name": "secret of tools",
                "ordering": ["name"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("org", "name"), name="one_host_secret_per_name"
                    )
                ],
            },
        ),
    ]
