"""Computes the vectors of recently saved versions, in a worker.

It takes up to half a minute of a core, which calls have before it. Until then, and where the model
is not installed, passages are found by their words. What fails stays due, and is tried once an
hour.
"""

from typing import Any, Final

import structlog
from django.core.cache import cache
from django.db import transaction
from django.db.models import Min, QuerySet
from django.utils import timezone

from agents.engines import pool
from agents.engines.local import embeddings
from agents.meaning.carrying import VECTORS, joined, rows_of
from agents.meaning.nearest import packed
from agents.models import AgentVersion
from voicex.database.shared_lease import lease
from voicex.errors import EngineMissing
from voicex.processes.task_queue import put_on_queue

TASK: Final = "usage.tasks.read_meanings"
AT_ONCE: Final = 4  # passages: other work of the process has its turn after each
SEEN: Final = 100  # organizations that wait, of which one is served
_SERVED: Final = "meanings:served:{}"  # when, by organization
_SERVED_SECONDS: Final = 24 * 3600
_LEASE: Final = "meanings:worker"
_LEASE_SECONDS: Final = 300  # longer than one version takes
REST_SECONDS: Final = 3600  # from one failure to the next try
_RESTING: Final = "meanings:resting"  # until when, by version
_MISSING: Final = "meanings:missing"  # the model

log = structlog.get_logger(__name__)


def sweep() -> None:
    """Have the task sent where a version waits."""
    if not _due().exists():
        return
    put_on_queue(TASK, log_as="meanings_not_sent")


def make_next() -> bool:
    """Make the vectors of one version that waits; whether there may be more.

    The oldest of the organization that was served longest ago comes first. Nothing is done while
    another worker does it.
    """
    with lease(_LEASE, seconds=_LEASE_SECONDS) as is_ours:
        version = _next_of(_due()) if is_ours else None
        if version is None:
            return False
        _make_safely(version)
        return _due().exists()


def _due() -> QuerySet[AgentVersion]:
    """What waits, without what failed lately; nothing where the model was missing lately."""
    due = AgentVersion.objects.filter(is_meaning_due=True)
    return due.none() if cache.get(_MISSING) else due.exclude(pk__in=_resting())


def _resting() -> dict[int, float]:
    now = timezone.now().timestamp()
    resting: dict[int, float] = cache.get(_RESTING, {})
    return {pk: until for pk, until in resting.items() if until > now}


def _rest(version: AgentVersion) -> None:
    """Leave it for the others for a while. One worker at a time writes here."""
    until = timezone.now().timestamp() + REST_SECONDS
    cache.set(_RESTING, _resting() | {version.pk: until}, timeout=REST_SECONDS)


def _next_of(due: QuerySet[AgentVersion]) -> AgentVersion | None:
    """The version that is read now: each saved text would else be before all others' of later."""
    oldest = due.order_by("org").values("org").annotate(oldest=Min("pk")).order_by("oldest")
    waiting = dict(oldest.values_list("org", "oldest")[:SEEN])
    served = cache.get_many([_SERVED.format(org) for org in waiting])
    order = sorted(waiting, key=lambda org: served.get(_SERVED.format(org), 0.0))
    if not order:
        return None
    cache.set(_SERVED.format(order[0]), timezone.now().timestamp(), timeout=_SERVED_SECONDS)
    return due.filter(pk=waiting[order[0]]).first()


def _make_safely(version: AgentVersion) -> None:
    """As `_vectors_of`, stored. The broad except is the boundary of one version's work."""
    vectors = ""
    try:
        if not _is_overtaken(version):
            vectors = _vectors_of(version)
    except EngineMissing as error:
        log.info("meanings_not_made", version=version.pk, error=str(error))
        cache.set(_MISSING, 1, timeout=REST_SECONDS)
        return
    except Exception as error:
        log.error("meanings_failed", version=version.pk, error=type(error).__name__)
        _rest(version)
        return
    with transaction.atomic():
        mine = AgentVersion.objects.filter(pk=version.pk, is_meaning_due=True)
        now: dict[str, Any] = (
            mine.select_for_update(no_key=True).values_list("prepared", flat=True).first() or {}
        )
        # An upgrade may have cut the passages otherwise meanwhile: then it is still due.
        if now.get("passages") == (version.prepared or {}).get("passages"):
            made = {"prepared": now | {VECTORS: vectors}} if vectors else {}
            mine.update(is_meaning_due=False, **made)


def _is_overtaken(version: AgentVersion) -> bool:
    """Whether what was saved is no longer asked: a later version, or draft, is."""
    later = AgentVersion.objects.filter(agent=version.agent_id, pk__gt=version.pk)
    return later.filter(is_draft=version.is_draft).exists()


def _vectors_of(version: AgentVersion) -> str:
    """The vectors of its passages; "" of one that has none."""
    prepared: dict[str, Any] = version.prepared or {}
    passages = [tuple(each) for each in prepared.get("passages", ())]
    known = _known_of(version)
    new = [each for each in passages if each not in known]
    with pool.in_background():
        for at in range(0, len(new), AT_ONCE):
            some = new[at : at + AT_ONCE]
            read = pool.submit(embeddings.encode, ["\n".join(each).strip() for each in some])
            known |= zip(some, packed(read.result()), strict=True)
    log.info("meanings_made", version=version.pk, passages=len(passages), new=len(new))
    return joined([known[each] for each in passages])


def _known_of(version: AgentVersion) -> dict[tuple[str, ...], bytes]:
    """The vectors of the agent's latest version that has some."""
    others = AgentVersion.objects.filter(agent=version.agent_id, prepared__has_key=VECTORS)
    earlier = others.exclude(pk=version.pk).order_by("-pk").first()
    return rows_of(earlier.prepared) if earlier is not None else {}
