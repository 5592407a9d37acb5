from django.db import migrations


def enqueue(apps, schema_editor):
    """The notices that have not gone out, as open rows that are due when they were."""
    notices = apps.get_model("usage", "QuotaNotice").objects.filter(sent_at=None)
    rows = apps.get_model("usage", "Outbox").objects
    for notice in notices.iterator():
        rows.create(kind="send_notice", notice=notice, due_at=notice.due_at)


def delete(apps, schema_editor):
    """The release before sends what has no `sent_at` by itself, and knows no such rows."""
    apps.get_model("usage", "Outbox").objects.filter(kind="send_notice").delete()


class Migration(migrations.Migration):
    dependencies = [("usage", "0016_outbox_of_every_kind")]

    operations = [migrations.RunPython(enqueue, delete)]
