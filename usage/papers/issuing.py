"""Has a worker issue invoices: the services read a month of each organization for it."""

import structlog
from celery import current_app
from kombu.exceptions import OperationalError

TASK = "usage.tasks.issue_invoices"

log = structlog.get_logger(__name__)


def request_issue() -> bool:
    """Put the task on the queue; False when the broker is away, which is logged."""
    try:
        current_app.send_task(TASK, kwargs={"is_asked": True})
    except OperationalError as error:
        log.warning("invoices_not_requested", error=str(error))
        return False
    return True
