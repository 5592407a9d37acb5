"""Labels of fields and tables; the database stays as it is."""

import django.core.validators
from django.db import migrations, models

import accounts.names

DAYS = [
    django.core.validators.MinValueValidator(1),
    django.core.validators.MaxValueValidator(3650),
]


class Migration(migrations.Migration):
    dependencies = [("accounts", "0012_accounts_at_twilio")]

    operations = [
        migrations.AlterModelOptions(
            name="addressage", options={"verbose_name": "age of an email address"}
        ),
        migrations.AlterModelOptions(
            name="auditcheck",
            options={"ordering": ["-pk"], "verbose_name": "audit log check"},
        ),
        migrations.AlterField(
            model_name="invitation",
            name="email",
            field=models.EmailField(
                max_length=254,
                validators=[accounts.names.validate_mail_address],
                verbose_name="email address",
            ),
        ),
        migrations.AlterField(
            model_name="organization",
            name="recording_days",
            field=models.PositiveSmallIntegerField(
                default=30,
                help_text="From 1 to 3650. Older recordings are deleted every night.",
                validators=DAYS,
                verbose_name="keep recordings for (days)",
            ),
        ),
        migrations.AlterField(
            model_name="organization",
            name="transcript_days",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="From 1 to 3650. Leave blank to keep them forever.",
                null=True,
                validators=DAYS,
                verbose_name="keep transcripts for (days)",
            ),
        ),
        migrations.AlterField(
            model_name="user",
            name="email",
            field=models.EmailField(
                max_length=254,
                unique=True,
                validators=[accounts.names.validate_mail_address],
                verbose_name="email address",
            ),
        ),
    ]
