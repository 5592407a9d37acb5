"""Whether the database answers, as a process sees it."""

import threading

from django.db import OperationalError

from telephony.process import database_watch
from telephony.process.database_watch import DatabaseWatch


def test_a_database_that_refuses_is_away_until_it_answers():
    answers = [OperationalError("no"), None]

    def ask() -> None:
        if error := answers.pop(0):
            raise error

    watch = DatabaseWatch(ask)
    assert not watch.is_away
    watch.poll()
    assert watch.is_away
    watch.poll()
    assert not watch.is_away


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
