"""Settings of Celery: the broker, and the schedule."""

from datetime import datetime
from typing import Any, Final

from celery.schedules import crontab, schedstate, schedule


class Every(schedule):  # type: ignore[misc]  # celery has no types
    """A schedule with a fixed interval in seconds that survives a clock that is set back.

    Celery's own would wait an hour longer when the clock was set back by an hour.
    """

    def is_due(self, last_run_at: datetime) -> Any:
        """Whether the task is due, and seconds until the next check."""
        found = super().is_due(last_run_at)
        is_in_the_future = not found.is_due and found.next > self.seconds + 1
        return schedstate(is_due=True, next=self.seconds) if is_in_the_future else found


# Deletions are due every hour: without Redis the clock begins anew with each start, so that a task
# of one minute a day would never run on a machine that is off at that minute.
SCHEDULE: Final = {
    "sweep": {"task": "usage.tasks.sweep", "schedule": Every(15.0)},
    "recordings": {
        "task": "usage.tasks.delete_expired_recordings",
        "schedule": crontab(minute="10"),
    },
    "transcripts": {
        "task": "usage.tasks.delete_expired_transcripts",
        "schedule": crontab(minute="35"),
    },
    "clips": {"task": "usage.tasks.prune_clips", "schedule": crontab(minute="25")},
    "drafts": {"task": "usage.tasks.forget_discarded_drafts", "schedule": crontab(minute="45")},
    "audit": {
        "task": "usage.tasks.keep_audit",
        "schedule": crontab(hour="2", minute="50"),  # UTC
    },
    "audit_check": {
        "task": "usage.tasks.check_audit",
        "schedule": crontab(hour="2", minute="52"),  # UTC
    },
    "webhooks": {
        "task": "usage.tasks.prune_webhooks",
        "schedule": crontab(minute="55"),  # a busy hour has a hundred thousand
    },
    "attempts": {"task": "usage.tasks.prune_attempts", "schedule": crontab(minute="15")},
    "digests": {"task": "usage.tasks.plan_digests", "schedule": crontab(minute="5,35")},
    "ledger": {
        "task": "usage.tasks.prove_ledger",
        "schedule": crontab(hour="3", minute="5"),  # UTC
    },
    "invoices": {
        "task": "usage.tasks.issue_invoices",
        "schedule": crontab(hour="3", minute="35"),  # UTC
    },
    "meters": {"task": "usage.tasks.plan_meter_reports", "schedule": crontab(minute="50")},
    "sessions": {"task": "usage.tasks.clear_expired_sessions", "schedule": crontab(minute="40")},
}


def broker_options(redis_url: str) -> dict[str, Any]:
    """Options of the transport: Redis, or this process's memory without one."""
    if not redis_url:
        # The polling interval. Each poll wakes an idle process, which costs more than the poll
        # itself, and a ledger entry may be a fifth of a second late.
        return {"polling_interval": 0.2}
    return {
        "visibility_timeout": 600,
        "socket_connect_timeout": 2,
        "socket_timeout": 5,
        # No retries while connecting: the sender would wait, and the outbox row is the retry.
        "max_retries": 0,
    }
