"""Structured logs: static event names with fields, secrets and speech kept out.

Two processors guard every line. `drop_personal` removes fields whose name begins with
`pii_` unless the operator asked for them; `redact` replaces whatever looks like a key
of ours, of Twilio or of OpenAI inside any value, tracebacks included.
"""

import logging
import re
import sys
from typing import Any, Final

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

# vx_ webhook keys, sk- provider keys, and query strings that carry api_key or a ticket.
SECRET: Final = re.compile(
    r"vx_[0-9A-Za-z]{8,}|\bsk-[0-9A-Za-z_-]{12,}|(?<=api_key=)[^&\s\"']+|(?<=ticket=)[^&\s\"']+"
)
REDACTED: Final = "[redacted]"


def redacted(text: str) -> str:
    """`text` with every secret in it replaced by a fixed word."""
    return SECRET.sub(REDACTED, text)


def _redact(value: Any) -> Any:
    if isinstance(value, str):
        return redacted(value)
    if isinstance(value, dict):
        return {key: _redact(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_redact(item) for item in value]
    if isinstance(value, bytes):
        return redacted(value.decode("utf-8", "replace"))
    return value


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """structlog processor: no secret leaves in any field of `event`."""
    return {key: _redact(value) for key, value in event.items()}


def drop_personal(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """structlog processor: speech, numbers and names stay out of the log."""
    return {key: value for key, value in event.items() if not key.startswith("pii_")}


class _RedactArguments(logging.Filter):
    """Renders a standard-library record and redacts it before any handler sees it."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = redacted(record.getMessage())
        record.args = ()
        return True


def configure(*, level: str, as_json: bool, keep_personal: bool) -> None:
    """Route structlog and the standard library through the same processors to stderr."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    guards: list[Processor] = [structlog.processors.format_exc_info]
    if not keep_personal:
        guards.append(drop_personal)
    guards.append(redact)
    renderer: Processor = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_RedactArguments())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *guards,
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # httpx and asyncio say nothing at INFO that our own events do not say with fields.
    for noisy in ("httpx", "httpcore", "asyncio", "openai", "daphne", "faster_whisper"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        cache_logger_on_first_use=True,
    )
