"""Threads that write to SQLite wait for one another, and those of calls come first."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, transaction
from django.db.utils import ConnectionHandler

from voicex.database.write_order import WriteOrder, serve_calls
from voicex.settings.data import database

PATIENCE = 30


def in_thread(work: Callable[[], object]) -> Future[object]:
    """`work` on a new thread."""
    future: Future[object] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return future


def wait_for(turns: WriteOrder, waiting: int) -> None:
    """Until so many threads wait."""
    sure = threading.Event()
    for _ in range(PATIENCE * 100):
        if turns.waiting == waiting:
            return
        sure.wait(0.01)
    raise AssertionError(f"{turns.waiting} wait")


def test_calls_come_before_pages_and_else_the_first_one_does():
    turns, order = WriteOrder(), []
    assert turns.take(seconds=0)

    def write(name: str, *, is_call: bool) -> None:
        if is_call:
            serve_calls()
        assert turns.take(seconds=PATIENCE)
        order.append(name)
        turns.pass_on()

    done = []
    for number, (name, is_call) in enumerate(
        [("page 1", False), ("call 1", True), ("page 2", False), ("call 2", True)], 1
    ):
        done.append(in_thread(lambda name=name, is_call=is_call: write(name, is_call=is_call)))
        wait_for(turns, number)
    turns.pass_on()
    for each in done:
        each.result(PATIENCE)
    assert order == ["call 1", "call 2", "page 1", "page 2"]
    assert turns.take(seconds=0)  # and it is free again


def test_who_gave_up_waiting_is_passed_over():
    turns = WriteOrder()
    assert turns.take(seconds=0)
    assert not turns.take(seconds=0.01)
    turns.pass_on()
    assert turns.take(seconds=0)


@pytest.fixture
def connections(tmp_path: Path, django_db_blocker: Any) -> Iterator[ConnectionHandler]:
    """Connections to a file, one for each thread that asks, which wait for 50 ms."""
    config = database(
        {"ENGINE": "django.db.backends.sqlite3", "NAME": str(tmp_path / "turns.sqlite3")},
        pool_size=0,
    )
    config["OPTIONS"] |= {"timeout": 0.05}
    handler = ConnectionHandler({"default": config})
    with django_db_blocker.unblock():  # a database of this test's own
        with handler["default"].cursor() as cursor:
            cursor.execute("CREATE TABLE row (number INTEGER)")
        yield handler
        handler.close_all()


@pytest.fixture
def atomic(connections: ConnectionHandler, monkeypatch: pytest.MonkeyPatch):
    """`transaction.atomic` on that file."""
    monkeypatch.setattr(transaction, "connections", connections)
    return transaction.atomic


def write(connections: ConnectionHandler, atomic) -> None:
    with atomic():
        connections["default"].cursor().execute("INSERT INTO row VALUES (1)")
    connections["default"].close()


@pytest.mark.parametrize("end", ["commit", "rollback", "close"])
def test_the_turn_ends_with_the_transaction(connections, atomic, end):
    connection = connections["default"]
    try:
        with atomic():
            connection.cursor().execute("INSERT INTO row VALUES (1)")
            with pytest.raises(OperationalError, match="other threads of this process"):
                in_thread(lambda: write(connections, atomic)).result(PATIENCE)
            if end == "rollback":
                raise ZeroDivisionError
            if end == "close":
                connection.close()
    except ZeroDivisionError:
        pass
    in_thread(lambda: write(connections, atomic)).result(PATIENCE)


def test_a_transaction_within_another_waits_for_nothing(connections, atomic):
    with atomic(), atomic():
        connections["default"].cursor().execute("INSERT INTO row VALUES (1)")
    in_thread(lambda: write(connections, atomic)).result(PATIENCE)
