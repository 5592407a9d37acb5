"""Django's PostgreSQL engine with a pool that gets over a restart of the server at once.

After a restart every idle connection of a pool is dead. Handed out as it is, each costs one
request its answer, and a webhook without an answer is a lost call. psycopg_pool's own check
(Django's CONN_HEALTH_CHECKS) meets them one by one and waits 1, 2, 4 ... seconds after each:
with six of them a request gets nothing for 20 seconds. So the first dead one that turns up has
all idle ones looked at and replaced, which takes milliseconds.
"""

from typing import Any

from django.db.backends.postgresql import base
from psycopg import OperationalError


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
