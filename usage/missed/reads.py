"""Callers who were not answered, for pages: counted by cause, and listed newest first."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from accounts.models import Organization
from accounts.zones import day_began
from usage.missed.causes import cause_in_words, remedy_of
from usage.missed.record import failed_calls
from usage.models import Call, WebhookAttempt
from voicex.reasons.attempts import Outcome
from voicex.reasons.unanswered import NO_CALLER

SEEN_AT_ONCE: Final = 500  # requests, of which most are callers of their own
MOST_ROUNDS: Final = 20
REPEATED_WITHIN: Final = timedelta(hours=1)  # of the request before; Twilio takes seconds


@dataclass(frozen=True, slots=True)
class CauseOfDay:
    """How many callers one cause left unanswered today."""

    cause: str
    detail: str
    callers: int

    @property
    def text(self) -> str:
        """What went wrong, as the end of a sentence."""
        return cause_in_words(self.cause, self.detail)

    @property
    def remedy(self) -> str:
        """What to do about it."""
        return remedy_of(self.cause)


@dataclass(frozen=True, slots=True)
class MissedCaller:
    """One caller who was not answered. call: the call that failed, None when none began."""

    at: datetime
    call_sid: str
    cause: str
    detail: str
    call: Call | None = None

    @property
    def text(self) -> str:
        """What went wrong, as a sentence."""
        said = cause_in_words(self.cause, self.detail)
        return f"{said[:1].upper()}{said[1:]}."

    @property
    def remedy(self) -> str:
        """What to do about it."""
        return remedy_of(self.cause)


def causes_of_day(org: Organization, *, now: datetime) -> list[CauseOfDay]:
    """Why callers were not answered on the day of `now`, most callers first. Two queries.

    The day is that of the organization's clocks.
    A request that was repeated counts once, and one that was answered in the end not at all.
    """
    since = day_began(now, org.time_zone)
    attempts = _attempts(org).filter(at__gte=since).order_by()
    counts: Counter[tuple[str, str]] = Counter()
    for cause, detail, callers in attempts.values_list("reason", "detail").annotate(
        Count("call_sid", distinct=True)
    ):
        counts[cause, detail] += callers
    failed = _failed(org).filter(opened_at__gte=since).order_by().values_list("end_reason")
    for cause, callers in failed.annotate(Count("pk")):
        counts[cause, ""] += callers
    return [CauseOfDay(*key, callers) for key, callers in counts.most_common()]


def missed_between(org: Organization, since: datetime, until: datetime) -> int:
    """How many callers were not answered from `since` to before `until`. Two queries.

    Of requests that were repeated and of those that were answered in the end as `causes_of_day`.
    """
    attempts = _attempts(org).filter(at__gte=since, at__lt=until)
    counted = attempts.order_by().aggregate(callers=Count("call_sid", distinct=True))
    failed = _failed(org).filter(opened_at__gte=since, opened_at__lt=until)
    return int(counted["callers"]) + failed.count()


def latest_of_cause(
    org: Organization, *, cause: str, detail: str, limit: int
) -> list[MissedCaller]:
    """The latest callers whom this cause left unanswered, newest first.

    Of requests that were repeated and of those that were answered in the end as `missed_callers`.
    """
    attempts = _latest_attempts(org, limit=limit, reason=cause, detail=detail)
    found = [MissedCaller(a.at, a.call_sid, a.reason, a.detail) for a in attempts]
    if not detail:
        failed = _failed(org).filter(end_reason=cause).select_related("org", "agent")
        found += [
            MissedCaller(call.opened_at, call.call_sid, cause, "", call) for call in failed[:limit]
        ]
    return sorted(found, key=lambda each: each.at, reverse=True)[:limit]


def missed_callers(
    org: Organization, *, before: datetime | None = None, limit: int
) -> list[MissedCaller]:
    """The latest callers who were not answered, newest first, and those before a moment.

    A request that was repeated is listed once, as it came first, and one that was answered in the
    end not at all.
    """
    attempts, failed = _latest_attempts(org, before=before, limit=limit), _failed(org)
    if before is not None:
        failed = failed.filter(opened_at__lt=before)
    found = [
        *(MissedCaller(a.at, a.call_sid, a.reason, a.detail) for a in attempts),
        *(
            MissedCaller(call.opened_at, call.call_sid, call.end_reason, "", call)
            for call in failed.select_related("agent")[:limit]
        ),
    ]
    return list(islice(sorted(found, key=lambda each: each.at, reverse=True), limit))


def _latest_attempts(
    org: Organization, *, before: datetime | None = None, limit: int, **of_cause: str
) -> list[WebhookAttempt]:
    """The newest of `_first_attempts`, before a moment if that is given.

    So many rows at a time: to leave out of all at once who was answered, PostgreSQL reads every
    call of the organization (0.7 s of a million).
    """
    unanswered = _unanswered(org, **of_cause).order_by("-at")
    found: list[WebhookAttempt] = []
    for _ in range(MOST_ROUNDS):
        rows = unanswered if before is None else unanswered.filter(at__lt=before)
        seen = list(rows.values_list("pk", "at")[:SEEN_AT_ONCE])
        first = _first_attempts(org, **of_cause).filter(pk__in=[pk for pk, _at in seen])
        found += first[: limit - len(found)] if seen else ()
        if len(seen) < SEEN_AT_ONCE or len(found) == limit:
            break
        before = seen[-1][1]
    return found


def _attempts(org: Organization, **of_cause: str) -> QuerySet[WebhookAttempt]:
    """Requests of callers who were not answered in the end, newest first."""
    answered = Call.objects.filter(org=org, carrier_call_id=OuterRef("call_sid"))
    return _unanswered(org, **of_cause).exclude(Exists(answered)).order_by("-at")


def _first_attempts(org: Organization, **of_cause: str) -> QuerySet[WebhookAttempt]:
    """Of `_attempts` those that repeat no other: where one was refused, Twilio asks again."""
    at = OuterRef("at")
    same = _unanswered(org, **of_cause).exclude(call_sid="").filter(call_sid=OuterRef("call_sid"))
    near = same.filter(at__gt=at - REPEATED_WITHIN, at__lte=at)
    earlier = near.filter(Q(at__lt=at) | Q(pk__lt=OuterRef("pk")))
    return _attempts(org, **of_cause).exclude(Exists(earlier))


def _unanswered(org: Organization, **of_cause: str) -> QuerySet[WebhookAttempt]:
    found = WebhookAttempt.objects.filter(org=org, **of_cause).exclude(outcome=Outcome.ANSWERED)
    return found.exclude(reason__in=NO_CALLER).order_by()


def _failed(org: Organization) -> QuerySet[Call]:
    return failed_calls().filter(org=org).order_by("-opened_at")
