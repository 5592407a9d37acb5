"""Row-level security: restricts each connection to the organization of `database.row_scope`.

Installed after every migration, on each table that has an organization, so a new table cannot be
forgotten. They apply to the tables' owner too (FORCE), but never to a superuser: `manage.py check
--database default` warns if the service's role is one.
"""

from collections.abc import Iterable
from typing import Any, Final

from django.core import checks
from django.db import connections

POLICY: Final = "voicex_organization"
# As subqueries, which PostgreSQL evaluates once for each statement and not for each row.
_CONDITION: Final = """
    {column} = (SELECT nullif(current_setting('voicex.org', true), '')::bigint)
    OR (SELECT coalesce(current_setting('voicex.org', true), '') = '')
"""


def protect(connection: Any, tables: Iterable[tuple[str, str]]) -> None:
    """Create the policy on each of the tables, given with the column of its organization."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_policies WHERE policyname = %s", [POLICY])
        protected = {name for (name,) in cursor.fetchall()}
        for table, column in tables:
            if table in protected:
                continue
            quoted = connection.ops.quote_name(table)
            condition = _CONDITION.format(column=connection.ops.quote_name(column))
            cursor.execute(f"ALTER TABLE {quoted} ENABLE ROW LEVEL SECURITY")
            cursor.execute(f"ALTER TABLE {quoted} FORCE ROW LEVEL SECURITY")
            cursor.execute(
                f"CREATE POLICY {POLICY} ON {quoted} USING ({condition}) WITH CHECK ({condition})"
            )


def check_role(*, databases: Iterable[str] | None, **_kwargs: Any) -> list[checks.CheckMessage]:
    """A check: warns when the policies do not apply, to a superuser or a role with BYPASSRLS."""
    problems: list[checks.CheckMessage] = []
    for alias in databases or ():
        connection = connections[alias]
        if connection.vendor != "postgresql":
            continue
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
            )
            if cursor.fetchone()[0]:
                problems.append(
                    checks.Warning(
                        "The database role is a superuser, or passes by row-level security.",
                        hint="Let the service use a role that is neither: "
                        "ALTER ROLE voicex NOSUPERUSER NOBYPASSRLS",
                        id="voicex.W020",
                    )
                )
    return problems
