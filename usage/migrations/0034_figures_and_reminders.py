import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0016_what_organizations_are_told"),
        ("agents", "0006_http_tools"),
        ("usage", "0033_call_shares"),
    ]

    operations = [
        migrations.CreateModel(
            name="CallDay",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("calls", models.BigIntegerField()),
                ("seconds", models.BigIntegerField()),
                ("answered", models.BigIntegerField()),
                ("message", models.BigIntegerField()),
                ("transferred", models.BigIntegerField()),
                ("not_helped", models.BigIntegerField()),
                ("abandoned", models.BigIntegerField()),
                ("messages", models.BigIntegerField()),
                ("interruptions", models.BigIntegerField()),
                ("wait_300", models.BigIntegerField()),
                ("wait_450", models.BigIntegerField()),
                ("wait_600", models.BigIntegerField()),
                ("wait_750", models.BigIntegerField()),
                ("wait_900", models.BigIntegerField()),
                ("wait_1100", models.BigIntegerField()),
                ("wait_1400", models.BigIntegerField()),
                ("wait_1800", models.BigIntegerField()),
                ("wait_2500", models.BigIntegerField()),
                ("wait_4000", models.BigIntegerField()),
                ("wait_longer", models.BigIntegerField()),
                ("day", models.DateField()),
                ("number", models.CharField(blank=True, max_length=80)),
            ],
        ),
        migrations.CreateModel(
            name="CallHour",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("calls", models.BigIntegerField()),
                ("seconds", models.BigIntegerField()),
                ("answered", models.BigIntegerField()),
                ("message", models.BigIntegerField()),
                ("transferred", models.BigIntegerField()),
                ("not_helped", models.BigIntegerField()),
                ("abandoned", models.BigIntegerField()),
                ("messages", models.BigIntegerField()),
                ("interruptions", models.BigIntegerField()),
                ("wait_300", models.BigIntegerField()),
                ("wait_450", models.BigIntegerField()),
                ("wait_600", models.BigIntegerField()),
                ("wait_750", models.BigIntegerField()),
                ("wait_900", models.BigIntegerField()),
                ("wait_1100", models.BigIntegerField()),
                ("wait_1400", models.BigIntegerField()),
                ("wait_1800", models.BigIntegerField()),
                ("wait_2500", models.BigIntegerField()),
                ("wait_4000", models.BigIntegerField()),
                ("wait_longer", models.BigIntegerField()),
                ("day", models.DateField()),
                ("hour", models.PositiveSmallIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="WeeklyDigest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("week", models.DateField()),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="outbox",
            name="outbox_row_has_one_subject",
        ),
        migrations.RemoveIndex(
            model_name="unansweredquestion",
            name="questions_open",
        ),
        migrations.AddField(
            model_name="message",
            name="reminded_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
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
                    ("tell_webhook_off", "tell owners that a webhook is off"),
                    ("remind", "remind of a call’s messages"),
                    ("send_digest", "send a weekly report"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddIndex(
            model_name="unansweredquestion",
            index=models.Index(
                condition=models.Q(("state", "open")),
                fields=["org", "-id"],
                name="questions_open_newest",
            ),
        ),
        migrations.AddField(
            model_name="callday",
            name="agent",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="agents.agent"
            ),
        ),
        migrations.AddField(
            model_name="callday",
            name="org",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.organization",
            ),
        ),
        migrations.AddField(
            model_name="callhour",
            name="org",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.organization",
            ),
        ),
        migrations.AddField(
            model_name="weeklydigest",
            name="org",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="weekly_digests",
                to="accounts.organization",
            ),
        ),
        migrations.AddField(
            model_name="outbox",
            name="digest",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="outbox",
                to="usage.weeklydigest",
            ),
        ),
        migrations.AddConstraint(
            model_name="outbox",
            constraint=models.UniqueConstraint(
                condition=models.Q(("digest__isnull", False)),
                fields=("digest", "kind"),
                name="one_outbox_row_per_digest",
            ),
        ),
        migrations.AddConstraint(
            model_name="outbox",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("call__isnull", False),
                        ("digest__isnull", True),
                        ("endpoint__isnull", True),
                        ("hook__isnull", True),
                        ("missed__isnull", True),
                        ("notice__isnull", True),
                    ),
                    models.Q(
                        ("call__isnull", True),
                        ("digest__isnull", True),
                        ("endpoint__isnull", True),
                        ("hook__isnull", True),
                        ("missed__isnull", True),
                        ("notice__isnull", False),
                    ),
                    models.Q(
                        ("call__isnull", True),
                        ("digest__isnull", True),
                        ("endpoint__isnull", True),
                        ("hook__isnull", True),
                        ("missed__isnull", False),
                        ("notice__isnull", True),
                    ),
                    models.Q(
                        ("call__isnull", True),
                        ("digest__isnull", True),
                        ("endpoint__isnull", True),
                        ("hook__isnull", False),
                        ("missed__isnull", True),
                        ("notice__isnull", True),
                    ),
                    models.Q(
                        ("call__isnull", True),
                        ("digest__isnull", True),
                        ("endpoint__isnull", False),
                        ("hook__isnull", True),
                        ("missed__isnull", True),
                        ("notice__isnull", True),
                    ),
                    models.Q(
                        ("call__isnull", True),
                        ("digest__isnull", False),
                        ("endpoint__isnull", True),
                        ("hook__isnull", True),
                        ("missed__isnull", True),
                        ("notice__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="outbox_row_has_one_subject",
            ),
        ),
        migrations.AddConstraint(
            model_name="callday",
            constraint=models.UniqueConstraint(
                fields=("org", "day", "agent", "number"), name="one_call_sum_of_a_day"
            ),
        ),
        migrations.AddConstraint(
            model_name="callhour",
            constraint=models.UniqueConstraint(
                fields=("org", "day", "hour"), name="one_sum_of_an_hour"
            ),
        ),
        migrations.AddConstraint(
            model_name="weeklydigest",
            constraint=models.UniqueConstraint(fields=("org", "week"), name="one_digest_a_week"),
        ),
    ]
