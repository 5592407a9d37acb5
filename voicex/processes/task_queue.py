"""Puts Celery tasks on the queue. Safe on any thread."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import structlog
from celery import current_app
from kombu.exceptions import OperationalError

log: Final = structlog.get_logger(__name__)


def put_on_queue(
    task: str,
    *,
    log_as: str,
    args: Sequence[object] = (),
    kwargs: Mapping[str, object] | None = None,
    about: Mapping[str, object] | None = None,
) -> bool:
    """Have a worker run `task`; False when the broker is unreachable, which is logged.

    log_as: the event that is logged then; about: its fields.
    """
    given: dict[str, Any] = {"args": list(args)} if args else {}
    if kwargs:
        given["kwargs"] = dict(kwargs)
    try:
        current_app.send_task(task, **given)
    except OperationalError as error:
        log.warning(log_as, **(about or {}), error=str(error))
        return False
    return True
