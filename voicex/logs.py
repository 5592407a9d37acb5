"""Structured logs: static event names with fields, secrets and speech kept out.

What is a secret is known twice: by value, for each one that was registered when it was read or
opened (`register_secret`), and by form, for those that this process has never seen.

Two nets lie under every line. The structlog processors `drop_personal` and `redact`
guard our own events; a record factory of the standard library guards everything that
Django, Celery, the servers and the SDKs log, whichever handler it ends in.
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


# Our own events are named in the source. A client whose key reads like one hides none of them.
_EVENT_NAME: Final = re.compile(r"[a-z_]{1,60}")
# A client who stores a webhook URL, or a route of it, as a key hides no request from the operator.
_secret_values: Final = SecretValues(public=(*PATHS, *QUERIES))


def register_secret(value: str, *, for_ever: bool = False) -> None:
    """Have `value`, and any ten characters of it, replaced in whatever is logged from now on.

    For every secret at the moment when it is read, opened or typed; cheap to repeat, on any
    thread. for_ever: for those of the settings, which are read once; four characters of them are
    enough, ten of the others, of which those used long ago make room for new ones.
    """
    _secret_values.register(value, for_ever=for_ever)


def _of_secret_routes() -> re.Pattern[str]:
    """What follows the routes that declare a secret, in whatever encoding it was sent."""
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
    """`text` with every secret in it replaced by a fixed word: of routes, then values, then forms.

    Routes come first: they are known by how they begin, which a value may have hidden.
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
    """Fields without secrets: not checked a second time on their way through the nets."""


def _redact_fields(fields: Mapping[Any, Any]) -> dict[Any, Any]:
    return {
        _redact(key): value if _is_kept(key, value) else _redact(value)
        for key, value in fields.items()
    }


def _is_kept(key: Any, value: Any) -> bool:
    """Whether a field is as it was written in the source, or must stay the object that it is."""
    if key == "_record":  # the formatter needs it; the factory has guarded it
        return True
    return key == "event" and isinstance(value, str) and _EVENT_NAME.fullmatch(value) is not None


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """structlog processor, the last of them: no secret leaves in any field of `event`."""
    return _Redacted(_redact_fields(event))


def drop_personal(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """structlog processor: speech, numbers and names stay out of the log."""
    return {key: value for key, value in event.items() if not key.startswith("pii_")}


def drop_quotes(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """structlog processor: a provider may quote what it was asked to say, which a private call
    (its events have `is_private`) keeps nowhere.
    """
    return {k: v for k, v in event.items() if k != "detail"} if event.get("is_private") else event


_TRACEBACKS: Final = logging.Formatter()


def _guard(record: logging.LogRecord) -> None:
    """Take the secrets out of a record's message, arguments and traceback."""
    if isinstance(record.msg, _Redacted):
        return
    if isinstance(record.msg, dict):  # an event of a library like structlog
        record.msg = _redact(record.msg)
        return
    if record.args:
        # Argument by argument: uvicorn's access formatter unpacks them again.
        record.args = _redact(record.args)
    message = record.getMessage()
    if redacted(message) != message:
        record.msg, record.args = redacted(message), ()
    if record.exc_info and record.exc_info[0] is not None:
        # Formatters print this text, when there is one, in place of the exception itself.
        record.exc_text = redacted(_TRACEBACKS.formatException(record.exc_info))
    if record.stack_info:
        record.stack_info = redacted(record.stack_info)


def guarded_record(*args: Any, **kwargs: Any) -> logging.LogRecord:
    """The factory of every standard-library record: a `LogRecord` without secrets."""
    record = logging.LogRecord(*args, **kwargs)
    try:
        _guard(record)
    except Exception as error:  # boundary: no caller may fail because of what it logs
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
