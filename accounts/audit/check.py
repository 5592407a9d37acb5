"""Verifies the audit log: every chain is followed from its first entry.

It cannot detect a log whose triggers were dropped and whose digests, including the heads, were all
recomputed. Heads that were stored elsewhere reveal that as well (`against`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any, Final

import structlog

from accounts.audit.models import AuditChain, AuditCheck, AuditEntry
from accounts.audit.trail import PLATFORM, digest_of

log = structlog.get_logger(__name__)

FAULTS_KEPT: Final = 100
_AT_ONCE: Final = 2_000


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a chain: its length, and the digest of its last entry."""

    length: int
    digest: str


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault at one place of a chain; chain: the organization's id, 0 for the platform.

    what: `changed` (the entry, its place or the one before it), `missing`, `cut_off` (the chain was
    longer), `unknown` (entries after the head), `rewritten` (not the digest that was stored).
    """

    chain: int
    sequence: int
    what: str


@dataclass(slots=True)
class Verdict:
    """The result of a check; faults: the first FAULTS_KEPT, in order."""

    entries: int = 0
    fault_count: int = 0
    faults: list[Fault] = field(default_factory=list)
    heads: dict[int, Head] = field(default_factory=dict)

    def add(self, fault: Fault) -> None:
        """Count `fault`, and keep it if it is among the first."""
        self.fault_count += 1
        if len(self.faults) < FAULTS_KEPT:
            self.faults.append(fault)


def verify(*, against: Mapping[int, Head] | None = None) -> Verdict:
    """Follow every chain; entries written during the check are included as far as they are visible.

    against: the heads of an earlier check; each must still be in its chain.
    """
    kept = against or {}
    verdict = Verdict(heads=_heads())
    unseen = set(verdict.heads) | set(kept)
    entries = AuditEntry.objects.order_by("org_id", "sequence").iterator(chunk_size=_AT_ONCE)
    for org_id, of_one in groupby(entries, key=lambda entry: entry.org_id):
        chain = org_id or PLATFORM
        unseen.discard(chain)
        _follow(chain, of_one, verdict, kept=kept.get(chain))
    for chain in sorted(unseen):
        _follow(chain, iter(()), verdict, kept=kept.get(chain))
    return verdict


def check(*, now: datetime) -> AuditCheck:
    """Verify, and store the result for the operator's page and in the log."""
    verdict = verify()
    if verdict.fault_count:
        log.error(
            "audit_log_faulty",
            faults=verdict.fault_count,
            first=[f"{each.chain}:{each.sequence} {each.what}" for each in verdict.faults[:5]],
        )
    return AuditCheck.objects.create(
        at=now,
        entries=verdict.entries,
        chains=len(verdict.heads),
        fault_count=verdict.fault_count,
        faults=[
            {"chain": each.chain, "sequence": each.sequence, "what": each.what}
            for each in verdict.faults
        ],
    )


def _follow(chain: int, entries: Iterator[Any], verdict: Verdict, *, kept: Head | None) -> None:
    """Add the faults of one chain to `verdict`."""
    head = verdict.heads.get(chain, Head(0, ""))
    length, digest = 0, ""
    digests = {0: ""}  # at the places that are compared: the head's, and that of the kept one
    for entry in entries:
        verdict.entries += 1
        if entry.sequence > length + 1:
            # One fault for a gap; what follows it depends on a digest that is gone.
            verdict.add(Fault(chain, length + 1, "missing"))
        elif digest_of(digest, entry) != entry.digest:
            verdict.add(Fault(chain, entry.sequence, "changed"))
        length, digest = entry.sequence, entry.digest
        if length in (head.length, kept.length if kept else 0):
            digests[length] = digest
    if length < head.length:
        verdict.add(Fault(chain, length + 1, "cut_off"))
    elif digests.get(head.length, head.digest) != head.digest:
        verdict.add(Fault(chain, head.length, "changed"))
    if length > head.length and length > _length_now(chain):
        verdict.add(Fault(chain, head.length + 1, "unknown"))
    if kept and (length < kept.length or digests.get(kept.length) != kept.digest):
        verdict.add(Fault(chain, kept.length, "rewritten"))


def _heads() -> dict[int, Head]:
    return {each.chain: Head(each.length, each.digest) for each in AuditChain.objects.all()}


def _length_now(chain: int) -> int:
    head = AuditChain.objects.filter(pk=chain).first()
    return head.length if head else 0
