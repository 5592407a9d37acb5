"""The organization of rows: set by triggers, and checked by the database.

Rows that belong to a call or an agent get their organization from there by a trigger, so no code
can write another one. Triggers and policies are installed at the end of every migration: a new
table is protected without being listed, and SQLite drops a table's triggers when it changes it.
"""

from typing import Any, Final

from django.apps import apps
from django.db import connections, models

from accounts.models import Organization
from voicex.postgresql.row_security import protect

COLUMN: Final = "org_id"

# Parent table and foreign key are names of our own models.
_POSTGRESQL: Final = (
    """
    CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.org_id := (SELECT org_id FROM {parent} WHERE id = NEW.{key});
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER {name} BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()
    """,
)
_SQLITE: Final = (
    """
    CREATE TRIGGER {name} AFTER INSERT ON {table}
    BEGIN
        UPDATE {table} SET org_id = (SELECT org_id FROM {parent} WHERE id = NEW.{key})
        WHERE id = NEW.id;
    END
    """,
)
# What is installed after each migration, here and by `usage.records.transcript_deletion`.
_REINSTALLED: Final = ("org_of_", "words_of_")
_NAMES: Final = {
    "postgresql": "SELECT tgname FROM pg_trigger",
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
}


class OrganizationOf(models.ForeignKey):  # type: ignore[type-arg]  # generic in the stubs only
    """The organization of the row that the foreign key `parent` of the same model leads to.

    Written only by the database: an instance that was just saved does not have it until it is read
    again. It has no separate constraint and index; the parent's are used.
    """

    def __init__(self, *, parent: str, **_kwargs: Any) -> None:
        self.parent = parent
        super().__init__(
            "accounts.Organization",
            models.DO_NOTHING,
            null=True,
            editable=False,
            related_name="+",
            db_constraint=False,
            db_index=False,
        )

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        """Return the arguments for a migration: `parent` alone."""
        name, path, _args, _kwargs = super().deconstruct()
        return str(name), path, [], {"parent": self.parent}


def owned_tables() -> list[tuple[str, str]]:
    """The tables that hold rows of organizations, each with the column that names it."""
    owned = (model for model in apps.get_models() if _org_field(model) is not None)
    return [(Organization._meta.db_table, "id"), *((each._meta.db_table, COLUMN) for each in owned)]


def protect_rows(*, using: str, **_kwargs: Any) -> None:
    """Install missing triggers and policies; for the signal `post_migrate`."""
    connection = connections[using]
    tables = connection.introspection.table_names()
    with connection.cursor() as cursor:
        cursor.execute(_NAMES[connection.vendor])
        installed = {name for (name,) in cursor.fetchall()}
        for model in apps.get_models():
            field = _org_field(model)
            table = model._meta.db_table
            if isinstance(field, OrganizationOf) and table in tables:
                name = f"org_of_{table}"
                if name not in installed:
                    for statement in _statements(connection.vendor):
                        cursor.execute(statement.format(name=name, table=table, **_parent(model)))
    if connection.vendor == "postgresql":
        protect(connection, [each for each in owned_tables() if each[0] in tables])


def make_room(*, using: str, plan: list[Any], **_kwargs: Any) -> None:
    """Remove SQLite's triggers before a migration changes anything; for `pre_migrate`.

    SQLite rebuilds a table to change it, and the rename fails while a trigger of another table
    refers to the removed one. `post_migrate` installs them again.
    """
    connection = connections[using]
    if connection.vendor != "sqlite" or not plan:
        return
    with connection.cursor() as cursor:
        cursor.execute(_NAMES["sqlite"])
        for (name,) in cursor.fetchall():
            if name.startswith(_REINSTALLED):
                cursor.execute(f"DROP TRIGGER {connection.ops.quote_name(name)}")


def _statements(vendor: str) -> tuple[str, ...]:
    return _POSTGRESQL if vendor == "postgresql" else _SQLITE


def _parent(model: type[models.Model]) -> dict[str, str]:
    key: Any = model._meta.get_field(model._meta.get_field("org").parent)  # type: ignore[union-attr]
    return {"parent": key.related_model._meta.db_table, "key": key.column}


def _org_field(model: type[models.Model]) -> Any:
    """The field that names the organization; None without one."""
    for field in model._meta.concrete_fields:
        if field.name == "org" and isinstance(field, models.ForeignKey):
            return field
    return None
