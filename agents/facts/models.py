"""The table of sites that are read for facts; `agents.models` finds it here."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.row_owners import OrganizationOf
from agents.facts.sites import ADDRESS


class SiteReading(models.Model):
    """A website whose pages a worker reads for a member; what it found is kept for a day."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        LOST = "lost", _("not completed")

    org = OrganizationOf(parent="agent")
    agent = models.ForeignKey(
        "agents.Agent", models.CASCADE, related_name="site_readings", db_index=False
    )
    url = models.CharField(max_length=ADDRESS)
    as_documents = models.BooleanField(default=False)  # in place of facts
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    pages_read = models.PositiveSmallIntegerField(default=0)
    pages_known = models.PositiveSmallIntegerField(default=0)
    rows = models.JSONField(default=list)  # [[topic or title, text]], as they are proposed
    problem = models.CharField(max_length=20, blank=True)  # of agents.facts.crawling
    started_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(db_index=True)  # every hour old ones are deleted
    began_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-pk"]
        indexes: ClassVar = [
            models.Index(fields=["agent", "-id"], name="site_readings_of_agent"),
            # Few rows: what a worker looks for.
            models.Index(
                fields=["created_at"],
                name="site_readings_open",
                condition=models.Q(state__in=["waiting", "running"]),
            ),
        ]

    def __str__(self) -> str:
        return self.url
