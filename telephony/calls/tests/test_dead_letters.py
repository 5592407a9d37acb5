"""Records that the database refuses are kept, seen by the operator, and sent again just once."""

import pytest
from django.db import DatabaseError, OperationalError, connection
from django.utils import timezone

from accounts.models import AuditEntry, User
from telephony.process import record_writer
from telephony.process.record_writer import RecordWriter
from testing.office import Office, browser_of
from testing.scene import Scene, after, snapshot
from usage.billing.settlement import finalize, settle, sweep
from usage.models import Call, DeadLetter, FlightRecord, LedgerEntry, Turn
from usage.records import calls, dead_letters, recordings, transcript_deletion, turns
from usage.records.dead_letters import Outcome
from usage.records.tests import test_recordings
from usage.records.tests.test_recordings import Disk, files, recorded

pytestmark = pytest.mark.django_db(transaction=True)

disk = test_recordings.disk

TURN = {
    "role": "caller",
    "heard_text": "",
    "interrupted": False,
    "started_ms": 0,
    "ended_ms": 900,
    "latency_ms": {},
}
FIGURES = {"stt_ms": 0, "llm_tokens_in": 0, "llm_tokens_out": 0, "tts_characters": 0}
_REFUSING = {
    "sqlite": (
        "CREATE TRIGGER no_{table} BEFORE {when} ON {table} WHEN {condition} "
        "BEGIN SELECT RAISE(ABORT, 'not today'); END",
        "DROP TRIGGER IF EXISTS no_{table}",
    ),
    "postgresql": (
        "CREATE FUNCTION no_{table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF {condition} THEN RAISE check_violation USING MESSAGE = 'not today', "
        "DETAIL = 'secret words'; END IF; RETURN NEW; END $$; "
        "CREATE TRIGGER no_{table} BEFORE {when} ON {table} FOR EACH ROW "
        "EXECUTE FUNCTION no_{table}()",
        "DROP TRIGGER IF EXISTS no_{table} ON {table}; DROP FUNCTION IF EXISTS no_{table}()",
    ),
}


