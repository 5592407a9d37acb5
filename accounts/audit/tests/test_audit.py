"""The audit log: appended to, chained, refused to be changed, and checked."""

import json
from datetime import timedelta
from importlib import import_module
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.audit import check
from accounts.audit import trail as trail_module
from accounts.audit.check import verify
from accounts.audit.models import AuditChain, AuditTally
from accounts.audit.trail import sum_up
from accounts.members.access import record, record_and_count, record_once_a_day
from accounts.models import AuditEntry, Organization

pytestmark = pytest.mark.core

AUDIT = import_module("accounts.migrations.0006_audit_log_is_append_only").Migration.operations[-1]
TABLE = AuditEntry._meta.db_table


@pytest.fixture
def trail(cast) -> Organization:
    """Acorn with five entries, of which the first says that it was created."""
    for number in range(4):
        record(cast.acorn, actor=cast.bob, action="key.issued", target=f"key {number}")
    return cast.acorn


def tampered(statement: str) -> list[tuple[int, str]]:
    """What a check finds when a role with the rights to the schema runs `statement`."""
    undo = AUDIT.unguard[connection.vendor]
    with connection.cursor() as cursor:
        for each in (*undo, statement):
            cursor.execute(each)
    return [(fault.sequence, fault.what) for fault in verify().faults]


def entries_of(org, *, action):
    found = AuditEntry.objects.filter(org=org, action=action).order_by("pk")
    return [(entry.target, entry.actor_name) for entry in found]


@pytest.mark.parametrize(
    "statement",
    [
        f"UPDATE {TABLE} SET target = ''",
        f"UPDATE {TABLE} SET actor_id = NULL",
        f"UPDATE {TABLE} SET sequence = sequence + 10",
        f"DELETE FROM {TABLE}",
        f"INSERT OR REPLACE INTO {TABLE} (id, org_id, sequence, actor_name, action, target, at, "
        f"digest) SELECT id, org_id, sequence, '', 'a.b', '', at, digest FROM {TABLE}",
        f"INSERT OR REPLACE INTO {TABLE} (org_id, sequence, actor_name, action, target, at, "
        f"digest) SELECT org_id, sequence, '', 'a.b', '', at, digest FROM {TABLE}",
        f"TRUNCATE {TABLE}",
    ],
)
def test_the_database_refuses_to_change_delete_replace_or_empty(trail, statement):
    is_for = "sqlite" if "OR REPLACE" in statement else "postgresql"
    if ("OR REPLACE" in statement or "TRUNCATE" in statement) and connection.vendor != is_for:
        pytest.skip(f"words of {is_for}")
    with (
        pytest.raises(IntegrityError, match="never changed or deleted"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert not verify().fault_count


def test_a_trail_that_was_only_appended_to_has_no_fault(trail, cast):
    record(None, actor=cast.olga, action="staff.changed", target="bob")
    record(cast.birch, actor=None, action="key.revoked", target="é ü \u2028")
    verdict = verify()
    assert not verdict.faults
    assert {chain: head.length for chain, head in verdict.heads.items()} == {
        trail.pk: 5,
        cast.birch.pk: 2,
        0: 1,
    }


@pytest.mark.parametrize("at_once", [2_000, 2])  # in one step, and in many
@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE {} SET target = 'x' WHERE sequence = 3 AND org_id = {org}", [(3, "changed")]),
        ("UPDATE {} SET at = '2020-01-01' WHERE sequence = 5 AND org_id = {org}", [(5, "changed")]),
        ("UPDATE {} SET actor_id = NULL WHERE sequence = 2 AND org_id = {org}", [(2, "changed")]),
        ("UPDATE {} SET digest = 'x' WHERE sequence = 5 AND org_id = {org}", [(5, "changed")] * 2),
        ("DELETE FROM {} WHERE sequence = 3 AND org_id = {org}", [(3, "missing")]),
        ("DELETE FROM {} WHERE sequence > 3 AND org_id = {org}", [(4, "cut_off")]),
        ("DELETE FROM {} WHERE org_id = {org}", [(1, "cut_off")]),
        (
            "INSERT INTO {} (org_id, sequence, actor_name, action, target, at, digest) "
            "SELECT org_id, 6, '', 'a.b', '', at, digest FROM {} "
            "WHERE sequence = 5 AND org_id = {org}",
            [(6, "changed"), (6, "unknown")],
        ),
    ],
)
def test_a_changed_missing_or_foreign_entry_is_found(trail, statement, found, at_once, monkeypatch):
    monkeypatch.setattr(check, "AT_ONCE", at_once)
    assert tampered(statement.format(TABLE, TABLE, org=trail.pk)) == found


def test_entries_that_changed_their_places_are_found(trail):
    # By way of places that are free: each place may be taken but once at any moment.
    swapped = "CASE sequence WHEN 2 THEN 103 WHEN 3 THEN 102 ELSE sequence END"
    tampered(f"UPDATE {TABLE} SET sequence = {swapped} WHERE org_id = {trail.pk}")
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {TABLE} SET sequence = sequence - 100 WHERE sequence > 100")
    found = [(fault.sequence, fault.what) for fault in verify().faults]
    assert found == [(2, "changed"), (3, "changed"), (4, "changed")]


