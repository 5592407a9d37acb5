"""The nightly check of the audit log is done in parts, each short."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.db import connection
from django.utils import timezone

from accounts.audit import check, check_runs
from accounts.audit.models import AuditCheck
from accounts.members.access import record
from accounts.models import AuditEntry

pytestmark = pytest.mark.core

AUDIT = import_module("accounts.migrations.0006_audit_log_is_append_only").Migration.operations[-1]


@pytest.fixture
def entries(cast) -> int:
    """How many there are, in three chains, one of them changed."""
    for number in range(5):
        record(cast.acorn, actor=cast.bob, action="key.issued", target=f"key {number}")
    record(None, actor=cast.olga, action="rights.changed", target="bob")
    with connection.cursor() as cursor:
        for statement in AUDIT.unguard[connection.vendor]:
            cursor.execute(statement)
    AuditEntry.objects.filter(org=cast.acorn, sequence=4).update(target="another")
    return AuditEntry.objects.count()


def test_a_check_of_many_parts_finds_what_one_at_once_finds(cast, entries, monkeypatch):
    monkeypatch.setattr(check, "AT_ONCE", 2)
    now, parts, check_id = timezone.now(), 0, 0
    while (check_id := check_runs.run(check_id, now=now, seconds=0)) is not None:
        parts += 1
        assert AuditCheck.objects.get().place is not None
    found = AuditCheck.objects.get()
    assert parts >= entries // 2
    assert (found.entries, found.chains, found.place) == (entries, 3, None)
    assert found.fault_count == 1
    assert found.faults == [{"chain": cast.acorn.pk, "sequence": 4, "what": "changed"}]


def test_a_part_that_is_done_twice_is_counted_once(entries, monkeypatch):
    monkeypatch.setattr(check, "AT_ONCE", 2)
    now = timezone.now()
    check_id = check_runs.run(now=now, seconds=0)
    before = AuditCheck.objects.values("entries", "place", "chains").get()
    check_runs.run(check_id, now=now, seconds=0)
    AuditCheck.objects.update(**before)  # its worker was killed before that was stored
    while check_runs.run(check_id, now=now, seconds=0):
        pass
    assert AuditCheck.objects.get().entries == entries


def test_one_that_was_cut_short_is_continued_and_one_of_last_night_is_not(entries, monkeypatch):
    monkeypatch.setattr(check, "AT_ONCE", 2)
    now = timezone.now()
    first = check_runs.run(now=now, seconds=0)
    assert check_runs.run(now=now, seconds=0) == first
    assert check_runs.run(first, now=now + timedelta(days=1), seconds=0) is None
    assert check_runs.run(now=now + timedelta(days=1), seconds=0) != first
