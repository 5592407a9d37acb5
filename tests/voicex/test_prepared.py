"""Queries that are made once say and find what the ORM's own would."""

import pytest
from django.contrib.sessions.models import Session
from django.db import IntegrityError, connection, connections, transaction
from django.db.models import BigIntegerField, CharField, DateTimeField, F
from django.db.models.sql.compiler import SQLCompiler

from testing.scene import NOW, Statements, after
from usage.models import Call, Outbox, WebhookAttempt
from voicex.database import prepared
from voicex.database.prepared import PreparedRead, PreparedUpdate, insert, insert_one

CALLS = PreparedRead(
    lambda sid, since: (
        Call.objects.filter(carrier_call_id=sid, opened_at__gte=since)
        .select_related("org__quota", "version__agent")
        .annotate(number=F("version__number"))
    ),
    sid=CharField(),
    since=DateTimeField(),
)
NUMBERS = PreparedRead(
    lambda ids: Call.objects.filter(pk__in=ids).order_by("pk").values_list("pk", "opened_at"),
    ids=[BigIntegerField()],
)


def test_instances_are_those_of_the_orm(scene):
    calls = [scene.rings(), scene.rings(now=after(60))]
    for call in calls:
        with Statements() as taken:
            found = CALLS.one(sid=call.carrier_call_id, since=NOW)
            assert (found.org.name, found.version.agent.name) == ("Acorn", "Reception")
        assert len(taken) == 1
        assert found == call
        assert (found.opened_at, found.carrier_report, found.number) == (call.opened_at, {}, 1)
        assert found.org._state.fields_cache["quota"] is None
        assert not found._state.adding
    assert CALLS.rows(sid=calls[0].carrier_call_id, since=after(1)) == []
    assert CALLS.one(sid="CA0", since=NOW) is None


def test_the_sql_is_made_once_for_each_number_of_values(scene, monkeypatch):
    calls = [scene.rings(), scene.rings(), scene.rings()]
    ids = [call.pk for call in calls]
    assert NUMBERS.rows(ids=ids[:2]) == [(number, NOW) for number in ids[:2]]
    assert NUMBERS.rows(ids=ids) == [(number, NOW) for number in ids]
    monkeypatch.delattr(SQLCompiler, "as_sql")
    assert NUMBERS.rows(ids=ids[1:]) == [(number, NOW) for number in ids[1:]]


def test_the_sql_for_many_values_is_not_kept(scene):
    call = scene.rings()
    NUMBERS.rows(ids=[call.pk])
    made = connections["default"].__dict__[prepared._KEPT]
    kept = dict(made)
    ids = [call.pk, *range(call.pk + 1, call.pk + 1 + prepared.MOST_KEPT)]
    assert NUMBERS.rows(ids=ids) == [(call.pk, NOW)]
    assert made == kept


def test_an_update_counts_what_it_changed(scene):
    ending = PreparedUpdate(
        lambda call, now: (Call.objects.filter(pk=call, ended_at=None), {"ended_at": now}),
        call=BigIntegerField(),
        now=DateTimeField(),
    )
    call = scene.rings()
    assert ending.run(call=call.pk, now=after(1)) == 1
    assert ending.run(call=call.pk, now=after(2)) == 0
    call.refresh_from_db()
    assert call.ended_at == after(1)


def test_a_row_is_inserted_as_it_would_be_saved(scene):
    new, saved = (
        WebhookAttempt(org=scene.org, call_sid=f"CA{n}", outcome="declined", reason="no_slot")
        for n in range(2)
    )
    insert_one(new)
    saved.save()
    assert not new._state.adding
    assert None not in (new.pk, new.at)
    stored = WebhookAttempt.objects.filter(call_sid__in=("CA0", "CA1")).values()
    first, second = ({**row, "id": 0, "call_sid": "", "at": None} for row in stored)
    assert first == second


def test_many_rows_are_inserted_in_as_few_statements_as_the_database_takes(scene):
    rows = [
        WebhookAttempt(org=scene.org, call_sid=f"CA{n}", outcome="answered") for n in range(300)
    ]
    with Statements() as taken:
        insert(rows)
        insert([])
    assert WebhookAttempt.objects.count() == 300
    most = connection.features.max_query_params
    assert len(taken) == (1 if most is None else -(-300 // (most // len(new_columns()))))


def new_columns():
    return [each for each in WebhookAttempt._meta.concrete_fields if not each.primary_key]


def test_what_is_there_already_is_left_out_only_where_that_is_wanted(scene):
    first, second = scene.rings(), scene.rings()
    waiting = [
        Outbox(kind=Outbox.Kind.SETTLE_CALL, call=call, due_at=NOW) for call in (first, second)
    ]
    insert(waiting[:1])
    insert(waiting, ignore_conflicts=True)
    assert Outbox.objects.count() == 2
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(waiting)


def test_a_row_whose_key_is_not_the_databases_to_give_is_not_inserted_without_it():
    with pytest.raises(AssertionError):
        insert([Session(session_key="a" * 32, session_data="", expire_date=NOW)])
