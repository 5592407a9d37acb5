"""Analyses of calls that are over, in a worker: by rules at once, then by the agent's own model.

The outbox has a row for each call that is settled (`Outbox.Kind.ANALYSE_CALL`). One worker at a
time does this, many calls together, so that those of settlement are never all busy with it. What a
model has used is metered with the analysis, and settlement posts it as components of their own.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import structlog
from django.db import transaction
from django.db.models import F

from accounts.secrets.vault import SealedSecrets
from agents.analysis.answer import LONGEST_LANGUAGE
from agents.analysis.fields import FieldType, Value, fields_in
from agents.analysis.lines import Record
from agents.analysis.rules import Analysis, by_rules
from agents.engines import registry
from agents.providers import credentials
from agents.redaction.conversation import Kind, kinds_of, without
from agents.settings.config import AgentConfig
from usage.analysis.asking import Asked, Question, ask_all, task_of
from usage.analysis.records import record_of
from usage.analytics import sums
from usage.hooks import of_calls
from usage.models import Call, CallAnalysis, Outbox
from usage.outbox import claims, rows
from usage.questions.keeping import keep
from voicex.database.shared_lease import lease
from voicex.database.storable import storable_text
from voicex.errors import NotPrepared, SecretUnreadable

ANALYSE: Final = Outbox.Kind.ANALYSE_CALL
AT_ONCE: Final = 40  # calls, and so requests at providers
# Of them: one whose model hangs leaves the others' calls their place in each batch.
OF_AN_ORGANIZATION: Final = 8
NEXT_BATCH: Final = timedelta(seconds=5)
ATTEMPTS: Final = 5  # of what fails here
TRIES: Final = 3  # of the model, for one call
AGAIN_AFTER: Final = timedelta(minutes=1)  # and twice as long after the second
_LEASE: Final = "analysis:worker"
_LEASE_SECONDS: Final = 90  # longer than a batch takes

log = structlog.get_logger(__name__)


def analyse_due(*, hint: int, now: datetime) -> bool:
    """Analyse due calls, and `hint`; returns whether there may be more.

    hint: a call's primary key, 0 for none. No-op while another worker is running it.
    """
    with lease(_LEASE, seconds=_LEASE_SECONDS) as is_ours:
        if not is_ours:
            return False
        done = claims.process_together(
            ANALYSE,
            lambda call_ids: analyse(call_ids, now=now),
            hint=hint,
            now=now,
            at_once=AT_ONCE,
            attempts=ATTEMPTS,
        )
    return done == AT_ONCE


def analyse(call_ids: Sequence[int], *, now: datetime) -> Mapping[int, datetime | Exception]:
    """Analyse these calls; those that are not done, as `claims.process_together` wants them.

    The broad excepts are the boundary of one call's analysis.
    """
    left: dict[int, datetime | Exception] = {}
    questions: list[Question] = []
    orgs = dict(Call.objects.filter(pk__in=call_ids).values_list("pk", "org"))
    asked_of: Counter[int | None] = Counter()
    for call_id in call_ids:
        org = orgs.get(call_id)
        try:
            with transaction.atomic():
                became = _begin(call_id, may_ask=asked_of[org] < OF_AN_ORGANIZATION, now=now)
        except Exception as error:
            left[call_id] = error
            continue
        if isinstance(became, datetime):
            left[call_id] = became
        elif became is not None:
            asked_of[org] += 1
            questions.append(became)
    answers = asyncio.run(ask_all(questions)) if questions else []
    for question, asked in zip(questions, answers, strict=True):
        try:
            with transaction.atomic():
                again_at = _finish(question, asked, now=now)
        except Exception as error:
            left[question.call_id] = error
            continue
        if again_at is not None:
            left[question.call_id] = again_at
    return left


def _begin(call_id: int, *, may_ask: bool, now: datetime) -> Question | datetime | None:
    """Analyse a call by rules, unless done; returns the question for a model, if any.

    Or when it is to be, as it may not be asked now.
    """
    calls = Call.objects.select_related("org", "agent", "version")
    # Its words are not deleted meanwhile.
    call = calls.select_for_update(of=("self",), no_key=True).get(pk=call_id)
    if call.words_deleted_at is not None:
        return None
    call.version.agent = call.agent
    record = record_of(call)
    known = CallAnalysis.objects.filter(call=call).first()
    if known is None:
        found = by_rules(record)
        known = _written(CallAnalysis(call=call, made_at=now), found, call)
        known.save()
        sums.add(call, known.outcome)
        _keep_questions(call, found, now=now)
    question = _wanted(call, known, record)
    if question is not None and not may_ask:
        return now + NEXT_BATCH
    if question is not None:
        # Before the model is asked: what kills a worker is not tried for ever.
        CallAnalysis.objects.filter(pk=known.pk).update(tries=F("tries") + 1)
    else:
        of_calls.analysed(known, now=now)
    return question


def _wanted(call: Call, known: CallAnalysis, record: Record) -> Question | None:
    """The question for a model; None if it was answered, or tried too often."""
    if known.author == CallAnalysis.Author.MODEL or known.tries >= TRIES:
        return None
    return _question(call, record)


def _question(call: Call, record: Record) -> Question | None:
    """The question for a model about the call; None if none is wanted or available."""
    card = registry.engines().get(call.llm)
    wanted = call.version.after_call
    if card is None or not card.does_tasks or not wanted.summarize or not record.caller_lines:
        return None
    secrets = SealedSecrets(call.org)
    with suppress(SecretUnreadable, NotPrepared):
        if credentials.without_access(secrets, {call.llm}):
            return None
        config: AgentConfig = replace(call.version.config(), llm=call.llm)
        fields = fields_in(wanted.fields)
        setup = credentials.setup_of(call.org, config, secrets)
        return Question(
            call.pk, replace(setup, task=task_of(record, fields)), record, fields=fields
        )
    return None


def _finish(question: Question, asked: Asked, *, now: datetime) -> datetime | None:
    """Store the result; returns when to retry, None for never."""
    calls = Call.objects.select_related("org", "version")
    call = calls.select_for_update(of=("self",), no_key=True).get(pk=question.call_id)
    known = CallAnalysis.objects.get(call=call)
    known.tokens_in += asked.tokens_in
    known.tokens_out += asked.tokens_out
    if asked.analysis is not None and call.words_deleted_at is None:
        before = known.outcome
        known.author = CallAnalysis.Author.MODEL
        known.made_at = now
        _written(known, asked.analysis, call)
        sums.move(call, before=before, after=known.outcome)
        _keep_questions(call, asked.analysis, now=now)
    known.save()
    if asked.tokens_in or asked.tokens_out:
        rows.rearm(Outbox.Kind.SETTLE_CALL, call.pk, now=now)
    log.info("call_analysed", call_id=call.pk, author=known.author, tries=known.tries)
    if asked.analysis is None and asked.is_worth_another and known.tries < TRIES:
        return now + AGAIN_AFTER * known.tries
    of_calls.analysed(known, now=now)
    return None


def _keep_questions(call: Call, analysis: Analysis, *, now: datetime) -> None:
    kinds = kinds_of(call.version.privacy)
    keep(call, [without(question, kinds) for question in analysis.unanswered], now=now)


def _written(row: CallAnalysis, analysis: Analysis, call: Call) -> CallAnalysis:
    """`row` with what the analysis says, but for what the agent takes out of its calls."""
    kinds = kinds_of(call.version.privacy)
    row.outcome = analysis.outcome
    row.language = analysis.language[:LONGEST_LANGUAGE]
    row.summary = without(storable_text(analysis.summary), kinds)
    row.reason = without(storable_text(analysis.reason), kinds)
    types = {field.name: field.type for field in fields_in(call.version.after_call.fields)}
    kept = [
        (name, fitting)
        for name, value in analysis.fields
        if (fitting := _kept(value, types.get(name, FieldType.TEXT), kinds)) is not None
    ]
    row.field_values = json.dumps(kept, ensure_ascii=False) if kept else ""
    return row


def _kept(value: Value, kind: FieldType, kinds: frozenset[Kind]) -> Value | None:
    """What is kept of the value of a field; None for a number that is taken out."""
    if isinstance(value, bool) or kind is FieldType.DATE:
        return value
    if isinstance(value, str):
        return without(storable_text(value), kinds)
    return value if without(str(value), kinds) == str(value) else None
