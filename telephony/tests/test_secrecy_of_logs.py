"""The nets under every log line: ours, the standard library's, Celery's, the servers'."""

import io
import logging
import sys

import pytest
import structlog
from celery.app.log import TaskFormatter
from celery.utils.log import get_task_logger
from django.http import QueryDict
from django.test import RequestFactory
from uvicorn.logging import AccessFormatter

from voicex.logs import REDACTED, drop_personal, drop_quotes, guarded_record, redact, redacted
from voicex.processes.reports import SecretFreeReporter

KEY = "vx_a1b2c3d4" + "0123456789abcdef" * 2
TOKEN = "fedcba98" * 4
TICKET = "81.Zm9v.YmFy"


def record(message: object, *args: object, exc_info: object = None) -> logging.LogRecord:
    return guarded_record("test", logging.INFO, __file__, 1, message, args, exc_info)


class Holder:
    """An object that shows a key only when it is printed."""

    def __str__(self):
        return f"holder of {KEY}"


class Hidden:
    """An object whose `repr` differs from its `str`."""

    def __repr__(self):
        return f"<Hidden {KEY}>"

    def __str__(self):
        return "hidden"


class Broken:
    """An object that cannot be printed."""

    def __repr__(self):
        raise ZeroDivisionError(KEY)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"key {KEY}.", "key [redacted]."),
        (f"token {TOKEN}", "token [redacted]"),
        ("sk-proj-abcdefghijklmnop", "[redacted]"),
        ("?api_key=hunter2&agent_id=66", "?api_key=[redacted]&agent_id=66"),
        (
            "POST /api/twilio/voice?api%5Fkey=%76x HTTP/1.1",
            "POST /api/twilio/voice?[redacted] HTTP/1.1",
        ),
        ("POST /api/twilio/status?org=1&signature=x 204", "POST /api/twilio/status?[redacted] 204"),
        (f"/api/twilio/after/{TICKET} 200", "/api/twilio/after/[redacted] 200"),
        (f"/api/twilio/stream-status/{TICKET}?x", "/api/twilio/stream-status/[redacted]?x"),
        (f"ticket={TICKET}", "ticket=[redacted]"),
        ("redis://user:pa55@cache:6379/0", "redis://[redacted]@cache:6379/0"),
        ("redis://:pa55@cache", "redis://[redacted]@cache"),
    ],
)
def test_what_looks_like_a_secret_is_redacted(text, shown):
    assert redacted(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "CA" + "0123456789abcdef" * 2,
        "MZ" + TOKEN,
        "6fa459ea-ee8a-3ca4-894e-db77e160355e",
        "https://voicex.example:8000/a@b",
        "vx_a1b2...",
        "664a1234abcd",
        "task-key",
    ],
)
def test_what_people_need_to_find_a_call_stays(text):
    assert redacted(text) == text


