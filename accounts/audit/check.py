"""Verifies the audit log: every chain is followed from its first entry.

It cannot detect a log whose triggers were dropped and whose digests, including the heads, were all
recomputed. Heads that were stored elsewhere reveal that as well (`against`).

Some entries are followed at a time, and the place between two of these steps can be stored
(`accounts.audit.check_runs`): a log of millions of entries takes minutes.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

from accounts.audit.models import AuditChain, AuditEntry
from accounts.audit.trail import PLATFORM, digest_of

FAULTS_KEPT: Final = 100
AT_ONCE: Final = 2_000  # entries, and heads of chains, of one step


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a chain: its length, and the digest of its last entry."""

    length: int
    digest: str


_NONE: Final = Head(0, "")


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
    """The result of a check; faults: the first FAULTS_KEPT, in order; heads: of whole chains."""

    entries: int = 0
    fault_count: int = 0
    faults: list[Fault] = field(default_factory=list)
    heads: dict[int, Head] = field(default_factory=dict)

    def add(self, fault: Fault) -> None:
        """Count `fault`, and keep it if it is among the first."""
        self.fault_count += 1
        if len(self.faults) < FAULTS_KEPT:
            self.faults.append(fault)


@dataclass(slots=True)
class Place:
    """How far a chain was followed: its length so far, and the digest of the last entry.

    head: as it was when the chain was begun, None before. digest_at_head: of the entry at the
    head's place, once it was there.
    """

    chain: int = PLATFORM
    length: int = 0
    digest: str = ""
    head: Head | None = None
    digest_at_head: str | None = None

    def as_json(self) -> list[Any]:
        """To be stored; see `from_json`."""
        head = self.head and [self.head.length, self.head.digest]
        return [self.chain, self.length, self.digest, head, self.digest_at_head]

    @classmethod
    def from_json(cls, stored: Any) -> Self:
        """The place that `as_json` has given."""
        chain, length, digest, head, digest_at_head = stored
        return cls(chain, length, digest, head and Head(*head), digest_at_head)


def verify(*, against: Mapping[int, Head] | None = None) -> Verdict:
    """Follow every chain; entries written during the check are included as far as they are visible.

    against: the heads of an earlier check; each must still be in its chain.
    """
    following = Following(Place(), kept=against or {})
    while following.step():
        pass
    return following.verdict


class Following:
    """Follows the chains from a place on, by number: the platform's first.

    verdict: of what was followed by this object. kept: as `against` of `verify`.
    """

    def __init__(self, place: Place, *, kept: Mapping[int, Head]) -> None:
        """place: where to begin; changed by each step."""
        self.place = place
        self.verdict = Verdict()
        self._kept = kept
        self._kept_digest: str | None = None  # of the entry at the place of the kept head

    def step(self) -> bool:
        """Follow some more entries; False when there are no more. Some six queries at most."""
        # Heads before entries: what is written meanwhile is beyond them, and never missing.
        found = AuditChain.objects.filter(pk__gte=self.place.chain).order_by("pk")[:AT_ONCE]
        heads = {each.chain: Head(each.length, each.digest) for each in found}
        last = max(heads) if len(heads) == AT_ONCE else None
        if self.place.head is None:
            self._begin(self.place.chain, heads)
        ahead = deque(sorted(self._known(heads, last=last)))
        entries = self._entries(last=last)
        for entry in entries:
            chain = entry.org_id or PLATFORM
            while self.place.chain != chain:
                self._end()
                self._begin(ahead.popleft() if ahead and ahead[0] <= chain else chain, heads)
            self._follow(entry)
        if len(entries) == AT_ONCE:
            return True
        for chain in ahead:
            self._end()
            self._begin(chain, heads)
        self._end()
        if last is not None:
            self.place = Place(last + 1)
        return last is not None

    def _known(self, heads: Mapping[int, Head], *, last: int | None) -> set[int]:
        """The chains after the current one that must be there, up to `last`."""
        return {
            chain
            for chain in {*heads, *self._kept}
            if chain > self.place.chain and (last is None or chain <= last)
        }

    def _entries(self, *, last: int | None) -> list[Any]:
        """The entries that follow, up to the chain `last`, by ranges of the index on places."""
        place = self.place
        of_chain = AuditEntry.objects.filter(org=place.chain or None)
        rest = of_chain.filter(sequence__gt=place.length or -1).order_by("sequence")
        found = list(rest[:AT_ONCE])
        if len(found) < AT_ONCE:
            later = AuditEntry.objects.filter(org_id__gt=place.chain)
            if last is not None:
                later = later.filter(org_id__lte=last)
            found.extend(later.order_by("org_id", "sequence")[: AT_ONCE - len(found)])
        return found

    def _begin(self, chain: int, heads: Mapping[int, Head]) -> None:
        self.place = place = Place(chain, head=heads.get(chain, _NONE))
        self._kept_digest = None
        self._note(place.head or _NONE)

    def _note(self, head: Head) -> None:
        """Keep the digest of this place, if it is one that is compared."""
        place, kept = self.place, self._kept.get(self.place.chain)
        if place.length == head.length:
            place.digest_at_head = place.digest
        if kept is not None and place.length == kept.length:
            self._kept_digest = place.digest

    def _follow(self, entry: Any) -> None:
        place, verdict = self.place, self.verdict
        verdict.entries += 1
        if entry.sequence > place.length + 1:
            # One fault for a gap; what follows it depends on a digest that is gone.
            verdict.add(Fault(place.chain, place.length + 1, "missing"))
        elif digest_of(place.digest, entry) != entry.digest:
            verdict.add(Fault(place.chain, entry.sequence, "changed"))
        place.length, place.digest = entry.sequence, entry.digest
        self._note(place.head or _NONE)

    def _end(self) -> None:
        """Compare the end of the current chain."""
        place, verdict = self.place, self.verdict
        head, kept = place.head or _NONE, self._kept.get(place.chain)
        if place.length < head.length:
            verdict.add(Fault(place.chain, place.length + 1, "cut_off"))
        elif place.digest_at_head not in (None, head.digest):
            verdict.add(Fault(place.chain, head.length, "changed"))
        if place.length > head.length and place.length > _length_now(place.chain):
            verdict.add(Fault(place.chain, head.length + 1, "unknown"))
        if kept and (place.length < kept.length or self._kept_digest != kept.digest):
            verdict.add(Fault(place.chain, kept.length, "rewritten"))
        if head.length:
            verdict.heads[place.chain] = head


def _length_now(chain: int) -> int:
    head = AuditChain.objects.filter(pk=chain).first()
    return head.length if head else 0
