"""The check of the database's role: row-level security binds no superuser."""

import pytest
from django.core.checks import Tags
from django.core.checks.registry import registry

from voicex.postgresql import row_security
from voicex.postgresql.row_security import check_role


class Database:
    """A connection whose role passes by the policies, or does not."""

    def __init__(self, vendor: str, *, passes_by: bool) -> None:
        self.vendor = vendor
        self.passes_by = passes_by
        self.asked: list[str] = []

    def cursor(self) -> "Database":
        return self

    def __enter__(self) -> "Database":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def execute(self, statement: str) -> None:
        self.asked.append(statement)

    def fetchone(self) -> tuple[bool]:
        return (self.passes_by,)


@pytest.mark.parametrize(("passes_by", "ids"), [(True, ["voicex.W020"]), (False, [])])
def test_a_role_that_no_policy_binds_is_warned_of(monkeypatch, passes_by, ids):
    database = Database("postgresql", passes_by=passes_by)
    monkeypatch.setattr(row_security, "connections", {"default": database})
    found = check_role(databases=["default"])
    assert [each.id for each in found] == ids
    assert all("NOSUPERUSER NOBYPASSRLS" in each.hint for each in found)
    [statement] = database.asked
    assert "rolsuper" in statement
    assert "rolbypassrls" in statement


def test_a_database_without_policies_is_not_asked(monkeypatch):
    database = Database("sqlite", passes_by=True)
    monkeypatch.setattr(row_security, "connections", {"default": database})
    assert check_role(databases=["default"]) == []
    assert database.asked == []


def test_it_runs_when_databases_are_checked():
    assert check_role in registry.get_checks()
    assert Tags.database in check_role.tags
