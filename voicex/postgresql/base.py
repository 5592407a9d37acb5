"""Django's PostgreSQL engine, with two additions.

A pool that recovers from a restart of the server at once.
After a restart every idle connection of a pool is dead. Handed out as it is, each costs one
request its answer, and a webhook without an answer is a lost call. psycopg_pool's own check
(Django's CONN_HEALTH_CHECKS) meets them one by one and waits 1, 2, 4 ... seconds after each:
with six of them a request gets nothing for 20 seconds. So the first dead one that turns up has
all idle ones checked and replaced, which takes milliseconds.

The policies of `voicex.postgresql.row_security` read the session's setting `voicex.org`. Before a
statement it is made to say what `voicex.database.row_scope` does, which costs a statement of its
own only where the connection last served another scope.
"""

from typing import Any

from django.db.backends.postgresql import base
from psycopg import OperationalError
from psycopg.pq import TransactionStatus

from voicex.database import row_scope

_UNKNOWN = object()  # after a rollback, which takes settings back too


class DatabaseWrapper(base.DatabaseWrapper):
    """What Django makes for each thread that uses the database."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """A connection that answers, of the pool when there is one. Raises OperationalError."""
        connection = super().get_new_connection(conn_params)
        if self.pool is None:
            return connection
        try:
            self.pool.check_connection(connection)
        except OperationalError:
            self.pool.putconn(connection)
            self.pool.check()
            connection = super().get_new_connection(conn_params)
        return connection

    def _cursor(self, name: str | None = None) -> Any:
        self.ensure_connection()
        self._hold_to(row_scope.current.get())
        return super()._cursor(name)  # type: ignore[misc]  # not in the stubs

    def _rollback(self) -> None:
        self._forget_scope()
        super()._rollback()  # type: ignore[misc]

    def _savepoint_rollback(self, sid: str) -> None:
        super()._savepoint_rollback(sid)  # type: ignore[misc]
        self._forget_scope()

    def _hold_to(self, org_pk: int | None) -> None:
        """Let the connection see the rows of this organization, or, with None, all rows."""
        # Noted at the connection itself: it outlives this wrapper in the pool.
        if getattr(self.connection, "voicex_org", None) == org_pk:
            return
        # Then PostgreSQL takes nothing but the rollback that is about to come.
        if self.connection.info.transaction_status == TransactionStatus.INERROR:
            return
        with self.wrap_database_errors:
            self.connection.execute(
                "SELECT set_config('voicex.org', %s, false)",
                ["" if org_pk is None else str(org_pk)],
            )
        self.connection.voicex_org = org_pk

    def _forget_scope(self) -> None:
        if self.connection is not None:
            self.connection.voicex_org = _UNKNOWN
