import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0013_labels"),
        ("usage", "0024_messages"),
    ]

    operations = [
        migrations.CreateModel(
            name="MissedNotice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField()),
                ("cause", models.CharField(max_length=40)),
                ("detail", models.CharField(blank=True, max_length=80)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                (
                    "org",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="missed_notices",
                        to="accounts.organization",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="missednotice",
            constraint=models.UniqueConstraint(
                fields=("org", "day", "cause", "detail"), name="one_missed_notice_per_cause"
            ),
        ),
        migrations.AddField(
            model_name="webhookattempt",
            name="detail",
            field=models.CharField(blank=True, db_default="", max_length=80),
        ),
        migrations.AddIndex(
            model_name="webhookattempt",
            index=models.Index(
                condition=models.Q(("outcome", "answered"), _negated=True),
                fields=["org", "-at"],
                name="unanswered_of_org",
            ),
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
                ],
                max_length=20,
            ),
        ),
        migrations.AddField(
            model_name="outbox",
            name="missed",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="outbox",
                to="usage.missednotice",
            ),
        ),
        migrations.AddConstraint(
            model_name="outbox",
            constraint=models.UniqueConstraint(
                condition=models.Q(("missed__isnull", False)),
                fields=("missed", "kind"),
                name="one_outbox_row_per_missed",
            ),
        ),
        migrations.RemoveConstraint(model_name="outbox", name="outbox_row_has_one_subject"),
        migrations.AddConstraint(
            model_name="outbox",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("call__isnull", False), ("missed__isnull", True), ("notice__isnull", True)
                    ),
                    models.Q(
                        ("call__isnull", True), ("missed__isnull", True), ("notice__isnull", False)
                    ),
                    models.Q(
                        ("call__isnull", True), ("missed__isnull", False), ("notice__isnull", True)
                    ),
                    _connector="OR",
                ),
                name="outbox_row_has_one_subject",
            ),
        ),
    ]
