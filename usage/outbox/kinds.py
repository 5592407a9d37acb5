"""The kinds of work, each with its subject and its task.

CONTRIBUTING.md lists what a new kind needs. Its task takes the subject's primary key, and claims or
leases what is due.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db import models

from usage.models import (
    Call,
    HookDelivery,
    HookEndpoint,
    MeterReport,
    MissedNotice,
    Outbox,
    QuotaNotice,
    WeeklyDigest,
)

Kind = Outbox.Kind


@dataclass(frozen=True, slots=True)
class Handler:
    """The handler of a kind.

    subject: the model that its rows are about, with the related name `outbox`. column: of
    `Outbox`, which holds the subject's primary key. task: its name for Celery; a hint, which names
    one subject, to do whatever is due of the kind. is_swept_at_once: the sweeper sends one hint for
    all that is due, and the work counts its own attempts (`usage.outbox.claims.process_together`).
    """

    subject: type[models.Model]
    column: str
    task: str
    is_swept_at_once: bool = False


HANDLERS: Final[Mapping[str, Handler]] = {
    Kind.SETTLE_CALL: Handler(Call, "call_id", "usage.tasks.settle_call"),
    Kind.SEND_MESSAGES: Handler(Call, "call_id", "usage.tasks.send_messages"),
    Kind.SEND_NOTICE: Handler(QuotaNotice, "notice_id", "usage.tasks.send_quota_notices"),
    Kind.SEND_MISSED: Handler(MissedNotice, "missed_id", "usage.tasks.send_missed_notices"),
    Kind.ANALYSE_CALL: Handler(Call, "call_id", "usage.tasks.analyse_calls", is_swept_at_once=True),
    Kind.RECONCILE_CALL: Handler(
        Call, "call_id", "telephony.tasks.reconcile_calls", is_swept_at_once=True
    ),
    Kind.HANG_UP_CALL: Handler(
        Call, "call_id", "telephony.tasks.hang_up_calls", is_swept_at_once=True
    ),
    Kind.SEND_WEBHOOK: Handler(
        HookDelivery, "hook_id", "usage.tasks.send_webhooks", is_swept_at_once=True
    ),
    Kind.TELL_WEBHOOK_OFF: Handler(HookEndpoint, "endpoint_id", "usage.tasks.send_webhook_notices"),
    Kind.REMIND_OF_MESSAGES: Handler(Call, "call_id", "usage.tasks.send_reminders"),
    Kind.SEND_DIGEST: Handler(WeeklyDigest, "digest_id", "usage.tasks.send_digests"),
    Kind.REPORT_METER: Handler(MeterReport, "meter_id", "usage.tasks.send_meter_reports"),
}


def subject_of(row: Outbox) -> int:
    """The primary key of the row's subject."""
    subject_id: Any = getattr(row, HANDLERS[row.kind].column)
    return int(subject_id)
