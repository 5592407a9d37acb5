"""Records of calls that the database did not take."""

from typing import ClassVar

from django.db import models

from accounts.row_owners import OrganizationOf
from usage.models.calls import Call


class DeadLetter(models.Model):
    """A record of a call that could not be written, until an operator decides what becomes of it.

    It is deleted with its call, and when it has been decided; its words go with the call's
    (`usage.records.transcript_deletion`).
    """

    org = OrganizationOf(parent="call")
    # None: the call itself is not there.
    call = models.ForeignKey(Call, models.CASCADE, null=True, related_name="dead_letters")
    # The name of the service that was to write it, see `usage.records.dead_letters.SERVICES`; or
    # OVERFLOW.
    kind = models.CharField(max_length=40)
    # Which of its call's records of that kind: the number of a turn.
    about = models.CharField(max_length=20, blank=True)
    # What the service was given: {"args": [...], "kwargs": {...}}; {} where that was too much,
    # or where it holds callers' words: then it is in `words`, as JSON.
    payload = models.JSONField(default=dict)
    words = models.TextField(blank=True)
    error = models.CharField(max_length=300)
    # How often it was tried, and since when.
    tries = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    tried_at = models.DateTimeField()
    # How many records it stands for: of OVERFLOW, those of which nothing else was kept.
    count = models.PositiveIntegerField(default=1)

    class Meta:
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return f"{self.kind} {self.about}".strip()
