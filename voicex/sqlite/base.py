"""Django's SQLite engine, with an order among the threads that write.

SQLite allows one writer at a time, and the others retry at intervals that grow to 100 ms: that is
unfair, and a webhook may wait behind any number of pages. Here the threads of one process queue
before they begin a transaction, those of calls first. Between processes SQLite's own retries
remain.
"""

from typing import Any, Final

from django.db import OperationalError
from django.db.backends.sqlite3 import base

from voicex.database.write_order import WriteOrder, write_order_of

_LOCKED: Final = "database is locked: other threads of this process have written for {} s"


class DatabaseWrapper(base.DatabaseWrapper):
    """The connection wrapper that Django creates for each thread."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._order: WriteOrder | None = None  # set while this connection has the turn to write

    def _start_transaction_under_autocommit(self) -> None:
        if not self.is_in_memory_db():  # whose threads share a connection
            order = write_order_of(str(self.settings_dict["NAME"]))
            seconds = self.settings_dict["OPTIONS"].get("timeout", 5)
            if not order.take(seconds=seconds):
                raise OperationalError(_LOCKED.format(seconds))
            self._order = order
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self._pass_on()
            raise

    # After a failed commit the transaction stays open; Django rolls it back, or closes the
    # connection.

    def _commit(self) -> None:
        super()._commit()  # type: ignore[misc]  # not in the stubs
        self._pass_on()

    def _rollback(self) -> None:
        super()._rollback()  # type: ignore[misc]
        self._pass_on()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            self._pass_on()

    def _pass_on(self) -> None:
        order, self._order = self._order, None
        if order is not None:
            order.pass_on()
