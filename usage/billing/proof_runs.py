"""The nightly run of the proof, and the e-mail to operators about what it found."""

import smtplib
from datetime import datetime, timedelta
from time import monotonic, sleep
from typing import Final

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import ngettext

from accounts.models import User
from usage.billing import proof
from usage.models import LedgerProof
from usage.outbox.mail import send_all

# A task has a minute, and in a small installation it shares the process with calls.
SECONDS_OF_TASK: Final = 5.0
MOST_PAUSE_SECONDS: Final = 0.5
# After this time a run must have lost its worker, and is abandoned.
LOST_AFTER: Final = timedelta(hours=20)

log = structlog.get_logger(__name__)


def run(proof_id: int = 0, *, now: datetime) -> int | None:
    """Begin or continue a run for some seconds; its primary key while it is incomplete.

    proof_id: 0 begins a new run, or continues an incomplete one.
    """
    running = LedgerProof.objects.filter(ended_at=None, began_at__gt=now - LOST_AFTER)
    current = running.filter(pk=proof_id).first() if proof_id else running.first()
    if current is None:
        if proof_id:
            return None
        current = proof.begin(now=now)
    ends_at = monotonic() + SECONDS_OF_TASK
    while monotonic() < ends_at:
        began = monotonic()
        if not proof.step(current, now=now):
            report_differences(now=now)
            return None
        sleep(min(monotonic() - began, MOST_PAUSE_SECONDS))  # leaves time for other tasks
    return current.pk


def report_differences(*, now: datetime) -> None:
    """E-mail operators about completed runs with faults, once each. If the mail server fails it is
    tried again with the next run; the operator's page shows the faults in any case.
    """
    for each in LedgerProof.objects.filter(told_at=None, fault_count__gt=0).exclude(ended_at=None):
        people = User.objects.filter(is_active=True, is_superuser=True, is_staff=True)
        subject, text = _mail(each)
        try:
            send_all(
                [EmailMessage(subject, text, None, [person.email]) for person in people],
                kind="ledger_proof",
            )
        except (OSError, smtplib.SMTPException):
            return  # logged there
        LedgerProof.objects.filter(pk=each.pk).update(told_at=now)


def _mail(found: LedgerProof) -> tuple[str, str]:
    subject = ngettext(
        "The ledger has %(count)d difference",
        "The ledger has %(count)d differences",
        found.fault_count,
    ) % {"count": found.fault_count}
    url = settings.TWILIO_APP_URL + reverse("operator:ledger")
    return subject, render_to_string("usage/mail/ledger_proof.txt", {"proof": found, "url": url})
