"""What calls have used is on disk while the database is away, whatever becomes of the process."""

import stat
from functools import partial
from time import monotonic, sleep

import pytest
from django.db import OperationalError

from telephony.process.record_writer import RecordWriter
from testing.scene import NOW, Scene, after, lines
from usage.billing.settlement import finalize, settle
from usage.models import Call, DeadLetter, UsageFact
from usage.records import calls, turns
from usage.records.journal import UsageJournal

pytestmark = pytest.mark.django_db(transaction=True)

NOTHING = {"stt_ms": 0, "llm_tokens_in": 0, "llm_tokens_out": 0, "tts_characters": 0}


def used(call: Call, sequence: int, *, is_final: bool = False, service=calls.save_usage):
    how = NOTHING | {"sequence": sequence, "stream_ms": sequence * 60_000, "is_final": is_final}
    return partial(service, call.pk, **how, now=after(sequence), generation=0)


def over(call: Call, service=finalize):
    return partial(service, call.pk, reason="stop", now=after(9), generation=0)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "journal"


def process(folder, *jobs) -> None:
    """A process that writes `jobs` on disk and is killed: the kernel takes its lock away."""
    journal = UsageJournal(folder)
    journal.write(jobs)
    if journal._file:
        journal.close()


def sequence_of(call: Call) -> int:
    return UsageFact.objects.get(call=call).sequence


def test_a_process_that_ends_while_the_database_is_away_loses_no_money(folder):
    call = Scene().talks()
    journal = UsageJournal(folder)
    writer = RecordWriter(journal)

    def save_usage(*_args, **_kwargs):
        raise OperationalError("the database system is shutting down")

    job = used(call, 1, service=save_usage)
    writer.submit_newest("usage", job.func, *job.args, **job.keywords)
    writer.submit(finalize, *over(call).args, **over(call).keywords)
    until = monotonic() + 5
    while len(b"".join(each.read_bytes() for each in folder.glob("*")).splitlines()) < 2:
        assert monotonic() < until
        sleep(0.01)
    writer.close(0.1)  # "records_lost"
    journal.close()
    assert Call.objects.get().ended_at is None

    restarted = RecordWriter(UsageJournal(folder))
    restarted.keep_replaying()
    restarted.close()
    assert Call.objects.get().ended_at == after(9)
    assert settle(call.pk, now=after(600))
    assert lines(call) == [("telephony", 1, 8_500)]
    assert not list(folder.iterdir())


def test_a_database_that_comes_back_needs_the_journal_no_more(folder):
    call = Scene().talks()
    tries = []

    def save_usage(*args, **kwargs):
        tries.append(len(list(folder.glob("*"))))
        if len(tries) < 3:
            raise OperationalError("server closed the connection")
        calls.save_usage(*args, **kwargs)

    writer = RecordWriter(UsageJournal(folder))
    job = used(call, 1, service=save_usage)
    writer.submit(job.func, *job.args, **job.keywords)
    until = monotonic() + 5
    while writer.waiting:
        assert monotonic() < until
        sleep(0.01)
    assert tries == [0, 1, 1]  # written once, however often it was tried
    assert sum(len(each.read_bytes().splitlines()) for each in folder.glob("*")) == 1
    writer.keep_replaying()
    writer.close()
    assert (sequence_of(call), list(folder.iterdir())) == (1, [])


def test_replaying_twice_or_late_changes_nothing(folder):
    call = Scene().talks()
    process(folder, used(call, 1), used(call, 3), used(call, 2))
    kept = {each.name: each.read_bytes() for each in folder.iterdir()}
    calls.save_usage(call.pk, **used(call, 5).keywords)
    for _ in range(2):
        assert UsageJournal(folder).replay(now=NOW) == 1  # the last of a stream alone
        for name, content in kept.items():
            (folder / name).write_bytes(content)
    assert sequence_of(call) == 5


def test_one_bad_record_keeps_no_other_from_the_ledger(folder):
    call = Scene().talks()
    bad = used(call, 1).keywords | {"generation": None}
    process(folder, partial(calls.save_usage, 987_654, **bad), used(call, 2))
    (file,) = folder.iterdir()
    file.write_bytes(b"\xff\n[1]\n" + file.read_bytes() + b'{"kind": "save_us')
    UsageJournal(folder).replay(now=NOW)
    assert sequence_of(call) == 2
    assert DeadLetter.objects.get().kind == "save_usage"
    assert not list(folder.iterdir())


def test_it_is_for_the_processs_user_alone_bounded_and_locked(folder):
    call = Scene().talks()
    journal = UsageJournal(folder, most_bytes=600)
    for sequence in range(1, 9):
        journal.write([used(call, sequence)])
    (file,) = folder.iterdir()
    assert 0 < file.stat().st_size <= 600
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert UsageJournal(folder).replay(now=NOW) == 0  # its process lives
    assert journal.replay(now=NOW) == 1
    assert not list(folder.iterdir())


def test_words_are_never_written(folder):
    call = Scene().talks()
    process(folder, partial(turns.save_turn, call.pk, text="secret"), lambda: None)
    assert not folder.exists()
