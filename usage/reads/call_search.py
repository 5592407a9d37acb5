"""The list of calls: filters, search in transcripts, pages by key.

Every page is bounded work, whatever is asked for. What has an index (agent, end, caller's
number, tag, channel, dates) is searched in all calls. What has none (duration, interruptions,
recordings, outcome and reason, words that many callers say) is searched among the next
`LOOKED_THROUGH` calls; a page that was not filled by then says where it stopped, and the next one
continues from there.

Words that did not fill a page so are found through an index on PostgreSQL (`word_index`), in
all calls, unless they are together in more than `RARE` turns: then the next calls will have
them soon. SQLite has no such index: there parts of words are searched, in one call after the other.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import Final

from django.db import connection
from django.db.models import (
    BooleanField,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
)
from django.db.models.expressions import RawSQL

from accounts.models import Organization
from usage.models import Call, CallAnalysis, CallTag, Recording, Turn
from usage.reads import word_index
from usage.reads.calls import listed_calls
from usage.records.caller_numbers import (
    ERASED,
    UNKNOWN,
    WITHHELD,
    beginnings_of,
    withheld_spellings,
)
from voicex.database.beginnings import begins

LOOKED_THROUGH: Final = 2_000
RARE: Final = 5_000

_WORD: Final = re.compile(r"\w+")
# OFFSET 0 keeps the planner from turning the test of a few calls into a join with all turns.
_HAS_WORDS: Final = """
    EXISTS (
        SELECT 1 FROM usage_turn said
        WHERE said.call_id = usage_call.id AND said.words @@ plainto_tsquery('simple', %s)
        OFFSET 0
    )
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFilter:
    """Which calls are wanted; a field that is empty or None does not filter.

    state: "open" (not ended) or "ended". `channel` is a `Call.Channel`, or "test" for all but the
    phone. opened_until is exclusive. caller: how the number begins, as people write it; or WITHHELD
    or UNKNOWN. words: all in one turn. tag: as it is spelled. outcome: of `CallAnalysis`; reason: a
    part of the reason for the call.
    """

    agent: str = ""  # the public id
    state: str = ""
    end_reasons: frozenset[str] = frozenset()
    channel: str = ""
    opened_from: datetime | None = None
    opened_until: datetime | None = None
    caller: str = ""
    at_least: timedelta | None = None
    interrupted: bool = False
    recorded: bool = False
    words: str = ""
    tag: str = ""
    outcome: str = ""
    reason: str = ""

    @property
    def word_list(self) -> list[str]:
        """The words without the separators between them."""
        return _WORD.findall(self.words)

    @property
    def is_looked_for(self) -> bool:
        """Whether a filter is set that has no index."""
        return bool(
            self.word_list
            or self.at_least
            or self.interrupted
            or self.recorded
            or self.outcome
            or self.reason
        )


@dataclass(frozen=True, slots=True)
class CallPage:
    """A page of the list, newest call first.

    older, newer: CallSids to continue from, "" at the end. looked_back_to: the last call that was
    searched, when the page is not full because the search stopped there.
    """

    calls: list[Call]
    older: str
    newer: str
    looked_back_to: Call | None = None


def search_calls(
    org: Organization,
    wanted: CallFilter,
    *,
    limit: int,
    before: Call | None = None,
    after: Call | None = None,
) -> CallPage:
    """At most `limit` calls of `org` that fit `wanted`: the newest, those next older than `before`,
    or those next newer than `after`."""
    fitting = _beside(_indexed(org, wanted), before=before, after=after)
    if not wanted.is_looked_for:
        return _page(org, fitting, limit=limit, before=before, after=after)
    stop = _stop(fitting)
    stretch = _looked_for(fitting, wanted)
    if stop is not None:
        stretch = stretch.filter(_older(stop) if after is not None else _newer(stop))
    page = _page(org, stretch, limit=limit, before=before, after=after, stop=stop)
    if page.looked_back_to is None or not wanted.word_list:
        return page
    ids = word_index.calls_with(wanted.words, limit=RARE)
    if ids is None:
        return page
    rare = _looked_for(fitting.filter(pk__in=ids), wanted, has_words=True)
    return _page(org, rare, limit=limit, before=before, after=after)


def _page(
    org: Organization,
    calls: QuerySet[Call],
    *,
    limit: int,
    before: Call | None,
    after: Call | None,
    stop: Call | None = None,
) -> CallPage:
    """The first `limit` of `calls`; stop: where the search ended, None at the list's end."""
    # The keys first: what a row shows is joined for the rows of the page, not for all that fit.
    keys = _keys(calls, limit=limit + 1)
    has_more = len(keys) > limit
    rows = {call.pk: call for call in listed_calls(org).filter(pk__in=keys[:limit])}
    page = [rows[key] for key in keys[:limit] if key in rows]
    if has_more:
        stop = None
    further = page[-1].call_sid if has_more else stop.call_sid if stop else ""
    if after is not None:
        page.reverse()
        return CallPage(page, page[-1].call_sid if page else after.call_sid, further, stop)
    nearer = page[0].call_sid if page else before.call_sid if before else ""
    return CallPage(page, further, nearer if before is not None else "", stop)


