"""Structured logging: static event names with fields, without secrets and speech.

Secrets are recognised in two ways: by value, once registered (`register_secret`), and by pattern,
for those that this process has never read.

Every line passes one of two filters. The structlog processors `drop_personal` and `redact` filter
our own events; a record factory of the standard library filters what Django, Celery, the servers
and the SDKs log, for every handler.
"""

import logging
import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from voicex.secrets.secret_values import SecretValues
from voicex.web.secret_routes import PATHS, QUERIES

REDACTED: Final = "[redacted]"
SECRET: Final = re.compile(
    r"""
    vx_[0-9A-Za-z]{8,}                                # our webhook keys
    | \bsk-[0-9A-Za-z_-]{12,}                         # OpenAI and compatible keys
    | \b[0-9a-f]{32}\b                                # a Twilio auth token: nothing but hex
    | (?<=api_key=)[^&\s"'<>]+
    | (?<=ticket=)[^&\s"'<>]+
    | (?<=://)[^\s/@:"']*:[^\s/@"']+(?=@)             # user and password of a URL
    """,
    re.VERBOSE,
)


# Names of our own events are never redacted, even if a client's key happens to equal one.
_EVENT_NAME: Final = re.compile(r"[a-z_]{1,60}")
# Nor are our routes: a client who stores one as a key must not hide requests from the operator.
_secret_values: Final = SecretValues(public=(*PATHS, *QUERIES))


def register_secret(value: str, *, for_ever: bool = False) -> None:
    """Have `value`, and any ten characters of it, replaced in whatever is logged from now on.

    Call it whenever a secret is read, decrypted or typed; cheap to repeat, on any thread. for_ever:
    for secrets of the settings, which are never evicted, and of which four characters are enough.
    Of others, the least recently used are evicted when there are too many.
    """
    _secret_values.register(value, for_ever=for_ever)


def _of_secret_routes() -> re.Pattern[str]:
    """A pattern for what follows the routes that declare a secret, in any encoding."""
    slash, segment = "(?:/|%2[Ff])", r"""[^/%?&\s"'<>]{1,100}"""

    def any_of(routes: Sequence[str]) -> str:
        apart = (route.replace("/", slash).split(f"[^{slash}]+") for route in routes)
        return "|".join(segment.join(parts) for parts in apart)

    return re.compile(
        rf"""(?P<path>{any_of(PATHS)})[^\s"'<>?]+"""
        rf"""|(?P<query>(?:{any_of(QUERIES)})(?:\?|%3[Ff]))[^\s"'<>]+"""
    )


_SECRET_ROUTE: Final = _of_secret_routes()


def redacted(text: str) -> str:
    """`text` with every secret replaced by a fixed word: by route, by value, then by pattern.

    Routes come first: they are recognised by their beginning, which another replacement could hide.
    """
    text = _SECRET_ROUTE.sub(_without_its_end, text)
    return SECRET.sub(REDACTED, _secret_values.hide(text, replacement=REDACTED))


def _without_its_end(route: re.Match[str]) -> str:
    return f"{route['path'] or route['query']}{REDACTED}"


def _redact(value: Any) -> Any:
    """`value` if nothing in it looks like a secret, else its text without the secret."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return redacted(value)
    if isinstance(value, bytes):
        return redacted(value.decode("utf-8", "replace"))
    if isinstance(value, Mapping):
        return _redact_fields(value)
    if isinstance(value, list | tuple | set | frozenset):
        items = [_redact(item) for item in value]
        return tuple(items) if isinstance(value, tuple) else items
    text = str(value)
    clean = redacted(text)
    return value if clean == text and redacted(repr(value)) == repr(value) else clean


class _Redacted(dict[Any, Any]):
    """Fields that were redacted already, and are not checked a second time."""


def _redact_fields(fields: Mapping[Any, Any]) -> dict[Any, Any]:
    return {
        _redact(key): value if _is_kept(key, value) else _redact(value)
        for key, value in fields.items()
    }


def _is_kept(key: Any, value: Any) -> bool:
    """Whether a field needs no redaction: a constant of the source, or an object that must stay."""
    if key == "_record":  # needed by the formatter; redacted by the record factory
        return True
    return key == "event" and isinstance(value, str) and _EVENT_NAME.fullmatch(value) is not None


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """The last structlog processor: removes secrets from all fields of `event`."""
    return _Redacted(_redact_fields(event))


def drop_personal(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """A structlog processor: removes speech, numbers and names."""
    return {key: value for key, value in event.items() if not key.startswith("pii_")}


def drop_quotes(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """A structlog processor: removes details of provider errors from events of private calls
    (`is_private`), as providers may quote what was said.
    """
    return {k: v for k, v in event.items() if k != "detail"} if event.get("is_private") else event


_TRACEBACKS: Final = logging.Formatter()


def _guard(record: logging.LogRecord) -> None:
    """Remove secrets from a record's message, arguments and traceback."""
    if isinstance(record.msg, _Redacted):
        return
    if isinstance(record.msg, dict):  # an event of a library like structlog
        record.msg = _redact(record.msg)
        return
    if record.args:
        # Each argument on its own, because uvicorn's access formatter unpacks them.
        record.args = _redact(record.args)
    message = record.getMessage()
    if redacted(message) != message:
        record.msg, record.args = redacted(message), ()
    if record.exc_info and record.exc_info[0] is not None:
        # Formatters print this text, if set, in place of the exception.
        record.exc_text = redacted(_TRACEBACKS.formatException(record.exc_info))
    if record.stack_info:
        record.stack_info = redacted(record.stack_info)


def guarded_record(*args: Any, **kwargs: Any) -> logging.LogRecord:
    """The record factory of the standard library's logging: a `LogRecord` without secrets."""
    record = logging.LogRecord(*args, **kwargs)
    try:
        _guard(record)
    except Exception as error:  # boundary: logging must never fail its caller
        record.msg, record.args = f"unprintable log record ({type(error).__name__})", ()
        record.exc_info = record.stack_info = None
    return record


def configure(*, level: str, as_json: bool, keep_personal: bool) -> None:
    """Route structlog and the standard library through the same processors to stderr."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    shared.append(drop_quotes)
    if not keep_personal:
        shared.append(drop_personal)
    shared.append(redact)
    renderer: Processor = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(
            colors=False, exception_formatter=structlog.dev.plain_traceback
        )
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.setLogRecordFactory(guarded_record)
    # httpx and asyncio say nothing at INFO that our own events do not say with fields.
    for noisy in ("httpx", "httpx2", "httpcore", "asyncio", "openai", "daphne", "faster_whisper"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    # A whole trace every second while Redis is away; telephony.calls.live_hub says it once a
    # minute.
    logging.getLogger("channels_redis.pubsub").setLevel(logging.CRITICAL)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        cache_logger_on_first_use=True,
    )
