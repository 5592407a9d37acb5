"""The database itself refuses to change or delete an audit entry, or to empty their table.

The guard in the model does not see `QuerySet.update`, raw SQL or another program; these
triggers do. Dropping trigger or table stays possible to who may change the schema; the digests
of the chains (`manage.py verify_audit`) are what shows it.
"""

from django.db import migrations, models

REFUSAL = "audit entries are never changed or deleted"

POSTGRESQL = (
    f"""
    CREATE FUNCTION accounts_refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'integrity_constraint_violation';
    END
    $$
    """,
    """
    CREATE TRIGGER accounts_auditentry_is_append_only
    BEFORE UPDATE OR DELETE ON accounts_auditentry
    FOR EACH ROW EXECUTE FUNCTION accounts_refuse_audit_change()
    """,
    """
    CREATE TRIGGER accounts_auditentry_is_not_emptied
    BEFORE TRUNCATE ON accounts_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION accounts_refuse_audit_change()
    """,
)
POSTGRESQL_UNDO = (
    "DROP TRIGGER accounts_auditentry_is_append_only ON accounts_auditentry",
    "DROP TRIGGER accounts_auditentry_is_not_emptied ON accounts_auditentry",
    "DROP FUNCTION accounts_refuse_audit_change()",
)
SQLITE = (
    f"""
    CREATE TRIGGER accounts_auditentry_no_update BEFORE UPDATE ON accounts_auditentry
    BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END
    """,
    f"""
    CREATE TRIGGER accounts_auditentry_no_delete BEFORE DELETE ON accounts_auditentry
    BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END
    """,
    # INSERT OR REPLACE deletes a row without a trigger for deletions.
    f"""
    CREATE TRIGGER accounts_auditentry_no_replace BEFORE INSERT ON accounts_auditentry
    WHEN EXISTS (SELECT 1 FROM accounts_auditentry WHERE id = NEW.id)
        OR EXISTS (
            SELECT 1 FROM accounts_auditentry
            WHERE org_id IS NEW.org_id AND sequence = NEW.sequence
        )
    BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END
    """,  # nosec B608
)
SQLITE_UNDO = (
    "DROP TRIGGER accounts_auditentry_no_update",
    "DROP TRIGGER accounts_auditentry_no_delete",
    "DROP TRIGGER accounts_auditentry_no_replace",
)


def _run(schema_editor, *, postgresql, sqlite):
    statements = {"postgresql": postgresql, "sqlite": sqlite}
    for statement in statements[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


def guard(_apps, schema_editor):
    """Install the triggers."""
    _run(schema_editor, postgresql=POSTGRESQL, sqlite=SQLITE)


def unguard(_apps, schema_editor):
    """Remove the triggers."""
    _run(schema_editor, postgresql=POSTGRESQL_UNDO, sqlite=SQLITE_UNDO)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_audit_entries_are_chained")]

    operations = [
        migrations.AlterField("auditentry", "sequence", models.PositiveBigIntegerField()),
        migrations.AlterField("auditentry", "digest", models.CharField(max_length=64)),
        migrations.AddConstraint(
            "auditentry",
            models.UniqueConstraint(fields=("org", "sequence"), name="one_entry_at_a_place"),
        ),
        migrations.AddConstraint(
            "auditentry",
            models.UniqueConstraint(
                condition=models.Q(("org", None)),
                fields=("sequence",),
                name="one_entry_of_the_platform_at_a_place",
            ),
        ),
        # Last: on SQLite what changes a table makes it anew, without its triggers.
        migrations.RunPython(guard, unguard),
    ]
