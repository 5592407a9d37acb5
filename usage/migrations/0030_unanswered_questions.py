import accounts.row_owners
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("agents", "0005_drafts_tried_and_discarded"),
        ("usage", "0029_transfers"),
    ]

    operations = [
        migrations.CreateModel(
            name="UnansweredQuestion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("org", accounts.row_owners.OrganizationOf(parent="call")),
                ("number", models.PositiveSmallIntegerField()),
                ("text", models.TextField()),
                ("asked_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "open"),
                            ("added", "added as a fact"),
                            ("dismissed", "not relevant"),
                        ],
                        default="open",
                        max_length=9,
                    ),
                ),
                ("handled_at", models.DateTimeField(blank=True, null=True)),
                (
                    "agent",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="questions",
                        to="agents.agent",
                    ),
                ),
                (
                    "call",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="questions",
                        to="usage.call",
                    ),
                ),
                (
                    "handled_by",
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
                    models.Index(fields=["agent", "state", "-id"], name="questions_of_agent"),
                    models.Index(
                        condition=models.Q(("state", "open")),
                        fields=["org"],
                        name="questions_open",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("call", "number"), name="one_question_per_number"
                    )
                ],
            },
        ),
    ]
