"""Whether the database answers, as a process sees it."""

import contextlib
import threading
from time import monotonic

from django.db import OperationalError

from telephony.process import database_watch
from telephony.process.database_watch import DatabaseWatch


def test_a_database_that_refuses_is_away_until_it_answers():
    answers = [OperationalError("no"), OperationalError("no"), None]

    def ask() -> None:
        if error := answers.pop(0):
            raise error

    watch = DatabaseWatch(ask)
    assert not watch.is_away
    watch.poll()
    assert watch.is_away
    watch.poll()
    assert not watch.is_away


def test_one_connection_that_ends_is_no_database_that_is_away():
    answers = [OperationalError("the connection is closed"), None]

    def ask() -> None:
        if error := answers.pop(0):
            raise error

    watch = DatabaseWatch(ask)
    watch.poll()
    assert not watch.is_away
    assert not answers


def test_keys_are_read_again_after_a_failure_and_later(monkeypatch):
    reads = []

    def read() -> None:
        reads.append(True)
        if len(reads) == 1:
            raise OperationalError("no")

    monkeypatch.setattr(database_watch.known_keys, "read", read)
    monkeypatch.setattr(database_watch, "RETRY_SECONDS", 0.0)
    monkeypatch.setattr(database_watch, "fresh_connections", contextlib.nullcontext)
    watch = DatabaseWatch(lambda: None)
    for expected in (1, 2, 2):
        watch.refresh_keys()
        watch._reader.join(60)
        assert len(reads) == expected
    monkeypatch.setattr(database_watch, "monotonic", lambda: monotonic() + 301)
    watch.refresh_keys()
    watch._reader.join(60)
    assert len(reads) == 3


def test_one_that_says_nothing_is_away_while_it_is_asked(monkeypatch):
    monkeypatch.setattr(database_watch, "PATIENCE_SECONDS", 0.0)
    asked, may_answer = threading.Event(), threading.Event()

    def ask() -> None:
        asked.set()
        may_answer.wait(60)

    watch = DatabaseWatch(ask)
    thread = threading.Thread(target=watch.poll)
    thread.start()
    assert asked.wait(60)
    assert watch.is_away
    may_answer.set()
    thread.join(60)
    assert not watch.is_away
