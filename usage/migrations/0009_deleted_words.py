from django.db import migrations, models

DROPPED = {
    "postgresql": """
        SELECT format('DROP TRIGGER %%I ON %%I', tgname, relname)
        FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid WHERE tgname LIKE 'words_of_%%'
    """,
    "sqlite": """
        SELECT 'DROP TRIGGER "' || name || '"' FROM sqlite_master
        WHERE type = 'trigger' AND name LIKE 'words_of_%%'
    """,
}


def let_go(_apps, schema_editor):
    """Without the column the triggers of `usage.records.words` would fail; the next `migrate` to have it
    installs them again."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(DROPPED[schema_editor.connection.vendor], [])
        for (statement,) in cursor.fetchall():
            cursor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("usage", "0008_rows_name_their_organization")]

    operations = [
        migrations.AddField(
            model_name="call",
            name="words_deleted_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.RunPython(migrations.RunPython.noop, let_go),
    ]
