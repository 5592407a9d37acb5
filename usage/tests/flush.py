"""What transactional tests leave behind when they empty the database.

Django empties every table after such a test. Two things must not go: the price book, which
a migration wrote and no test writes again, and SQLite's refusal to delete ledger lines, which
its plain DELETE would run into (PostgreSQL empties with TRUNCATE).
"""

from collections.abc import Iterator
from importlib import import_module

import pytest
from django.db import connection

TRIGGERS = import_module("usage.migrations.0002_ledger_is_append_only")
KEPT = {"usage_pricebook", "usage_price"}


@pytest.fixture(autouse=True, scope="session")
def _flush_spares_the_price_book() -> Iterator[None]:
    operations = type(connection.ops)
    empty = operations.sql_flush

    def sql_flush(self, style, tables, **options):
        statements = empty(self, style, [name for name in tables if name not in KEPT], **options)
        if connection.vendor == "sqlite":
            return [*TRIGGERS.SQLITE_UNDO, *statements, *TRIGGERS.SQLITE]
        return statements

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(operations, "sql_flush", sql_flush)
        yield
