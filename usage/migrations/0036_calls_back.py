"""Calls back: messages with a time."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("usage", "0035_languages_of_turns"),
    ]

    operations = [
        migrations.AddField(
            model_name="message",
            name="called_for_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="message",
            name="due_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("called_for_at", None), ("due_at__isnull", False)),
                fields=["due_at"],
                name="messages_due",
            ),
        ),
    ]
