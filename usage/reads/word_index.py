"""The index of words over all turns, which row-level security keeps from the service's own role.

PostgreSQL lets an index serve a condition on a protected table only where its operator is known to
tell nothing of other rows; `@@` is not. So where the cluster has the role of ROLE
(docker/roles.sql), that role may read which call a turn is of and which words it has, whatever the
scope, and nothing else. The service's role may become it and does not inherit from it. What is
found are keys of calls, which are read in the scope. Without the role the list of calls searches
on in stretches.
"""

from typing import Any, Final

from django.db import connection, connections, transaction

ROLE: Final = "voicex_words"
_MAY_BECOME: Final = """
    SELECT EXISTS (
        SELECT FROM pg_roles WHERE rolname = %s AND NOT rolcanlogin
        AND pg_has_role(current_user, oid, 'MEMBER') AND NOT pg_has_role(current_user, oid, 'USAGE')
    )
"""
_IDS_BY_WORD: Final = """
    SELECT call_id FROM usage_turn WHERE words @@ plainto_tsquery('simple', %s) LIMIT %s
"""


def calls_with(words: str, *, limit: int) -> set[int] | None:
    """The calls with a turn that has all `words`, of any organization; None for more turns than
    `limit`, and where no index may be used.
    """
    if connection.vendor != "postgresql":
        return None
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_MAY_BECOME, [ROLE])
        if not cursor.fetchone()[0]:
            return None
        cursor.execute(f"SET LOCAL ROLE {ROLE}")
        cursor.execute(_IDS_BY_WORD, [words, limit + 1])
        found = [row[0] for row in cursor.fetchall()]
        cursor.execute("RESET ROLE")  # also where a transaction is around this one
    return None if len(found) > limit else set(found)


def allow(*, using: str, **_kwargs: Any) -> None:
    """Let the role read what it is for, where it exists; for the signal `post_migrate`."""
    connection = connections[using]
    if (
        connection.vendor != "postgresql"
        or "usage_turn" not in connection.introspection.table_names()
    ):
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE])
        if not cursor.fetchone():
            return
        cursor.execute(f"GRANT SELECT (call_id, words) ON usage_turn TO {ROLE}")
        cursor.execute(f"DROP POLICY IF EXISTS {ROLE} ON usage_turn")
        cursor.execute(f"CREATE POLICY {ROLE} ON usage_turn FOR SELECT TO {ROLE} USING (true)")
