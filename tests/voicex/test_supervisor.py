"""A supervisor that watches the code: it restarts what it started, and leaves what died alone."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from testing.guard import GUARD_SECONDS
from testing.services.servers import wait_until
from voicex.processes import early_server, supervisor
from voicex.processes.supervisor import Supervisor, listen, wait_until_ready

SLEEPS = f"import time; time.sleep({GUARD_SECONDS})"


class Watched(Supervisor):
    """Its media server is a process that does what `code` says; `started` are all of them."""

    code = SLEEPS

    def _start_media(self) -> None:
        self.started = [
            *getattr(self, "started", []),
            subprocess.Popen([sys.executable, "-c", self.code]),
        ]
        self._media = self.started[-1]


@pytest.fixture
def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    monkeypatch.setattr(supervisor, "POLL_SECONDS", 0.0)
    with Watched(listen("127.0.0.1", 0), run_dir=tmp_path / "run", has_redis=False) as watched:
        yield watched


def answers(*values: bool) -> Callable[[], bool]:
    """A function that returns one after the other, and then the last again and again."""
    left = list(values)
    return lambda: left.pop(0) if len(left) > 1 else left[0]


def test_changed_code_is_served_by_a_new_process(watched: Watched) -> None:
    watched.watch(lambda: len(watched.started) == 2, has_changed=answers(False, True, False))
    first, second = watched.started
    assert first.poll() is not None
    assert second.poll() is None


def test_code_that_does_not_start_waits_for_its_next_change(watched: Watched) -> None:
    watched.code = "raise SystemExit(1)"
    watched.restart()
    watched.started[-1].wait(GUARD_SECONDS)
    watched.watch(answers(False, False, False, True), has_changed=answers(False))
    assert len(watched.started) == 2
    watched.code = SLEEPS
    watched.watch(watched.is_media_alive, has_changed=answers(True))
    assert len(watched.started) == 3


@pytest.mark.parametrize(
    ("code", "event"),
    [
        ("", "media_server_ended"),
        ("import os; os.kill(os.getpid(), 15)", "media_server_ended"),
        ("raise SystemExit(1)", "media_server_died"),
    ],
)
def test_a_server_that_has_drained_is_followed_by_the_next_and_called_no_crash(
    watched: Watched,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    code: str,
    event: str,
) -> None:
    caplog.set_level("INFO")
    monkeypatch.setattr(supervisor, "RESTART_SECONDS", 0.0)
    watched.code = code
    watched.restart()
    watched.started[-1].wait(GUARD_SECONDS)
    watched.code = SLEEPS
    watched.watch(lambda: len(watched.started) == 3)
    assert watched.is_media_alive()
    assert event in caplog.text


def test_a_signal_during_a_restart_starts_nothing(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends = watched._end_children

    def interrupted() -> None:
        ends()
        monkeypatch.undo()
        watched.stop()

    monkeypatch.setattr(watched, "_end_children", interrupted)
    watched.restart()
    assert len(watched.started) == 1
    assert not watched.is_media_alive()


def test_a_server_that_runs_already_is_watched_like_one_that_was_started(tmp_path: Path) -> None:
    media = subprocess.Popen([sys.executable, "-c", SLEEPS])
    run_dir = tmp_path / "run"
    listener = listen("127.0.0.1", 0)
    with Watched(listener, run_dir=run_dir, has_redis=False, media=media) as watched:
        assert watched.is_media_alive()
        assert (run_dir / "media.pid").read_text() == f"{media.pid}\n"
        watched.restart()
        assert media.poll() is not None
        assert len(watched.started) == 1


ANSWERS = """
import socket, sys
with socket.socket(fileno=int(sys.argv[1])) as listener:
    while True:
        connection, _ = listener.accept()
        with connection:
            connection.recv(64)
            connection.sendall(b"HTTP/1.0 200 OK\\r\\n\\r\\n")
"""


@pytest.mark.allow_hosts(["127.0.0.1", "127.0.0.2"])
@pytest.mark.parametrize(
    ("host", "reached_at"), [("127.0.0.2", "127.0.0.2"), ("0.0.0.0", "127.0.0.1")]
)
def test_a_server_is_asked_where_it_listens_whether_it_is_ready(
    tmp_path: Path, host: str, reached_at: str
) -> None:
    listener = listen(host, 0)
    number = listener.fileno()
    media = subprocess.Popen([sys.executable, "-c", ANSWERS, str(number)], pass_fds=[number])
    run_dir = tmp_path / "run"
    with Watched(listener, run_dir=run_dir, has_redis=False, media=media) as watched:
        assert watched.address == (reached_at, listener.getsockname()[1])
        wait_until_ready(watched, seconds=GUARD_SECONDS)


AT_ITS_GATE = """
import sys
from voicex.processes.early_server import is_opened
sys.exit(7 if is_opened(int(sys.argv[-1])) else 0)
"""


@pytest.mark.parametrize(("opens", "status"), [(True, 7), (False, 0)])
def test_a_server_that_is_early_waits_and_ends_when_it_will_not_be_wanted(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, opens: bool, status: int
) -> None:
    settings.HOST, settings.PORT = "127.0.0.1", 0
    command = [sys.executable, "-c", AT_ITS_GATE]
    monkeypatch.setattr(early_server, "media_command", lambda _listener: command)
    early_server.begin()
    early = early_server.taken()
    assert early is not None
    assert early_server.taken() is None
    assert early.process.poll() is None
    if opens:
        early.open()
    else:  # the command has failed, and its end closes what it had open
        os.close(early.gate)
    assert early.process.wait(GUARD_SECONDS) == status
    early.listener.close()


def test_a_signal_only_takes_note_so_that_it_may_come_at_any_moment(watched: Watched) -> None:
    # In the middle of waiting for a child, with the lock of `subprocess` held.
    with watched.started[-1]._waitpid_lock:
        watched.ask_to_stop(15, None)
    assert watched.is_media_alive()
    watched.watch()  # returns
    watched.stop()
    assert not watched.is_media_alive()


def test_a_second_signal_has_the_children_end_at_once(
    watched: Watched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "APART_SECONDS", 0.1)
    ready = tmp_path / "ready"
    watched.code = (
        "import pathlib, signal, sys, time\n"
        "asked = []\n"
        "signal.signal(15, lambda *_: sys.exit() if asked else asked.append(1))\n"
        f"pathlib.Path({str(ready)!r}).touch()\n"
        f"time.sleep({GUARD_SECONDS}); time.sleep({GUARD_SECONDS})\n"
    )
    watched.restart()
    wait_until(ready.exists, "the child takes signals")
    watched.ask_to_stop()
    watched.ask_to_stop()  # passed on by `make`: the same one
    again = threading.Timer(0.3, watched.ask_to_stop)
    again.start()
    watched.stop()
    again.join()
    assert watched.started[-1].returncode == 0
