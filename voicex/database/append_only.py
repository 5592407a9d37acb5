"""A migration's operation that makes a table append-only in the database itself.

A check in the model's `save` would miss `QuerySet.update`, raw SQL and other programs; triggers do
not. Dropping trigger or table stays possible for roles that may change the schema.
"""

from typing import Any, Final

from django.db.migrations import RunPython

_FUNCTION: Final = """
CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '{refusal}' USING ERRCODE = 'integrity_constraint_violation';
END
$$
"""
_POSTGRESQL: Final = "CREATE TRIGGER {table}_{name} BEFORE {event} EXECUTE FUNCTION {function}()"
_SQLITE: Final = (
    "CREATE TRIGGER {table}_{name} BEFORE {event} BEGIN SELECT RAISE(ABORT, '{refusal}'); END"
)


class AppendOnly(RunPython):
    """No row of `table` is changed or deleted from here on; the database says `refusal`.

    function: the name of the triggers' function on PostgreSQL. taken: SQL that finds the row whose
    place NEW takes, which SQLite's INSERT OR REPLACE would delete silently. keeps_all: refuse
    PostgreSQL's TRUNCATE too. On SQLite this is the last operation of a migration: what changes a
    table there rebuilds it, without its triggers.

    `guard` and `unguard` hold the statements of each database, by its vendor.
    """

    def __init__(
        self, table: str, *, refusal: str, function: str, taken: str = "", keeps_all: bool = False
    ) -> None:
        names = {"table": table, "refusal": refusal, "function": function}
        postgresql = {"is_append_only": f"UPDATE OR DELETE ON {table} FOR EACH ROW"}
        if keeps_all:
            postgresql["is_not_emptied"] = f"TRUNCATE ON {table} FOR EACH STATEMENT"
        sqlite = {"no_update": f"UPDATE ON {table}", "no_delete": f"DELETE ON {table}"}
        if taken:
            found = f"SELECT 1 FROM {table} WHERE {taken}"  # noqa: S608  # nosec B608
            sqlite["no_replace"] = f"INSERT ON {table} WHEN EXISTS ({found})"
        self.guard = {
            "postgresql": [
                _FUNCTION.format(**names),
                *(_POSTGRESQL.format(name=n, event=e, **names) for n, e in postgresql.items()),
            ],
            "sqlite": [_SQLITE.format(name=n, event=e, **names) for n, e in sqlite.items()],
        }
        self.unguard = {
            "postgresql": [
                *(f"DROP TRIGGER {table}_{name} ON {table}" for name in postgresql),
                f"DROP FUNCTION {function}()",
            ],
            "sqlite": [f"DROP TRIGGER {table}_{name}" for name in sqlite],
        }
        super().__init__(self._forwards, self._backwards)

    def _forwards(self, _apps: Any, schema_editor: Any) -> None:
        for statement in self.guard[schema_editor.connection.vendor]:
            schema_editor.execute(statement)

    def _backwards(self, _apps: Any, schema_editor: Any) -> None:
        for statement in self.unguard[schema_editor.connection.vendor]:
            schema_editor.execute(statement)
