"""The database itself refuses to change or delete a ledger line.

The guard in the model does not see `QuerySet.update`, raw SQL or another program; these
triggers do. PostgreSQL's TRUNCATE and dropping the table stay possible: they need rights
over the schema, which whoever runs migrations has anyway.
"""

from django.db import migrations

REFUSAL = "ledger entries are never changed or deleted; post a reversal"

POSTGRESQL = (
    f"""
    CREATE FUNCTION usage_refuse_ledger_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'integrity_constraint_violation';
    END
    $$
    """,
    """
    CREATE TRIGGER usage_ledgerentry_is_append_only
    BEFORE UPDATE OR DELETE ON usage_ledgerentry
    FOR EACH ROW EXECUTE FUNCTION usage_refuse_ledger_change()
    """,
)
POSTGRESQL_UNDO = (
    "DROP TRIGGER usage_ledgerentry_is_append_only ON usage_ledgerentry",
    "DROP FUNCTION usage_refuse_ledger_change()",
)
SQLITE = (
    f"""
    CREATE TRIGGER usage_ledgerentry_no_update BEFORE UPDATE ON usage_ledgerentry
    BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END
    """,
    f"""
    CREATE TRIGGER usage_ledgerentry_no_delete BEFORE DELETE ON usage_ledgerentry
    BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END
    """,
)
SQLITE_UNDO = (
    "DROP TRIGGER usage_ledgerentry_no_update",
    "DROP TRIGGER usage_ledgerentry_no_delete",
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
    dependencies = [("usage", "0001_initial")]

    operations = [migrations.RunPython(guard, unguard)]
