"""Documents are read for what they mean: which versions wait for it."""

from django.db import migrations, models


def wait(apps, _schema_editor):
    """Those that answer calls now, and have documents."""
    published = apps.get_model("agents", "Agent").objects.exclude(published=None)
    versions = apps.get_model("agents", "AgentVersion").objects
    with_documents = versions.filter(
        pk__in=published.values("published"), settings__has_key="documents", language__istartswith="en"
    )
    with_documents.update(is_meaning_due=True)


class Migration(migrations.Migration):
    dependencies = [("agents", "0008_site_readings")]

    operations = [
        migrations.AddField(
            model_name="agentversion",
            name="is_meaning_due",
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
        migrations.AddIndex(
            model_name="agentversion",
            index=models.Index(
                condition=models.Q(("is_meaning_due", True)),
                fields=["id"],
                name="versions_meaning_due",
            ),
        ),
        migrations.RunPython(wait, migrations.RunPython.noop),
    ]
