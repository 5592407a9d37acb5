import accounts.row_owners
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("usage", "0023_channels_of_calls"),
    ]

    operations = [
        migrations.CreateModel(
            name="Message",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("org", accounts.row_owners.OrganizationOf(parent="call")),
                ("key", models.CharField(editable=False, max_length=40)),
                ("name", models.CharField(blank=True, max_length=100)),
                ("number", models.CharField(blank=True, max_length=80)),
                ("text", models.TextField()),
                ("is_urgent", models.BooleanField(default=False)),
                (
                    "state",
                    models.CharField(
                        choices=[("new", "new"), ("done", "done")], default="new", max_length=4
                    ),
                ),
                ("taken_at", models.DateTimeField()),
                ("mailed_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                (
                    "assignee",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "call",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="messages",
                        to="usage.call",
                    ),
                ),
                (
                    "done_by",
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
                    models.Index(fields=["org", "-id"], name="messages_of_org_newest_first"),
                    models.Index(
                        condition=models.Q(("state", "new")),
                        fields=["org", "-id"],
                        name="messages_new",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("call", "key"), name="one_message_per_run")
                ],
            },
        ),
        migrations.AlterField(
            model_name="outbox",
            name="kind",
            field=models.CharField(
                choices=[
                    ("settle_call", "settle a call"),
                    ("send_notice", "send a notice"),
                    ("send_messages", "send a call’s messages"),
                ],
                max_length=20,
            ),
        ),
    ]
