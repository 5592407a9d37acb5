"""Lines that strangers cause: logged once a minute, with how many there were."""

import io
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from testing.guard import GUARD_SECONDS
from voicex.bounds import log_throttle
from voicex.bounds.log_throttle import RefusalThrottle, ThrottledWarning


@pytest.fixture(autouse=True)
def once_a_minute(monkeypatch: pytest.MonkeyPatch, unthrottled_logs: None) -> None:
    """Other tests log each of them."""
    monkeypatch.setattr(log_throttle, "EVERY_SECONDS", 60.0)


def test_a_flood_is_logged_at_once_and_then_once_a_minute_with_its_count(
    monkeypatch: pytest.MonkeyPatch,
):
    now = 1_000.0
    monkeypatch.setattr(log_throttle, "monotonic", lambda: now)
    warning = ThrottledWarning("flood")
    with capture_logs() as events:
        for _ in range(100):
            warning.warn(example="first")
        now += log_throttle.EVERY_SECONDS
        warning.warn(example="later")
        warning.warn(example="not told")
    assert [(event["count"], event["example"]) for event in events] == [
        (1, "first"),
        (100, "later"),
    ]


def test_lines_of_a_library_about_refusals_are_counted_and_faults_of_ours_are_written():
    passes = RefusalThrottle("request_refused", of=("django.",))
    with capture_logs() as events:
        written = [
            passes.filter(logging.makeLogRecord({"name": "django.request", "status_code": status}))
            for status in (403, 404, 403, 500)
        ]
    assert written == [False, False, False, True]
    told = [("request_refused", 403), ("request_refused", 404)]
    assert [(event["event"], event["status"]) for event in events] == told


def test_unknown_paths_that_bots_request_hide_no_refusal_of_another_kind():
    passes = RefusalThrottle("request_refused", of=("django.",))
    with capture_logs() as events:
        for _ in range(3):
            for name, status in (("request", 404), ("security.csrf", 403), ("security.Host", 400)):
                record = {"name": f"django.{name}", "status_code": status}
                passes.filter(logging.makeLogRecord(record))
        fault = {"exc_info": (ZeroDivisionError, ZeroDivisionError(), None)}
        record = {"name": "django.request", "status_code": 400} | fault
        passes.filter(logging.makeLogRecord(record))
    assert [(event["by"], event["status"], event.get("error")) for event in events] == [
        ("django.request", 404, None),
        ("django.security.csrf", 403, None),
        ("django.security.Host", 400, None),
        ("django.request", 400, "ZeroDivisionError"),
    ]


def test_no_refusal_that_a_stranger_causes_is_logged_each_time(monkeypatch: pytest.MonkeyPatch):
    """One with too many fields had a traceback of 4 KB in the log for each request."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    monkeypatch.setattr(logging.getLogger(), "handlers", [handler])
    log_throttle.throttle_refusals()
    for name in ("TooManyFieldsSent", "DisallowedHost", "csrf", "OneOfTomorrow"):
        for _ in range(3):
            logging.getLogger(f"django.security.{name}").error("refused %s", name)
    logging.getLogger("django.request").error("a fault", extra={"status_code": 500})
    logging.getLogger("voicex.ours").error("another")
    lines = [line for line in written.getvalue().splitlines() if "request_refused" not in line]
    assert lines == ["a fault", "another"]


SERVER: str = """
import logging, sys
from voicex import server
server.DrainingServer.run = lambda _server: None
server.tighten_installation = lambda: None  # which may read the settings, or not, before that
sys.argv = ["server", "--port", "0"]
server.main()
print([type(each).__name__ for handler in logging.getLogger().handlers for each in handler.filters])
"""


def test_a_server_does_that_with_the_handlers_that_it_logs_with(tmp_path: Path):
    environment = {**os.environ, "VAR_DIR": f"{tmp_path}"}
    done = subprocess.run(
        [sys.executable, "-c", SERVER],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=GUARD_SECONDS,
    )
    assert done.stdout.strip() == "['RefusalThrottle']"
