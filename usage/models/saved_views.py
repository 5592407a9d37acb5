"""Filters of the list of calls that members keep."""

from typing import ClassVar

from django.db import models

from accounts.models import Organization, User
from accounts.names import NameField


class SavedView(models.Model):
    """Filters of the list of calls that a member wants to find again."""

    org = models.ForeignKey(Organization, models.CASCADE, related_name="saved_views")
    user = models.ForeignKey(User, models.CASCADE, related_name="saved_views")
    name = NameField()
    query = models.CharField(max_length=500)  # the query string of the list, checked when used

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["org", "user", "name"], name="one_saved_view_per_name")
        ]

    def __str__(self) -> str:
        return self.name
