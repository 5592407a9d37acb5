"""Proofs of the ledger: every sum recomputed, and what differed."""

from typing import ClassVar

from django.db import models


class LedgerProof(models.Model):
    """One run of `usage.billing.proof`, in many short steps; the platform's own.

    faults: the first ones, each `{"what", "org", "about", "expected", "found"}` with the public id
    of the organization and money in micro-dollars.
    """

    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    # Where it stands: all calls up to this primary key, then the months of all organizations up to
    # that one, of which the next month comes next.
    after_call = models.PositiveBigIntegerField(default=0)
    after_org = models.PositiveBigIntegerField(default=0)
    next_month = models.DateField(null=True, blank=True)
    calls = models.PositiveBigIntegerField(default=0)
    months = models.PositiveBigIntegerField(default=0)
    fault_count = models.PositiveBigIntegerField(default=0)
    faults = models.JSONField(default=list)
    # Operators were mailed about the faults.
    told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return f"{self.began_at}: {self.fault_count} faults in {self.calls} calls"
