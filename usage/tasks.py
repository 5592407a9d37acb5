"""The Celery tasks: each takes ids, calls one service and is idempotent.

Celery ships no types for its decorator, hence the ignores.
"""

from datetime import datetime
from typing import Final

import structlog
from celery import shared_task, signals
from django.conf import settings
from django.utils import timezone

from accounts.audit import check_runs, trail
from accounts.login.sessions import SessionStore
from agents.engines.cascade.clip_store import ClipStore
from agents.facts import site_readings
from agents.meaning import making
from agents.versions import drafts
from usage import sweeping
from usage.analysis.work import analyse_due
from usage.billing import proof_runs, settlement
from usage.digests import mails as digest_mails
from usage.digests import planning as digests
from usage.hooks import forgetting
from usage.hooks import mails as hook_mails
from usage.hooks.sender import sender
from usage.messages import calls_back, mails, reminders
from usage.meters import reports as meter_reports
from usage.meters import sending as meter_sending
from usage.missed import mail as missed_mail
from usage.outbox import claims, rows
from usage.papers import house, invoices, issuing
from usage.privacy import erasure, retention
from usage.quota import notices
from usage.records import attempts, recordings, tried_drafts
from usage.saved_tests import work as saved_tests
from voicex.processes.side_work import SideWork

log = structlog.get_logger(__name__)

DELETED_AT_ONCE: Final = 15  # an hour of sound is 720 objects, and a task has a minute
WORDS_DELETED_AT_ONCE: Final = 500  # calls; each is a transaction of its own

analyses: Final = SideWork(
    lambda call_id: analyse_due(hint=call_id, now=timezone.now()), name="analyses"
).ends_with_worker()
saved_test_runs: Final = SideWork(
    lambda _hint: saved_tests.run_due(now=timezone.now()), name="saved-tests"
).ends_with_worker()
site_reader: Final = SideWork(
    lambda _hint: site_readings.read_next(now=timezone.now()), name="sites"
).ends_with_worker()
meanings: Final = SideWork(lambda _hint: making.make_next(), name="meanings").ends_with_worker()


@shared_task(name="usage.tasks.settle_call")  # type: ignore[untyped-decorator]
def settle_call(call_id: int) -> None:
    """A hint that a call has ended: settles it together with other due calls.

    Errors are stored in the outbox row, which is sent again.
    """
    now = timezone.now()
    try:
        while settlement.settle_due(hint=call_id, now=now):
            now = timezone.now()
        # A signal that was writing to this call at the moment had it passed over, and gives no
        # hint of its own: without this the call would wait for the next sweep.
        if rows.is_due(settlement.SETTLE, call_id, now=now):
            settlement.settle(call_id, now=timezone.now())
    except Exception as error:  # boundary: one bad call must not hold up those beside it
        log.warning("settled_one_by_one", error=type(error).__name__)
        _settle_one_by_one(call_id, now=now)


@shared_task(name="usage.tasks.sweep")  # type: ignore[untyped-decorator]
def sweep() -> None:
    """End abandoned calls, price open lines, send what is due again; every 15 s by beat."""
    sweeping.sweep(now=timezone.now())


@shared_task(name="usage.tasks.send_quota_notices")  # type: ignore[untyped-decorator]
def send_quota_notices(notice_id: int = 0) -> None:
    """A hint that a share of minutes was reached: send its e-mail, and all others that are due."""
    notices.send_waiting(hint=notice_id, now=timezone.now())


@shared_task(name="usage.tasks.send_messages")  # type: ignore[untyped-decorator]
def send_messages(call_id: int = 0) -> None:
    """A hint that a caller has left a message: mail it, and all others that are due."""
    mails.send_waiting(hint=call_id, now=timezone.now())


@shared_task(name="usage.tasks.send_reminders")  # type: ignore[untyped-decorator]
def send_reminders(call_id: int = 0) -> None:
    """A hint that nobody has taken a message in time: remind of all that are due."""
    reminders.send_waiting(hint=call_id, now=timezone.now())


@shared_task(name="usage.tasks.plan_digests")  # type: ignore[untyped-decorator]
def plan_digests() -> None:
    """Have the weekly reports sent whose Monday morning has come; every half hour by beat."""
    digests.plan(now=timezone.now())