def test_a_trail_whose_digests_were_all_made_anew_differs_from_heads_kept_elsewhere(
    trail, tmp_path
):
    kept = tmp_path / "heads.json"
    out = StringIO()
    call_command("verify_audit", "--json", stdout=out)
    kept.write_text(out.getvalue())
    record(trail, actor=None, action="key.revoked", target="later")
    call_command("verify_audit", against=str(kept), stdout=StringIO())

    tampered(f"DELETE FROM {TABLE} WHERE org_id = {trail.pk}")
    AuditChain.objects.filter(pk=trail.pk).delete()
    for number in range(6):
        record(trail, actor=None, action="key.issued", target=f"another {number}")
    assert not verify().fault_count
    with pytest.raises(CommandError, match="1 fault"):
        call_command("verify_audit", against=str(kept), stdout=StringIO())


def test_the_command_says_which_entry_and_fails(trail):
    tampered(f"DELETE FROM {TABLE} WHERE sequence = 3 AND org_id = {trail.pk}")
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("verify_audit", stdout=out)
    assert f"Acorn ({trail.public_id}): entry 3 is missing" in out.getvalue()
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("verify_audit", "--json", stdout=out)
    report = json.loads(out.getvalue())
    assert report["faults"] == [{"chain": trail.pk, "sequence": 3, "what": "missing"}]
    assert not report["ok"]


def test_a_file_that_is_none_of_ours_is_refused_in_words(trail, tmp_path):
    (tmp_path / "heads.json").write_text('{"heads": 3}')
    with pytest.raises(CommandError, match="is not output of"):
        call_command("verify_audit", against=str(tmp_path / "heads.json"), stdout=StringIO())


def test_a_person_who_is_deleted_leaves_entries_that_name_them(trail, cast):
    cast.bob.delete()
    entry = AuditEntry.objects.select_related("actor").filter(org=trail).first()
    assert (entry.actor, entry.actor_name) == (None, "bob@example.com")
    assert not verify().fault_count


def test_an_organization_that_is_deleted_leaves_its_trail(trail, cast):
    chain = trail.pk
    trail.delete()
    assert AuditEntry.objects.filter(org_id=chain).count() == 5
    assert not verify().fault_count


def test_what_is_undone_leaves_no_place_empty(trail):
    with transaction.atomic():
        record(trail, actor=None, action="key.issued", target="never")
        transaction.set_rollback(True)
    assert record(trail, actor=None, action="key.issued", target="now").sequence == 6
    assert not verify().fault_count


def test_a_long_name_hides_nothing_of_what_was_done(cast):
    for length in (119, 120, 121, 300):
        said = f"{'a' * (length - 7)}: owner"
        stored = record(cast.acorn, actor=cast.alice, action="member.invited", target=said).target
        assert stored.startswith("aaaa")
        assert stored.endswith("a: owner")
        assert len(stored) == min(length, 120)
        assert ("…" in stored) == (length > 120)


def test_what_is_read_again_on_the_same_day_is_one_entry(cast):
    now = timezone.now()
    for who, when in ((cast.vera, now), (cast.vera, now), (cast.bob, now), (cast.vera, now + DAY)):
        record_once_a_day(cast.acorn, actor=who, action="transcript.read", target="CA1", now=when)
    assert entries_of(cast.acorn, action="transcript.read") == [
        ("CA1", "vera@example.com"),
        ("CA1", "bob@example.com"),
        ("CA1", "vera@example.com"),
    ]


def test_what_repeats_is_an_entry_at_first_and_a_number_on_the_next_day(cast):
    now = timezone.now()
    for number in range(10):
        record_and_count(
            cast.acorn,
            actor=cast.bob,
            action="export.calls",
            target=f"filter {number}",
            entries=3,
            now=now,
        )
    assert sum_up(now=now) == 0
    assert sum_up(now=now + DAY) == 1
    assert sum_up(now=now + DAY) == 0
    assert [target for target, _who in entries_of(cast.acorn, action="export.calls")] == [
        "filter 0",
        "filter 1",
        "filter 2",
        f"7 more on {now.date()}",
    ]
    assert not AuditTally.objects.exists()


def test_what_needs_no_entry_is_deleted_many_at_once(cast, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(trail_module, "_FORGOTTEN_AT_ONCE", 50)
    now = timezone.now()
    calls = [{"about": f"CA{number}", "day": now.date()} for number in range(120)]
    read = {"org": cast.acorn, "person": cast.vera.pk, "action": "transcript.read"}
    AuditTally.objects.bulk_create(AuditTally(**read, **each) for each in calls)
    with django_assert_num_queries(7):  # twice fifty, the rest, and what is to be summed up
        assert sum_up(now=now + DAY) == 0
    assert not AuditTally.objects.exists()


def test_what_repeats_is_summed_up_some_at_a_time(cast):
    now = timezone.now()
    for action in ("export.calls", "export.usage", "export.events"):
        for _ in range(2):
            record_and_count(
                cast.acorn, actor=cast.bob, action=action, target="-", entries=1, now=now
            )
    assert [sum_up(now=now + DAY, at_most=2) for _ in range(3)] == [2, 1, 0]


DAY = timedelta(days=1)
