"""Runs of saved tests, carried out beside a worker: claimed, asked, stored, metered.

One process at a time does this, some runs together.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog
from django.db import transaction
from django.db.models import F, OuterRef, Subquery
from django.utils import timezone

from accounts.secrets.vault import SealedSecrets
from agents.engines import registry
from agents.engines.base import Usage
from agents.providers import credentials
from agents.saved_tests import limits
from agents.saved_tests.models import SavedTest, TestResult, TestRun
from agents.variables.filling import filled, on_clock_of
from agents.variables.values import Known
from usage.billing.charged_tests import post_test
from usage.models import Call
from usage.quota.budgets import ensure_budget
from usage.saved_tests.asking import AskedRun, AskedTest, Outcome, ask_all
from voicex.database.shared_lease import lease
from voicex.database.storable import storable_text
from voicex.errors import Declined, NotPrepared, SecretUnreadable
from voicex.processes.task_queue import put_on_queue
from voicex.reasons.attempts import AttemptReason
from voicex.reasons.ends import EndReason

TASK: Final = "usage.tasks.run_saved_tests"
AT_ONCE: Final = 8  # runs, each of another organization
SEEN: Final = 100  # of those that wait
_LEASE: Final = "saved-tests:worker"
_LEASE_SECONDS: Final = 60  # longer than a batch takes

State = TestRun.State

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Claimed:
    """A run that this worker has. asked: None where it cannot be asked."""

    run: TestRun
    tests: tuple[SavedTest, ...]
    asked: AskedRun | None


def hint() -> None:
    """Have the task sent; without a broker the next sweep does it."""
    put_on_queue(TASK, log_as="saved_tests_not_sent")


def sweep(*, now: datetime) -> None:
    """Give up runs whose worker was lost, and have those sent that wait for one."""
    stale = TestRun.objects.filter(state=State.RUNNING, began_at__lt=now - limits.STALE_AFTER)
    stale.update(state=State.LOST, ended_at=now)
    if TestRun.objects.filter(state=State.WAITING).exists():
        hint()


def run_due(*, now: datetime) -> bool:
    """Carry out the runs that wait; whether there may be more.

    Nothing is done while another worker does it.
    """
    with lease(_LEASE, seconds=_LEASE_SECONDS) as is_ours:
        if not is_ours:
            return False
        waiting = _waiting()
        claimed = [each for run in waiting if (each := _claim_safely(run, now=now))]
        asked = [each.asked for each in claimed if each.asked is not None]
        outcomes = iter(asyncio.run(ask_all(asked)) if asked else ())
        for each in claimed:
            found = next(outcomes) if each.asked is not None else []
            _finish_safely(each, found, began=now)
    return len(waiting) == AT_ONCE


def ensure_allowed(run: TestRun, *, now: datetime) -> None:
    """Pass when the run may cost its organization something, as a test call may; else Declined
    (`suspended`, `budget_spent`).
    """
    org = run.agent.org
    if org.is_suspended:
        raise Declined(AttemptReason.SUSPENDED, why=org.suspended_reason)
    if run.version is not None:
        ensure_budget(org, run.agent.published or run.version, now=now)


def _waiting() -> list[TestRun]:
    """The runs that are next: the oldest of each organization, so that none waits for another's.

    First of those whose last run began longest ago: a person may have twenty organizations.
    """
    found: dict[int, TestRun] = {}
    begun = TestRun.objects.filter(agent__org=OuterRef("agent__org"), began_at__isnull=False)
    last = Subquery(begun.order_by("-began_at").values("began_at")[:1])
    waiting = TestRun.objects.filter(state=State.WAITING).select_related("agent__org", "version")
    longest = waiting.annotate(last=last).order_by(F("last").asc(nulls_first=True), "pk")
    for run in longest[:SEEN]:
        found.setdefault(run.agent.org_id, run)
    return list(found.values())[:AT_ONCE]


def _claim_safely(run: TestRun, *, now: datetime) -> _Claimed | None:
    """As `_claim`; a run that fails spoils none beside it."""
    try:
        return _claim(run, now=now)
    except Exception as error:
        _lose(run, error)
        return None


def _claim(run: TestRun, *, now: datetime) -> _Claimed | None:
    mine = TestRun.objects.filter(pk=run.pk, state=State.WAITING)
    if not mine.update(state=State.RUNNING, began_at=now):
        return None
    tests = tuple(SavedTest.objects.filter(agent=run.agent)[: limits.TESTS])
    asked = None
    try:
        ensure_allowed(run, now=now)
        asked = _asked(run, tests)
    except (Declined, SecretUnreadable, NotPrepared) as error:
        log.info("saved_tests_not_asked", run=run.pk, error=str(error))
    return _Claimed(run, tests, asked)


def _asked(run: TestRun, tests: Sequence[SavedTest]) -> AskedRun | None:
    """What is asked; None where the agent's model cannot be."""
    if run.version is None:
        return None
    run.version.agent = run.agent
    # As a call from a page has it: of no caller, at this moment.
    here = on_clock_of(run.version.config(), run.agent.org.time_zone)
    config = filled(here, Known(timezone.now()))
    card = registry.engines().get(config.llm)
    sealed = SealedSecrets(run.agent.org)
    if card is None or credentials.without_access(sealed, {config.llm}):
        return None
    setup = credentials.setup_of(run.agent.org, config, sealed)
    return AskedRun(
        setup,
        tuple(
            AskedTest(
                tuple(each.questions.splitlines()), each.must, each.must_not, each.judge
            )
            for each in tests
        ),
        can_judge=card.does_tasks,
    )  # fmt: skip


