"""What the media processes report of themselves; calls and their facts live in `usage`."""

from typing import ClassVar

from django.db import models


class ProcessReport(models.Model):
    """The latest report of one media process, written over every few seconds.

    In the database, so that every process sees all others, with Redis and without.
    """

    # Host and process id.
    name = models.CharField(max_length=120, unique=True)
    at = models.DateTimeField()
    started_at = models.DateTimeField()
    version = models.CharField(max_length=40)
    calls = models.PositiveIntegerField()
    most_calls = models.PositiveIntegerField()
    lag_ms = models.PositiveIntegerField()
    memory_mb = models.PositiveIntegerField()
    is_draining = models.BooleanField()
    # A list of `agents.engines.health.PartSummary`, as dictionaries.
    engines = models.JSONField(default=list)
    # A list of `telephony.process.stall_watch.Stall`, as dictionaries, newest first.
    stalls = models.JSONField(default=list, db_default=models.Value([], models.JSONField()))
    # A list of `agents.engines.openai.server_habits.Habit`, as dictionaries.
    habits = models.JSONField(default=list, db_default=models.Value([], models.JSONField()))
    # When an operator ordered this process to drain (`telephony.process.draining.orders`). The
    # process reads it and never writes it: a row belongs to one start of a process.
    drain_asked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_leaving(self) -> bool:
        """Whether it drains, or will within a second because it was ordered to."""
        return self.is_draining or self.drain_asked_at is not None

    @property
    def room(self) -> int:
        """How many more calls this process takes."""
        return 0 if self.is_leaving else max(0, self.most_calls - self.calls)
