"""Keeps some rows and triggers when transactional tests empty the database.

Django empties every table after such a test. Two things must not go: the price book, which
a migration wrote and no test writes again, and the refusals to delete ledger lines, invoices and
audit entries, which SQLite's DELETE runs into, and for audit entries PostgreSQL's TRUNCATE.
"""

from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Any

import pytest
from django.db import connection
from django.db.backends.base.operations import BaseDatabaseOperations

LEDGER = import_module("usage.migrations.0002_ledger_is_append_only").Migration.operations[-1]
INVOICES = import_module("usage.migrations.0040_invoices").Migration.operations[-1]
AUDIT = import_module("accounts.migrations.0006_audit_log_is_append_only").Migration.operations[-1]
KEPT = {"usage_pricebook", "usage_price"}


@pytest.fixture(autouse=True, scope="session")
def _flush_spares_the_price_book() -> Iterator[None]:
    operations = type(connection.ops)
    empty = operations.sql_flush

    def sql_flush(
        self: BaseDatabaseOperations, style: Any, tables: Sequence[str], **options: Any
    ) -> list[str]:
        statements = empty(self, style, [name for name in tables if name not in KEPT], **options)
        refusals = [AUDIT, LEDGER, INVOICES] if connection.vendor == "sqlite" else [AUDIT]
        undo = [each for table in refusals for each in table.unguard[connection.vendor]]
        guard = [each for table in refusals for each in table.guard[connection.vendor]]
        return [*undo, *statements, *guard]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(operations, "sql_flush", sql_flush)
        yield