def _keys(calls: QuerySet[Call], *, limit: int, skip: int = 0) -> list[int]:
    """The primary keys of the first `limit` of `calls`, after `skip` of them."""
    return list(calls.values_list("pk", flat=True)[skip : skip + limit])


def _beside(calls: QuerySet[Call], *, before: Call | None, after: Call | None) -> QuerySet[Call]:
    """Those older than `before`, or newer than `after` with the nearest first."""
    if after is not None:
        return calls.filter(_newer(after), ~Q(pk=after.pk)).order_by("opened_at", "pk")
    if before is not None:
        return calls.filter(_older(before), ~Q(pk=before.pk))
    return calls


def _older(edge: Call) -> Q:
    """Calls that began before `edge`, and `edge`. The first condition is what an index can use."""
    return Q(opened_at__lte=edge.opened_at) & (Q(opened_at__lt=edge.opened_at) | Q(pk__lte=edge.pk))


def _newer(edge: Call) -> Q:
    """Calls that began after `edge`, and `edge`."""
    return Q(opened_at__gte=edge.opened_at) & (Q(opened_at__gt=edge.opened_at) | Q(pk__gte=edge.pk))


def _indexed(org: Organization, wanted: CallFilter) -> QuerySet[Call]:
    """The calls that fit what has an index."""
    calls = Call.objects.filter(org=org).order_by("-opened_at", "-pk")
    if wanted.agent:
        # The id first: a join would hide from the planner how many calls an agent has.
        agents = org.agents.filter(public_id=wanted.agent).values_list("pk", flat=True)
        calls = calls.filter(agent__in=list(agents))
    if wanted.state == "open":
        calls = calls.filter(ended_at=None)
    elif wanted.state == "ended":
        calls = calls.filter(ended_at__isnull=False)
    if wanted.end_reasons:
        calls = calls.filter(end_reason__in=sorted(wanted.end_reasons))
    if wanted.channel == "test":
        calls = calls.exclude(channel=Call.Channel.PHONE)
    elif wanted.channel:
        calls = calls.filter(channel=wanted.channel)
    if wanted.opened_from:
        calls = calls.filter(opened_at__gte=wanted.opened_from)
    if wanted.opened_until:
        calls = calls.filter(opened_at__lt=wanted.opened_until)
    if wanted.caller:
        calls = calls.filter(_from(wanted.caller))
    if wanted.tag:
        tagged = CallTag.objects.filter(org=org, name=wanted.tag)
        calls = calls.filter(pk__in=tagged.values("call"))
    return calls


def _from(caller: str) -> Q:
    """Calls of a caller whose number begins so; the index finds each of its spellings."""
    if caller == WITHHELD:
        # Tests have no number that could be withheld.
        return Q(from_number__in=withheld_spellings(), channel=Call.Channel.PHONE)
    if caller in (UNKNOWN, ERASED):
        return Q(from_number=caller)
    beginnings = beginnings_of(caller)
    if WITHHELD in beginnings:
        return _from(WITHHELD)
    return reduce(or_, [Q(begins("from_number", each)) for each in beginnings])


def _looked_for(
    calls: QuerySet[Call], wanted: CallFilter, *, has_words: bool = False
) -> QuerySet[Call]:
    """Those of `calls` that fit what has no index; has_words: the words are known to be there."""
    if wanted.at_least:
        lasted = ExpressionWrapper(F("ended_at") - F("live_at"), output_field=DurationField())
        calls = calls.annotate(lasted=lasted).filter(lasted__gte=wanted.at_least)
    if wanted.interrupted:
        calls = calls.filter(Exists(Turn.objects.filter(call=OuterRef("pk"), interrupted=True)))
    if wanted.recorded:
        stored = Recording.objects.filter(call=OuterRef("pk"), state=Recording.State.STORED)
        calls = calls.filter(Exists(stored))
    if wanted.outcome or wanted.reason:
        found = CallAnalysis.objects.filter(call=OuterRef("pk"))
        if wanted.outcome:
            found = found.filter(outcome=wanted.outcome)
        if wanted.reason:
            found = found.filter(reason__icontains=wanted.reason)
        calls = calls.filter(Exists(found))
    if wanted.word_list and not has_words:
        if connection.vendor == "postgresql":
            has = RawSQL(_HAS_WORDS, [wanted.words], output_field=BooleanField())  # noqa: S611  # nosec B611
            return calls.filter(has)
        said = Turn.objects.filter(call=OuterRef("pk"))
        for word in wanted.word_list:
            said = said.filter(text__icontains=word)
        calls = calls.filter(Exists(said))
    return calls


def _stop(calls: QuerySet[Call]) -> Call | None:
    """The last call that is searched; None when the end of the list comes first."""
    found = _keys(calls, limit=1, skip=LOOKED_THROUGH - 1)
    return Call.objects.get(pk=found[0]) if found else None