@shared_task(name="usage.tasks.send_digests")  # type: ignore[untyped-decorator]
def send_digests(digest_id: int = 0) -> None:
    """A hint that a weekly report is due: send it, and all others that are due."""
    digest_mails.send_waiting(hint=digest_id, now=timezone.now())


@shared_task(name="usage.tasks.send_call_backs")  # type: ignore[untyped-decorator]
def send_call_backs() -> None:
    """A hint that callers are to be called back now: remind those who do it."""
    calls_back.remind_due(now=timezone.now())


@shared_task(name="usage.tasks.analyse_calls")  # type: ignore[untyped-decorator]
def analyse_calls(call_id: int = 0) -> None:
    """A hint that calls have been over for some seconds: wakes the thread that analyses them,
    without waiting.
    """
    analyses.wake(call_id)


@shared_task(name="usage.tasks.run_saved_tests")  # type: ignore[untyped-decorator]
def run_saved_tests() -> None:
    """A hint that saved tests are due: wakes the thread that runs them."""
    saved_test_runs.wake()


@shared_task(name="usage.tasks.read_sites")  # type: ignore[untyped-decorator]
def read_sites() -> None:
    """A hint that website imports are due: wakes the thread that runs them."""
    site_reader.wake()


@shared_task(name="usage.tasks.read_meanings")  # type: ignore[untyped-decorator]
def read_meanings() -> None:
    """A hint that documents need vectors: wakes the thread that computes them."""
    meanings.wake()


@shared_task(name="usage.tasks.send_missed_notices")  # type: ignore[untyped-decorator]
def send_missed_notices(notice_id: int = 0) -> None:
    """A hint that a caller was not answered: tell owners, and send all others that are due."""
    missed_mail.send_waiting(hint=notice_id, now=timezone.now())


@shared_task(name="usage.tasks.send_webhooks")  # type: ignore[untyped-decorator]
def send_webhooks(_delivery_id: int = 0) -> None:
    """A hint that webhooks are due: wakes the thread that sends them, without waiting."""
    sender.wake()


@signals.worker_process_shutdown.connect  # type: ignore[untyped-decorator]
@signals.worker_shutdown.connect  # type: ignore[untyped-decorator]
def stop_sending(**_kwargs: object) -> None:
    """Wait for webhooks in progress before the worker process ends."""
    sender.stop()


@shared_task(name="usage.tasks.send_webhook_notices")  # type: ignore[untyped-decorator]
def send_webhook_notices(endpoint_id: int = 0) -> None:
    """A hint that a webhook was switched off: tell owners, and send all others that are due."""
    hook_mails.send_waiting(hint=endpoint_id, now=timezone.now())


@shared_task(name="usage.tasks.prune_webhooks")  # type: ignore[untyped-decorator]
def prune_webhooks() -> None:
    """Delete old deliveries of webhooks, some at a time; every hour by beat."""
    if forgetting.prune(now=timezone.now()):
        prune_webhooks.delay()


@shared_task(name="usage.tasks.prune_attempts")  # type: ignore[untyped-decorator]
def prune_attempts() -> None:
    """Delete old rows of the webhook log, some at a time; every hour by beat."""
    if attempts.forget(now=timezone.now()):
        prune_attempts.delay()


@shared_task(name="usage.tasks.delete_expired_recordings")  # type: ignore[untyped-decorator]
def delete_expired_recordings(after: int = 0) -> None:
    """Delete what organizations keep no longer, some at a time; every hour by beat."""
    later = recordings.delete_expired(now=timezone.now(), limit=DELETED_AT_ONCE, after=after)
    if later is not None:
        delete_expired_recordings.delay(later)


@shared_task(name="usage.tasks.delete_expired_transcripts")  # type: ignore[untyped-decorator]
def delete_expired_transcripts() -> None:
    """Delete words that organizations keep no longer, some at a time; every hour by beat."""
    if retention.delete_expired(now=timezone.now(), limit=WORDS_DELETED_AT_ONCE):
        delete_expired_transcripts.delay()


@shared_task(name="usage.tasks.go_on_erasing")  # type: ignore[untyped-decorator]
def go_on_erasing(erasure_id: int, after: int = 0) -> None:
    """Continue erasures: delete some more of what a caller left, until nothing is left."""
    later = erasure.resume(erasure_id, now=timezone.now(), limit=DELETED_AT_ONCE, after=after)
    if later is not None:
        go_on_erasing.delay(erasure_id, later)