def _finish_safely(claimed: _Claimed, outcomes: Sequence[Outcome], *, began: datetime) -> None:
    """As `_finish`; a run that fails spoils none beside it."""
    try:
        _finish(claimed, outcomes, began=began)
    except Exception as error:
        _lose(claimed.run, error)


def _lose(run: TestRun, error: Exception) -> None:
    """Give up a run that cannot be claimed, or stored."""
    log.error("saved_tests_failed", run=run.pk, error=type(error).__name__)
    left = TestRun.objects.filter(pk=run.pk, state__in=(State.WAITING, State.RUNNING))
    left.update(state=State.LOST, ended_at=timezone.now())


def _finish(claimed: _Claimed, outcomes: Sequence[Outcome], *, began: datetime) -> None:
    """Store what came of a run, and what it has used."""
    run, now = claimed.run, timezone.now()
    with transaction.atomic():
        ended = TestRun.objects.filter(pk=run.pk, state=State.RUNNING)
        state = State.DONE if outcomes else State.LOST
        if not ended.update(state=state, ended_at=now):
            return  # it was given up meanwhile
        # Of what was deleted since it was claimed nothing is named.
        run.refresh_from_db(fields=["version", "started_by"])
        tests = SavedTest.objects.filter(pk__in=[each.pk for each in claimed.tests])
        kept = set(tests.select_for_update(no_key=True).values_list("pk", flat=True))
        TestResult.objects.bulk_create(
            _result(run, number, test, outcome, is_kept=test.pk in kept)
            for number, (test, outcome) in enumerate(zip(claimed.tests, outcomes, strict=False), 1)
        )
        _meter(run, outcomes, began=began, now=now)
    red = sum(bool(each.problems) for each in outcomes)
    log.info("saved_tests_run", agent=run.agent.public_id, tests=len(outcomes), red=red)


def _result(
    run: TestRun, number: int, test: SavedTest, outcome: Outcome, *, is_kept: bool
) -> TestResult:
    state = TestResult.State.GREEN
    if outcome.problems:
        state = TestResult.State.RED if outcome.is_whole else TestResult.State.OPEN
    return TestResult(
        run=run,
        test=test if is_kept else None,
        number=number,
        name=test.name,
        is_required=test.is_required,
        spoken=[[who, storable_text(text)] for who, text in outcome.spoken],
        state=state,
        problems=[
            [each.kind, storable_text(each.text)[: limits.PROBLEM]] for each in outcome.problems
        ],
    )


def _meter(run: TestRun, outcomes: Sequence[Outcome], *, began: datetime, now: datetime) -> None:
    """Post what the models have used, as a test call of the member who asked for the run."""
    tokens_in = sum(each.tokens_in for each in outcomes)
    tokens_out = sum(each.tokens_out for each in outcomes)
    if run.version is None or not (tokens_in or tokens_out):
        return
    post_test(
        run.version,
        Usage(llm_tokens_in=tokens_in, llm_tokens_out=tokens_out),
        channel=Call.Channel.TYPED,
        reason=EndReason.SAVED_TESTS,
        actor=run.started_by,
        began=began,
        now=now,
    )
