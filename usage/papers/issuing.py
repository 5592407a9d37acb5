"""Has a worker issue invoices: the services read a month of each organization for it."""

from voicex.processes.task_queue import put_on_queue

TASK = "usage.tasks.issue_invoices"


def request_issue() -> bool:
    """Put the task on the queue; False when the broker is away, which is logged."""
    return put_on_queue(TASK, kwargs={"is_asked": True}, log_as="invoices_not_requested")
