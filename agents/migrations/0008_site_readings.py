"""Websites that members have read for facts."""

import accounts.row_owners
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0017_numbers_of_members"),
        ("agents", "0007_saved_tests"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="SiteReading",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("url", models.CharField(max_length=500)),
                ("as_documents", models.BooleanField(default=False)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "waiting"),
                            ("running", "running"),
                            ("done", "done"),
                            ("lost", "not completed"),
                        ],
                        default="waiting",
                        max_length=7,
                    ),
                ),
                ("pages_read", models.PositiveSmallIntegerField(default=0)),
                ("pages_known", models.PositiveSmallIntegerField(default=0)),
                ("rows", models.JSONField(default=list)),
                ("problem", models.CharField(blank=True, max_length=20)),
                ("created_at", models.DateTimeField(db_index=True)),
                ("began_at", models.DateTimeField(blank=True, null=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "agent",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="site_readings",
                        to="agents.agent",
                    ),
                ),
                ("org", accounts.row_owners.OrganizationOf(parent="agent")),
                (
                    "started_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
                "indexes": [
                    models.Index(fields=["agent", "-id"], name="site_readings_of_agent"),
                    models.Index(
                        condition=models.Q(("state__in", ["waiting", "running"])),
                        fields=["created_at"],
                        name="site_readings_open",
                    ),
                ],
            },
        ),
    ]
