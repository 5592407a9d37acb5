import django.core.validators
from django.db import migrations, models

import accounts.zones


class Migration(migrations.Migration):
    dependencies = [("accounts", "0015_secrets_of_hosts")]

    operations = [
        migrations.AddField(
            model_name="organization",
            name="time_zone",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="Days in analytics and times in emails follow it.",
                max_length=60,
                validators=[accounts.zones.validate_zone],
                verbose_name="time zone",
            ),
        ),
        migrations.AddField(
            model_name="organization",
            name="reminder_minutes",
            field=models.PositiveSmallIntegerField(
                blank=True,
                db_default=60,
                default=60,
                help_text=(
                    "From 5 to 10080. If nobody has taken a message by then, it is emailed once "
                    "more. Leave blank for no reminders."
                ),
                null=True,
                validators=[
                    django.core.validators.MinValueValidator(5),
                    django.core.validators.MaxValueValidator(10080),
                ],
                verbose_name="remind about messages after (minutes)",
            ),
        ),
        migrations.AddField(
            model_name="organization",
            name="weekly_digest",
            field=models.BooleanField(
                db_default=True,
                default=True,
                help_text=(
                    "Owners get last week’s calls, messages, questions and cost on Monday morning."
                ),
                verbose_name="weekly report by email",
            ),
        ),
    ]
