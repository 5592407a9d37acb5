"""Deletes the words of a call permanently, even if records of it are still being written.

Records of a call are queued beyond its end, and retried while the database is unreachable. So
triggers in the database keep the words empty once they are deleted: a trigger on each table with
words reads the call's row, and locks it as a foreign key does. `delete` takes a stronger lock, so a
record is either written before it, or emptied after it.
"""

from datetime import datetime
from typing import Any, Final

from django.db import connection, connections, models, transaction

from usage.hooks import forgetting
from usage.models import (
    Call,
    CallAnalysis,
    CallNote,
    DeadLetter,
    FlightRecord,
    LiveState,
    Message,
    Transfer,
    Turn,
    UnansweredQuestion,
)
from usage.records.evidence import without_texts

WORDS_OF: Final[tuple[type[models.Model], ...]] = (Turn, FlightRecord, DeadLetter, CallAnalysis)
# Short columns that may quote words: error messages of the database.
_QUOTING: Final = frozenset({DeadLetter._meta.get_field("error")})

# No SQL injection: tables and columns are names of our own models.
_POSTGRESQL: Final = (
    """
    CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE deleted_at timestamptz;
    BEGIN
        SELECT words_deleted_at INTO deleted_at FROM usage_call
        WHERE id = NEW.call_id FOR KEY SHARE;
        IF deleted_at IS NOT NULL THEN {emptied} END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER {name} BEFORE INSERT OR UPDATE ON {table}
    FOR EACH ROW EXECUTE FUNCTION {name}()
    """,
)
_SQLITE: Final = """
    CREATE TRIGGER {name}_{event} AFTER {event} ON {table}
    WHEN (SELECT words_deleted_at FROM usage_call WHERE id = NEW.call_id) IS NOT NULL
    BEGIN UPDATE {table} SET {emptied} WHERE id = NEW.id; END
    """
_NAMES: Final = {
    "postgresql": "SELECT tgname FROM pg_trigger",
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
}


def delete(call_id: int, *, now: datetime) -> None:
    """Delete what was said in a call that has ended: its turns' texts and its recorded events, the
    messages that were left in it (no more are taken then: `usage.messages.taking`) with what was to
    be sent of them, the notes on it, what an analysis says of it, the questions that were not
    answered, and what its carrier wrote of it (`usage.billing.settlement.record_end` keeps no more
    of that).

    The call, its outcome, its turns' times and its usage stay. May be run again.
    """
    with transaction.atomic():
        call = Call.objects.filter(pk=call_id)
        # Not `no_key`, which would not conflict with the foreign key locks of concurrent writes.
        report = call.select_for_update().values_list("carrier_report", flat=True).first()
        if report is None:
            return
        overwrite_what_is_freed()
        call.filter(words_deleted_at=None).update(words_deleted_at=now)
        call.update(carrier_report=without_texts(report))
        Turn.objects.filter(call=call_id).update(**_emptied(Turn))
        FlightRecord.objects.filter(call=call_id).delete()
        Message.objects.filter(call=call_id).delete()
        LiveState.objects.filter(call=call_id).delete()
        CallNote.objects.filter(call=call_id).delete()
        UnansweredQuestion.objects.filter(call=call_id).delete()
        CallAnalysis.objects.filter(call=call_id).update(**_emptied(CallAnalysis))
        Transfer.objects.filter(call=call_id).update(briefing="")
        forgetting.forget_words(call_id)
        DeadLetter.objects.filter(call=call_id).update(**_emptied(DeadLetter))


def forget_traces() -> None:
    """Have SQLite truncate its journal, which contains deleted data until it is overwritten.

    PostgreSQL's vacuum does that on its own. No-op within a transaction.
    """
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def keep_deleted(*, using: str, **_kwargs: Any) -> None:
    """Install missing triggers; receiver of the signal `post_migrate`.

    After every migration, because SQLite drops a table's triggers when it changes it.
    """
    database = connections[using]
    with database.cursor() as cursor:
        if not _has_column(database, cursor):
            return
        cursor.execute(_NAMES[database.vendor])
        installed = {name for (name,) in cursor.fetchall()}
        tables = database.introspection.table_names(cursor)
        for model in (each for each in WORDS_OF if each._meta.db_table in tables):
            for name, statements in _triggers(model, database.vendor):
                if name not in installed:
                    for statement in statements:
                        cursor.execute(statement)


def _has_column(database: Any, cursor: Any) -> bool:
    """Whether the schema has the columns that the triggers need."""
    table = Call._meta.db_table
    if table not in database.introspection.table_names(cursor):
        return False
    columns = database.introspection.get_table_description(cursor, table)
    return "words_deleted_at" in {column.name for column in columns}


def _triggers(model: type[models.Model], vendor: str) -> list[tuple[str, list[str]]]:
    """The triggers of a table: names and SQL statements."""
    table = model._meta.db_table
    # The name contains the columns, so that a new column leads to a new trigger.
    name = "_".join(["words_of", table, *_emptied(model)])
    if vendor == "postgresql":
        emptied = " ".join(f"NEW.{column} := '';" for column in _emptied(model))
        made = [each.format(name=name, table=table, emptied=emptied) for each in _POSTGRESQL]
        return [(name, made)]
    values = (f"{column} = {_literal(empty)}" for column, empty in _emptied(model).items())
    emptied = ", ".join(values)
    return [
        (f"{name}_{event}", [_SQLITE.format(name=name, event=event, table=table, emptied=emptied)])
        for event in ("insert", "update")
    ]


def _emptied(model: type[models.Model]) -> dict[str, str | bytes]:
    """The columns with words, each with its value after the deletion."""
    return {
        str(field.column): b"" if isinstance(field, models.BinaryField) else ""
        for field in model._meta.concrete_fields
        if isinstance(field, models.BinaryField | models.TextField) or field in _QUOTING
    }


def _literal(empty: str | bytes) -> str:
    return "X''" if isinstance(empty, bytes) else "''"


def overwrite_what_is_freed() -> None:
    """Have SQLite overwrite deleted texts, which would otherwise stay in its file for a while."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA secure_delete = ON")
