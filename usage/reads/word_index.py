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
        AND has_column_privilege(oid, 'usage_turn', 'call_id', 'SELECT')
        AND has_column_privilege(oid, 'usage_turn', 'words', 'SELECT')
    )
"""
# Of the role: whether it may read what it is for, and whether it sees rows whatever the scope.
_IS_ALLOWED: Final = """
    SELECT has_column_privilege(oid, 'usage_turn', 'call_id', 'SELECT')
        AND has_column_privilege(oid, 'usage_turn', 'words', 'SELECT'),
        EXISTS (
            SELECT FROM pg_policies WHERE schemaname = current_schema()
            AND tablename = 'usage_turn' AND policyname = rolname
        )
    FROM pg_roles WHERE rolname = %s
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
    """Let the role read what it is for, where it exists; for the signal `post_migrate`.

    Only what is missing is written: a new policy waits for all who read the table, and they for it.
    """
    connection = connections[using]
    if (
        connection.vendor != "postgresql"
        or "usage_turn" not in connection.introspection.table_names()
    ):
        return
    with connection.cursor() as cursor:
        cursor.execute(_IS_ALLOWED, [ROLE])
        may_read, sees_rows = cursor.fetchone() or (True, True)  # no such role
        # The policy first: who may read the columns and sees no rows finds no calls.
        if not sees_rows:
            cursor.execute(f"CREATE POLICY {ROLE} ON usage_turn FOR SELECT TO {ROLE} USING (true)")
        if not may_read:
            cursor.execute(f"GRANT SELECT (call_id, words) ON usage_turn TO {ROLE}")
