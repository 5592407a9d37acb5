"""Website imports: started by members, run in a worker, kept for a day.

A worker reads one site after the other; a member sees how far it is.
"""

from datetime import datetime, timedelta
from functools import partial
from time import monotonic
from typing import Final

import structlog
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.members.access import record
from accounts.members.trust import may_read_site
from accounts.models import User
from agents.compiler.process import file_reader
from agents.facts import importing
from agents.facts.crawling import PAGE_KINDS, SECONDS, Crawl
from agents.facts.models import SiteReading
from agents.models import Agent
from voicex import fence
from voicex.database.storable import storable_text
from voicex.processes.task_queue import put_on_queue

TASK: Final = "usage.tasks.read_sites"
KEPT: Final = timedelta(days=1)
READINGS: Final = 5  # kept of an agent
# Longer than a site may take; then its worker was lost.
STALE_AFTER: Final = timedelta(seconds=2 * SECONDS)
SEEN: Final = 100  # of those that wait

State = SiteReading.State
OPEN: Final = (State.WAITING, State.RUNNING)

log = structlog.get_logger(__name__)


@transaction.atomic
def begin(agent: Agent, url: str, *, as_documents: bool, actor: User) -> SiteReading:
    """Have the site of `url` read: one page's address, or a sitemap's.

    One of the same that has not ended is returned instead. Raises ValidationError in words, also
    while the agent has another site read.
    """
    host = importing.host_in(url)
    under_way = readings_of(agent).filter(state__in=OPEN).first()
    if under_way is not None:
        if (under_way.url, under_way.as_documents) == (url, as_documents):
            return under_way
        raise ValidationError(_("Another site is being read for this agent. Wait until it’s done."))
    if not may_read_site(agent.org):
        raise ValidationError(_("Too many tries. Try again in an hour."))
    reading = SiteReading.objects.create(
        agent=agent,
        url=url,
        as_documents=as_documents,
        started_by=actor,
        created_at=timezone.now(),
    )
    kept = readings_of(agent).values_list("pk", flat=True)[:READINGS]
    readings_of(agent).exclude(pk__in=list(kept)).delete()
    record(agent.org, actor=actor, action="facts.site_read", target=host)
    transaction.on_commit(hint)
    return reading


def readings_of(agent: Agent) -> QuerySet[SiteReading]:
    """The readings of an agent, the latest first."""
    return SiteReading.objects.filter(agent=agent)


def hint() -> None:
    """Have the task sent; without a broker the next sweep does it."""
    put_on_queue(TASK, log_as="site_reading_not_sent")


def sweep(*, now: datetime) -> None:
    """Give up readings whose worker was lost, and have those sent that wait for one."""
    stale = SiteReading.objects.filter(state=State.RUNNING, began_at__lt=now - STALE_AFTER)
    stale.update(state=State.LOST, ended_at=now)
    if SiteReading.objects.filter(state=State.WAITING).exists():
        hint()


def forget(*, now: datetime) -> int:
    """Delete what was found longer than KEPT ago; how many."""
    return SiteReading.objects.filter(created_at__lt=now - KEPT).delete()[0]


def read_next(*, now: datetime) -> bool:
    """Read one site that waits; whether there may be more.

    The oldest of the organization that was served longest ago comes first: a person may have twenty
    organizations, each with sites that wait.
    """
    begun = SiteReading.objects.filter(org=OuterRef("org"), began_at__isnull=False)
    last = Subquery(begun.order_by("-began_at").values("began_at")[:1])
    found = SiteReading.objects.filter(state=State.WAITING).annotate(last=last)
    waiting = list(found.order_by(F("last").asc(nulls_first=True), "pk")[:SEEN])
    for reading in waiting:
        mine = SiteReading.objects.filter(pk=reading.pk, state=State.WAITING)
        if mine.update(state=State.RUNNING, began_at=now):
            _read_safely(reading)
            return len(waiting) > 1
    return False


def _read_safely(reading: SiteReading) -> None:
    """As `_read`. The broad except is the boundary of one site's work."""
    try:
        _read(reading)
    except Exception as error:
        log.error("site_reading_failed", reading=reading.pk, error=type(error).__name__)
        _running(reading).update(state=State.LOST, ended_at=timezone.now())


def _read(reading: SiteReading) -> None:
    crawl = Crawl(reading.url, fetch=_fetch, child=file_reader, clock=monotonic)
    found = crawl.run(as_documents=reading.as_documents, told=partial(_tell, reading))
    _running(reading).update(
        state=State.DONE,
        ended_at=timezone.now(),
        pages_read=found.read,
        pages_known=found.known,
        problem=found.problem,
        rows=[[storable_text(topic), storable_text(text)] for topic, text in found.rows],
    )
    log.info("site_read", agent=reading.agent_id, pages=found.read, rows=len(found.rows))


def _tell(reading: SiteReading, read: int, known: int) -> bool:
    """Show how far it is; False when it was given up or deleted meanwhile."""
    return bool(_running(reading).update(pages_read=read, pages_known=known))


def _fetch(url: str, most: int) -> fence.Response:
    if not most:
        return importing.fetch(url, accept=PAGE_KINDS, bounds=importing.BOUNDS)
    bounds = fence.Bounds(answer_bytes=most, stream_bytes=most, seconds=importing.SECONDS)
    return importing.fetch(url, accept=("application/xml", "text/xml", "*/*"), bounds=bounds)


def _running(reading: SiteReading) -> QuerySet[SiteReading]:
    return SiteReading.objects.filter(pk=reading.pk, state=State.RUNNING)
