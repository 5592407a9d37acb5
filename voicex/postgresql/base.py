"""Django's PostgreSQL engine, with two additions.

A pool that recovers from a restart of the server at once. After a restart of the server all idle
connections of a pool are dead. Each would fail one request, and a webhook that fails is a lost
call. psycopg_pool's own check (Django's CONN_HEALTH_CHECKS) finds them one by one and waits 1, 2, 4
... seconds after each: with six of them a request waits for 20 seconds. So when the first dead
connection is found, all idle ones are checked and replaced, which takes milliseconds; while the
server refuses connections it is asked several times a second (`voicex.postgresql.prompt_pool`).

The policies of `voicex.postgresql.row_security` read the session's setting `voicex.org`. Before a
statement it is set to the scope of `voicex.database.row_scope`, which needs a statement of its own
only where the connection last served another scope.
"""

from typing import Any

from django.db.backends.postgresql import base
from psycopg import OperationalError
from psycopg.pq import TransactionStatus

from voicex.database import row_scope
from voicex.postgresql.prompt_pool import prompt

_UNKNOWN = object()  # after a rollback, which takes settings back too


class DatabaseWrapper(base.DatabaseWrapper):
    """The connection wrapper that Django creates for each thread."""

    @property
    def pool(self) -> Any:
        """The pool of all threads, which is made when it is first asked for; None without one."""
        return prompt(super().pool)

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """A working connection, from the pool if there is one. Raises OperationalError."""
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
        """Restrict the connection to rows of this organization; None: all rows."""
        # Stored at the connection itself, which outlives this wrapper in the pool.
        if getattr(self.connection, "voicex_org", None) == org_pk:
            return
        # In a failed transaction PostgreSQL accepts only the rollback that follows.
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