@pytest.mark.parametrize(
    "value",
    [
        KEY,
        KEY.encode(),
        [KEY],
        (KEY,),
        {KEY},
        {KEY: 1},
        {"deep": [{"er": (KEY.encode(),)}]},
        Holder(),
        Hidden(),
        ValueError(KEY),
        QueryDict(f"api_key={KEY}"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_no_field_of_an_event_hides_a_key(value):
    event = redact(None, "info", {"event": "x", "field": value, "number": 7, "none": None})
    assert KEY not in f"{event} {event!r}"
    assert (event["number"], event["none"], event["event"]) == (7, None, "x")


def test_values_without_a_secret_keep_their_type():
    number, nothing, when = 1.5, None, object()
    event = redact(None, "info", {"a": number, "b": nothing, "c": when, "d": ("x",)})
    assert event == {"a": number, "b": nothing, "c": when, "d": ("x",)}


def test_speech_is_dropped_from_events():
    assert drop_personal(None, "info", {"event": "x", "pii_text": "hello"}) == {"event": "x"}


def test_of_a_private_call_the_log_does_not_quote_a_provider():
    said = {"event": "response_failed", "error": "EngineRefused", "detail": "cannot say 4111"}
    assert drop_quotes(None, "warning", said) == said
    private = drop_quotes(None, "warning", said | {"is_private": True})
    assert private == {"event": "response_failed", "error": "EngineRefused", "is_private": True}


@pytest.mark.parametrize(
    "made",
    [
        lambda: record(f"about {KEY}"),
        lambda: record("about %s", KEY),
        lambda: record("about %r", KEY.encode()),
        lambda: record("about %s", Holder()),
        lambda: record("about %(key)s", {"key": KEY}),
        lambda: record("about %s%s", KEY[:6], KEY[6:]),
        lambda: record({"event": "about", "key": KEY}),
        lambda: record(Holder()),
    ],
)
def test_a_record_of_the_standard_library_hides_the_key(made):
    message = made().getMessage()
    assert KEY not in message
    assert REDACTED in message


def test_arguments_keep_their_number_and_kind():
    made = record('%s - "%s %s HTTP/%s" %d', "1.2.3.4:5", "POST", f"/x?api_key={KEY}", "1.1", 200)
    assert made.args == ("1.2.3.4:5", "POST", "/x?api_key=[redacted]", "1.1", 200)


def test_a_traceback_hides_the_key_in_every_handler():
    try:
        try:
            raise ValueError(KEY)
        except ValueError as error:
            raise RuntimeError("outer") from error
    except RuntimeError:
        made = record("failed", exc_info=sys.exc_info())
    text = logging.Formatter().format(made)
    assert "RuntimeError: outer" in text
    assert "ValueError: [redacted]" in text
    assert KEY not in text


@pytest.mark.parametrize("arguments", [(1,), ("a", "b"), (Broken(),)])
def test_a_bad_log_call_does_not_fail(arguments):
    made = record("%d %s", *arguments)
    assert "unprintable" in made.getMessage()


def test_every_logger_makes_guarded_records():
    assert logging.getLogRecordFactory() is guarded_record


def written(logger: logging.Logger, formatter: logging.Formatter, *message: object) -> str:
    """What a handler of its own, as Celery and uvicorn have, writes for one message."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    logger.addHandler(handler)
    level = logger.level
    logger.setLevel(logging.INFO)
    try:
        logger.info(*message)
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
    return stream.getvalue()


def test_celerys_own_handler_hides_the_key():
    formatter = TaskFormatter("%(asctime)s %(task_name)s %(message)s", use_color=False)
    text = written(get_task_logger("usage.tasks"), formatter, "retry of %s: %s", 81, Holder())
    assert "retry of 81: holder of [redacted]" in text


def test_uvicorns_access_log_hides_the_key():
    formatter = AccessFormatter(
        '%(client_addr)s "%(request_line)s" %(status_code)s', use_colors=False
    )
    text = written(
        logging.getLogger("uvicorn.access"),
        formatter,
        '%s - "%s %s HTTP/%s" %d',
        "127.0.0.1:5",
        "POST",
        f"/api/twilio/voice?api_key={KEY}",
        "1.1",
        200,
    )
    assert text == '127.0.0.1:5 "POST /api/twilio/voice?[redacted] HTTP/1.1" 200 OK\n'


def test_the_development_servers_log_hides_the_key():
    text = written(
        logging.getLogger("django.channels.server"),
        logging.Formatter("%(message)s"),
        "HTTP %(method)s %(path)s %(status)s",
        {"method": "POST", "path": f"/api/twilio/voice?api_key={KEY}", "status": 200},
    )
    assert text == "HTTP POST /api/twilio/voice?[redacted] 200\n"


def test_our_own_events_come_out_whole_and_clean():
    stream = io.StringIO()
    [own] = [
        handler
        for handler in logging.getLogger().handlers
        if isinstance(handler.formatter, structlog.stdlib.ProcessorFormatter)
    ]
    former = own.setStream(stream)
    try:
        structlog.get_logger("test").error("call_failed", call_sid="CA1", error=ValueError(KEY))
    finally:
        own.setStream(former)
    assert '"event": "call_failed"' in stream.getvalue()
    assert '"call_sid": "CA1"' in stream.getvalue()
    assert KEY not in stream.getvalue()


def test_a_report_survives_what_cannot_be_printed():
    broken = Broken()
    try:
        raise RuntimeError(f"a {type(broken).__name__} thing")
    except RuntimeError:
        reporter = SecretFreeReporter(RequestFactory().get("/"), *sys.exc_info())
    page = reporter.get_traceback_html()
    assert "a Broken thing" in page
    assert "broken" in page
    assert KEY not in page
