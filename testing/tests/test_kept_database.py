"""A database is kept for the migrations that made it, and for no others."""

from contextlib import closing
from pathlib import Path

import pytest
from django.db import connection
from pytest_django.fixtures import Settings

from testing.kept_database import key, migrations, opened


def test_a_migration_or_what_it_imports_has_a_database_of_its_own(
    tmp_path: Path, settings: Settings
) -> None:
    settings.BASE_DIR = tmp_path
    names = tmp_path / "accounts" / "names.py"
    names.parent.mkdir()
    names.write_text("LONGEST = 80")
    migration = tmp_path / "0001_first.py"
    keys = set()
    for text in ("import accounts.names", "import accounts.names  # changed"):
        migration.write_text(text)
        keys.add(key([migration]))
    names.write_text("LONGEST = 81")
    keys.add(key([migration]))
    assert len(keys) == 3
    assert key([migration]) in keys


def test_the_migrations_of_every_room_count() -> None:
    assert {path.parts[-3] for path in migrations()} == {
        "accounts",
        "agents",
        "telephony",
        "usage",
    }


@pytest.mark.django_db
@pytest.mark.core
def test_what_is_kept_holds_every_table_and_no_row_of_a_test(kept_database: Path | None) -> None:
    """Only in `make quick` is there one."""
    if kept_database is None:
        pytest.skip("seen by a run of all that is quick")
    with closing(opened(kept_database)) as kept:
        tables = kept.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        assert kept.execute("SELECT count(*) FROM accounts_organization").fetchone() == (0,)
    assert {name for (name,) in tables} >= set(connection.introspection.table_names())