class Refusal:
    """A database that takes no rows of `table` on which `condition` holds, until it is lifted."""

    def __init__(self, table: str, condition: str, when: str = "INSERT") -> None:
        self._names = {"table": table, "condition": condition, "when": when}
        self._do(0)

    def lift(self) -> None:
        self._do(1)

    def _do(self, which: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute(_REFUSING[connection.vendor][which].format(**self._names))


@pytest.fixture
def refusing():
    """`refusing(table, condition)`: a Refusal, lifted when the test is over."""
    made: list[Refusal] = []

    def refuse(*args: str) -> Refusal:
        made.append(Refusal(*args))
        return made[-1]

    yield refuse
    for each in made:
        each.lift()


@pytest.fixture
def olga(db) -> User:
    return User.objects.create_superuser("olga@voicex.example", "long enough 1")


def written(*jobs) -> None:
    """Have a recorder write (service, args, kwargs)."""
    recorder = RecordWriter()
    for service, args, kwargs in jobs:
        recorder.submit(service, *args, **kwargs)
    recorder.close()
    assert recorder.waiting == 0


def turn(call: Call, number: int, text: str = "Good day", **fields):
    return turns.save_turn, (call.pk,), TURN | {"number": number, "text": text} | fields


def used(call: Call, sequence: int, *, stream_ms: int, is_final: bool = False):
    kwargs = FIGURES | {"sequence": sequence, "stream_ms": stream_ms, "is_final": is_final}
    return calls.save_usage, (call.pk,), kwargs | {"now": after(stream_ms / 1000)}


def letter() -> DeadLetter:
    return dead_letters.waiting().get()


def minutes(call: Call) -> int:
    """What the ledger charges for telephony, in minutes."""
    found = LedgerEntry.objects.filter(call=call, component="telephony")
    return sum(entry.quantity for entry in found)


def test_a_turn_that_is_refused_is_kept_and_the_others_are_written(refusing, caplog, olga):
    call = Scene().talks()
    refusal = refusing("usage_turn", "NEW.number = 2")
    written(*(turn(call, number, "secret words") for number in (1, 2, 3)))
    assert set(Turn.objects.values_list("number", flat=True)) == {1, 3}
    kept = letter()
    assert (kept.kind, kept.about, kept.call, kept.tries) == ("save_turn", "2", call, 1)
    assert "not today" in kept.error
    assert "secret words" not in kept.error + caplog.text

    assert dead_letters.send_again(kept, actor=olga, now=timezone.now()) == Outcome.REFUSED
    assert letter().tries == 2
    refusal.lift()
    assert dead_letters.send_again(kept, actor=olga, now=timezone.now()) == Outcome.WRITTEN
    assert Turn.objects.get(number=2).text == "secret words"
    assert not DeadLetter.objects.exists()
    assert dead_letters.send_again(kept, actor=olga, now=timezone.now()) == Outcome.GONE
    entry = AuditEntry.objects.get(action="record.sent_again")
    assert (entry.org, entry.actor) == (call.org, olga)
    assert "secret" not in entry.target


def test_of_a_turn_that_is_refused_repeatedly_the_latest_version_is_kept(refusing, olga):
    call = Scene().talks()
    refusal = refusing("usage_turn", "NEW.number = 1")
    for heard in ("", "Good", "Good day"):
        written(turn(call, 1, heard_text=heard))
    assert letter().tries == 3
    refusal.lift()
    assert dead_letters.send_again(letter(), actor=olga, now=timezone.now()) == Outcome.WRITTEN
    assert Turn.objects.get().heard_text == "Good day"


def test_a_turn_that_was_written_later_is_not_undone_by_its_letter(refusing, olga):
    call = Scene().talks()
    refusal = refusing("usage_turn", "NEW.number = 1")
    written(turn(call, 1, heard_text="Go"))
    refusal.lift()
    written(turn(call, 1, heard_text="Good day", ended_ms=2_000))
    assert dead_letters.send_again(letter(), actor=olga, now=timezone.now()) == Outcome.WRITTEN
    assert Turn.objects.get().heard_text == "Good day"


def test_a_call_is_billed_from_known_facts_and_again_after_a_letter_is_sent(refusing, olga):
    call = Scene().talks()
    written(used(call, 1, stream_ms=61_000))
    refusal = refusing("usage_usagefact", "NEW.sequence = 2")
    written(used(call, 2, stream_ms=300_000, is_final=True))
    finalize(call.pk, reason="stop", now=after(300))
    assert settle(call.pk, now=after(10_000))
    assert minutes(call) == 2

    refusal.lift()
    kept = letter()
    assert dead_letters.send_again(kept, actor=olga, now=after(20_000)) == Outcome.WRITTEN
    for _again in range(3):
        assert settle(call.pk, now=after(20_000))
        assert dead_letters.send_again(kept, actor=olga, now=after(20_000)) == Outcome.GONE
    assert minutes(call) == 5


def test_a_record_that_is_sent_again_makes_no_call_look_lost(refusing, olga):
    call = Scene().talks()
    refusal = refusing("usage_usagefact", "NEW.sequence = 1")
    written(used(call, 1, stream_ms=20_000))
    refusal.lift()
    written(used(call, 2, stream_ms=600_000))
    assert dead_letters.send_again(letter(), actor=olga, now=after(605)) == Outcome.WRITTEN
    sweep(now=after(605))
    going_on = Call.objects.get(pk=call.pk)
    assert (going_on.ended_at, going_on.heartbeat_at) == (None, after(600))


def test_a_call_whose_end_is_refused_is_ended_and_billed_by_the_sweeper(refusing, olga):
    call = Scene().talks()
    snapshot(call, 1, stream_ms=61_000, is_final=True)
    refusal = refusing("usage_outbox", "1 = 1")
    written((finalize, (call.pk,), {"reason": "stop", "now": after(61)}))
    assert letter().kind == "finalize"
    refusal.lift()
    finalize(call.pk, reason="stale", now=after(300))  # as `settlement.sweep` does
    assert settle(call.pk, now=after(10_000))
    assert dead_letters.send_again(letter(), actor=olga, now=after(10_000)) == Outcome.WRITTEN
    assert settle(call.pk, now=after(10_000))
    assert minutes(call) == 2
    assert Call.objects.get(pk=call.pk).end_reason == "stale"


def test_a_record_of_no_call_is_kept_too_and_bytes_come_back_as_they_were(olga):
    call = Scene().talks()
    written((turns.save_flight_record, (call.pk + 100, b"\x00\xff events"), {}))
    kept = letter()
    assert kept.call is None
    kept.words = kept.words.replace(str(call.pk + 100), str(call.pk), 1)  # as if it had been there
    kept.save()
    assert dead_letters.send_again(kept, actor=olga, now=timezone.now()) == Outcome.WRITTEN
    assert bytes(FlightRecord.objects.get().events) == b"\x00\xff events"


def test_a_record_that_makes_the_database_seem_away_blocks_no_other_for_long(monkeypatch, caplog):
    monkeypatch.setattr(record_writer, "RETRY_SECONDS", 0.001)
    call = Scene().talks()

    def save_turn(call_id: int, **_turn: object) -> None:
        raise OperationalError("program limit exceeded")

    written((save_turn, (call.pk,), {"number": 7, "text": "x"}), turn(call, 8))
    assert Turn.objects.get().number == 8
    assert letter().about == "7"
    assert "database_away" in caplog.text


def test_the_words_of_a_letter_go_with_those_of_its_call_but_its_figures_stay(refusing, olga):
    call = Scene().talks()
    turns = refusing("usage_turn", "NEW.number = 1")
    facts = refusing("usage_usagefact", "NEW.sequence = 1")
    finalize(call.pk, reason="stop", now=after(300))
    written(turn(call, 1, "secret words"), used(call, 1, stream_ms=61_000, is_final=True))
    transcript_deletion.delete(call.pk, now=after(400))
    written(turn(call, 2, "more"), turn(call, 1, "secret words"))  # still under way
    turns.lift()
    facts.lift()
    said, figures = dead_letters.waiting().order_by("kind")
    assert (said.words, said.payload) == ("", {})
    assert dead_letters.send_again(figures, actor=olga, now=after(500)) == Outcome.WRITTEN
    assert settle(call.pk, now=after(10_000))
    assert minutes(call) == 2


def test_letters_beyond_the_limit_are_counted_but_not_kept(refusing, olga, monkeypatch):
    monkeypatch.setattr(dead_letters, "MOST_CHARACTERS", 100)
    call = Scene().talks()
    refusing("usage_turn", "NEW.number = 1")
    written(turn(call, 1, "word " * 100))
    kept = letter()
    assert not dead_letters.is_whole(kept)
    assert dead_letters.send_again(kept, actor=olga, now=timezone.now()) == Outcome.NOT_KEPT
    assert letter() == kept


def test_an_organization_has_room_for_so_many_and_the_rest_is_counted(refusing, monkeypatch):
    monkeypatch.setattr(dead_letters, "MOST", 2)
    call, other = Scene().talks(), Scene().talks()
    refusing("usage_turn", "NEW.number > 0")
    written(*(turn(call, number) for number in range(1, 7)), turn(other, 1))
    ours = dead_letters.waiting(call.org)
    assert [each.kind for each in ours].count("save_turn") == 2
    assert dead_letters.count_of(ours) == 6
    assert dead_letters.count_of(dead_letters.waiting()) == 7


def test_counted_letters_name_the_error_but_no_calls(refusing, monkeypatch):
    monkeypatch.setattr(dead_letters, "MOST", 1)
    scene = Scene()
    calls_of_one = [scene.talks() for _ in range(3)]
    refusing("usage_turn", "NEW.number > 0")
    for call in calls_of_one:
        written(turn(call, 1))
        for counted in dead_letters.waiting().filter(kind=dead_letters.OVERFLOW):
            assert counted.error == "More than 1 records of this organization wait"
    assert dead_letters.waiting().get(kind=dead_letters.OVERFLOW).count == 2


def test_a_database_that_refuses_the_letter_too_loses_it_aloud(refusing, monkeypatch, caplog):
    call = Scene().talks()
    refusing("usage_turn", "NEW.number = 1")

    def keep(*_args: object, **_kwargs: object) -> None:
        raise DatabaseError("not even that")

    monkeypatch.setattr(dead_letters, "keep", keep)
    written(turn(call, 1), turn(call, 2))
    assert "record_lost" in caplog.text
    assert Turn.objects.get().number == 2


def test_late_sound_that_the_storage_does_not_let_go_is_kept_as_a_record(olga, disk):
    found = recorded(Scene(), sound=b"abc")
    name = found.name
    recordings.delete(found, actor=None, now=timezone.now())
    recordings.store_piece(name, 0, b"late")
    Disk.is_away = True
    grown = recordings.grow, (found.call_id,), {"size_bytes": 4, "peaks": b"", "name": name}
    written(grown, grown)
    assert (
        dead_letters.send_again(letter(), actor=olga, now=timezone.now()) == Outcome.WRITTEN_IN_PART
    )
    Disk.is_away = False
    assert files(disk) == ["00000"]
    assert dead_letters.send_again(letter(), actor=olga, now=timezone.now()) == Outcome.WRITTEN
    assert files(disk) == []
    assert not DeadLetter.objects.exists()


# --- the operator's page --------------------------------------------------------------------


@pytest.fixture
def kept(cast, refusing) -> DeadLetter:
    """A turn of Acorn's that the database refused."""
    call = Office(cast.acorn).rings("CA1")
    refusal = refusing("usage_turn", "NEW.number = 5")
    written(turn(call, 5, "secret words"))
    refusal.lift()
    return letter()


def test_an_operator_sees_refused_records_without_spoken_words(cast, kept):
    browser = browser_of(cast.olga)
    assert "The database rejected 1 call record." in browser.get("/operator/").text
    for path in ("/operator/records/", f"/operator/records/{kept.pk}/"):
        page = browser.get(path).text
        for shown in ("Turn 5", "CA1", cast.acorn.name):
            assert shown in page
        assert "secret" not in page
    assert "12 characters" in page
    assert "not today" in page


def test_an_operator_sends_it_again(cast, kept):
    page = browser_of(cast.olga).post(f"/operator/records/{kept.pk}/send/", follow=True)
    assert "Record written." in page.text
    assert "No rejected records." in page.text
    assert Turn.objects.get(number=5).text == "secret words"


@pytest.mark.parametrize(("path", "sent"), [("send", {}), ("discard", {"reason": "Asked to"})])
def test_an_operator_reads_that_another_was_first(cast, kept, monkeypatch, path, sent):
    """The other one decides after the page has found the record."""
    lock = dead_letters._locked

    def another_is_first(found: DeadLetter) -> DeadLetter | None:
        DeadLetter.objects.filter(pk=found.pk).delete()
        return lock(found)

    monkeypatch.setattr(dead_letters, "_locked", another_is_first)
    page = browser_of(cast.olga).post(f"/operator/records/{kept.pk}/{path}/", sent, follow=True)
    assert page.status_code == 200
    assert "was already retried or discarded" in page.text
    assert not AuditEntry.objects.filter(action__startswith="record.").exists()


def test_an_operator_reads_that_it_was_refused_again(cast, kept, refusing):
    refusing("usage_turn", "NEW.number = 5")
    page = browser_of(cast.olga).post(f"/operator/records/{kept.pk}/send/", follow=True)
    assert "Rejected again. See the reason below." in page.text
    assert "2 attempts in total." in page.text


def test_an_operator_reads_that_there_is_nothing_to_send(cast, kept):
    DeadLetter.objects.update(words="")
    page = browser_of(cast.olga).post(f"/operator/records/{kept.pk}/send/", follow=True)
    assert "so you can only discard it." in page.text
    assert page.redirect_chain[-1][0] == f"/operator/records/{kept.pk}/"


def test_an_operator_reads_that_a_follow_up_failed(cast, disk):
    found = recorded(Scene(), sound=b"abc")
    recordings.delete(found, actor=None, now=timezone.now())
    recordings.store_piece(found.name, 0, b"late")
    Disk.is_away = True
    written(
        (recordings.grow, (found.call_id,), {"size_bytes": 4, "peaks": b"", "name": found.name})
    )
    page = browser_of(cast.olga).post(f"/operator/records/{letter().pk}/send/", follow=True)
    assert "Its next step failed and is a new record." in page.text
    assert DeadLetter.objects.count() == 1


def test_an_operator_discards_it_with_a_reason_that_the_organization_reads(cast, kept):
    browser = browser_of(cast.olga)
    discard = f"/operator/records/{kept.pk}/discard/"
    assert browser.post(discard, {"reason": ""}).status_code == 422
    assert DeadLetter.objects.exists()
    browser.post(discard, {"reason": "Asked to by the caller"})
    assert not DeadLetter.objects.exists()
    assert (
        "was already retried or discarded"
        in browser.post(discard, {"reason": "Twice"}, follow=True).text
    )
    assert AuditEntry.objects.filter(action="record.discarded").count() == 1
    audit = browser_of(cast.alice).get(f"/o/{cast.acorn.public_id}/audit/?about=record").text
    assert "Asked to by the caller" in audit
    assert "discarded a rejected record" in audit


def test_the_doctor_shows_it_to_the_organization(cast, kept):
    page = browser_of(cast.alice).get(f"/o/{cast.acorn.public_id}/doctor/").text
    assert "The database rejected 1 of your call records." in page
    page = browser_of(cast.bob).get(f"/o/{cast.birch.public_id}/doctor/").text
    assert "The database rejected" not in page