@shared_task(name="usage.tasks.clear_expired_sessions")  # type: ignore[untyped-decorator]
def clear_expired_sessions() -> None:
    """Delete expired sessions and forms that were abandoned; hourly by beat."""
    SessionStore.clear_expired()


@shared_task(name="usage.tasks.forget_discarded_drafts")  # type: ignore[untyped-decorator]
def forget_discarded_drafts() -> None:
    """Delete discarded drafts that can no longer be restored, old ones that were tried, and what
    was found on sites; every hour by beat.
    """
    drafts.forget_discarded(now=timezone.now())
    site_readings.forget(now=timezone.now())
    tried_drafts.forget_tried(now=timezone.now())


@shared_task(name="usage.tasks.prune_clips")  # type: ignore[untyped-decorator]
def prune_clips() -> None:
    """Delete rendered sentences that have not been used for long; every hour by beat."""
    deleted = ClipStore(settings.VAR_DIR / "clips").prune(now=timezone.now().timestamp())
    log.info("clips_pruned", deleted=deleted)


@shared_task(name="usage.tasks.prove_ledger")  # type: ignore[untyped-decorator]
def prove_ledger(proof_id: int = 0) -> None:
    """Recompute what calls cost and all sums, some at a time; nightly by beat."""
    later = proof_runs.run(proof_id, now=timezone.now())
    if later is not None:
        prove_ledger.delay(later)


@shared_task(name="usage.tasks.issue_invoices")  # type: ignore[untyped-decorator]
def issue_invoices(after: int = 0, is_asked: bool = False) -> None:
    """Issue the invoices of months that are over, of some organizations at a time.

    is_asked: by the operator; else, every night by beat, only where that is switched on.
    """
    seller = house.house()
    if seller is None or not (is_asked or seller.is_automatic):
        return
    later = invoices.issue_due(now=timezone.now(), after=after)
    if later is not None:
        issue_invoices.delay(later, is_asked)


@shared_task(name="usage.tasks.issue_invoice_again")  # type: ignore[untyped-decorator]
def issue_invoice_again(number: int, actor_id: int) -> None:
    """Issue anew the invoice whose cancellation has that number."""
    issuing.issue_again(number, actor_id=actor_id, now=timezone.now())


@shared_task(name="usage.tasks.plan_meter_reports")  # type: ignore[untyped-decorator]
def plan_meter_reports(after: int = 0) -> None:
    """Sum up what customers of Stripe's were charged since the last report; hourly by beat."""
    later = meter_reports.plan(now=timezone.now(), after=after)
    if later is not None:
        plan_meter_reports.delay(later)


@shared_task(name="usage.tasks.send_meter_reports")  # type: ignore[untyped-decorator]
def send_meter_reports(report_id: int = 0) -> None:
    """A hint that usage is to be reported to Stripe: report it, and all else that is due."""
    meter_sending.send_due(hint=report_id, now=timezone.now())


@shared_task(name="usage.tasks.keep_audit")  # type: ignore[untyped-decorator]
def keep_audit() -> None:
    """Sum up what repeated yesterday in the audit log, some at a time; nightly by beat."""
    if trail.sum_up(now=timezone.now()) >= trail.SUMMED_AT_ONCE:
        keep_audit.delay()


@shared_task(name="usage.tasks.check_audit")  # type: ignore[untyped-decorator]
def check_audit(check_id: int = 0) -> None:
    """Follow every chain of the audit log, some entries at a time; nightly by beat."""
    later = check_runs.run(check_id, now=timezone.now())
    if later is not None:
        check_audit.delay(later)


def _settle_one_by_one(hint: int, *, now: datetime) -> None:
    """Settle what is due, each call in a transaction of its own; raises the first error last."""
    errors = []
    for call in claims.due(settlement.SETTLE, hint=hint, now=now):
        try:
            settlement.settle(call.pk, now=now)
        except Exception as error:  # boundary: the next call can do nothing for it
            rows.record_failure(settlement.SETTLE, call.pk, error, now=now)
            errors.append(error)
    if errors:
        raise errors[0]
