"""The table of HTTP tools; `agents.models` imports it."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization, User, new_public_id
from agents.http_tools import limits
from agents.http_tools.definition import Definition, of_json


class HttpTool(models.Model):
    """A tool of an organization as it was saved last; versions keep it as it was when published."""

    org = models.ForeignKey(Organization, models.CASCADE, related_name="http_tools")
    public_id = models.CharField(max_length=24, unique=True, default=new_public_id, editable=False)
    # As models and agents' settings know it: it never changes.
    name = models.CharField(max_length=limits.NAME)
    stored = models.JSONField(editable=False)  # `agents.http_tools.definition.as_json`
    updated_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("HTTP tool")
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["org", "name"], name="one_http_tool_per_name")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def definition(self) -> Definition:
        """What it is."""
        return of_json(self.stored)
