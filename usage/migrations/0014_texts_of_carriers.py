from django.db import migrations

from usage.records.evidence import without_texts


def delete_texts(apps, schema_editor):
    """Of calls whose words were deleted before texts of carriers went with them."""
    calls = apps.get_model("usage", "Call").objects
    silent = calls.filter(words_deleted_at__isnull=False).exclude(carrier={}).only("carrier")
    for call in silent.iterator():
        kept = without_texts(call.carrier)
        if kept != call.carrier:
            calls.filter(pk=call.pk).update(carrier=kept)


class Migration(migrations.Migration):
    dependencies = [("usage", "0013_why_recordings_fail")]

    operations = [migrations.RunPython(delete_texts, migrations.RunPython.noop, elidable=True)]
