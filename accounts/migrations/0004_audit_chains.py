"""Audit entries get their place in a chain; organization and actor may go, their entries stay."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def _kept(to, **options):
    return models.ForeignKey(
        blank=True,
        db_constraint=False,
        null=True,
        on_delete=django.db.models.deletion.DO_NOTHING,
        to=to,
        **options,
    )


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_secret_endpoint")]

    operations = [
        migrations.CreateModel(
            name="AuditChain",
            fields=[
                ("chain", models.BigIntegerField(primary_key=True, serialize=False)),
                ("length", models.PositiveBigIntegerField(default=0)),
                ("digest", models.CharField(blank=True, max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name="AuditCheck",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("entries", models.PositiveBigIntegerField()),
                ("chains", models.PositiveBigIntegerField()),
                ("fault_count", models.PositiveBigIntegerField()),
                ("faults", models.JSONField(default=list)),
            ],
            options={"verbose_name": "check of the audit log", "ordering": ["-pk"]},
        ),
        migrations.CreateModel(
            name="AuditTally",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "org",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.organization",
                    ),
                ),
                ("person", models.BigIntegerField(default=0)),
                ("action", models.CharField(max_length=60)),
                ("about", models.CharField(blank=True, max_length=120)),
                ("day", models.DateField()),
                ("count", models.PositiveIntegerField(default=1)),
                ("entries", models.PositiveIntegerField(default=1)),
            ],
            options={"verbose_name_plural": "audit tallies"},
        ),
        migrations.AddConstraint(
            "audittally",
            models.UniqueConstraint(
                fields=("org", "person", "action", "about", "day"), name="one_tally_a_day"
            ),
        ),
        migrations.AddField("auditentry", "actor_name", models.CharField(blank=True, max_length=254)),
        # Both are filled by the next migration, which also makes them a must.
        migrations.AddField("auditentry", "sequence", models.PositiveBigIntegerField(null=True)),
        migrations.AddField("auditentry", "digest", models.CharField(max_length=64, default="")),
        migrations.AlterField("auditentry", "at", models.DateTimeField()),
        migrations.AlterField("auditentry", "actor", _kept(settings.AUTH_USER_MODEL)),
        migrations.AlterField(
            "auditentry",
            "impersonation",
            _kept("accounts.impersonation", related_name="audit_entries"),
        ),
        migrations.AlterField(
            "auditentry", "org", _kept("accounts.organization", related_name="audit_entries")
        ),
    ]
