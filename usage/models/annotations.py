"""What members write on calls."""

from typing import ClassVar

from django.db import models

from accounts.models import User
from accounts.row_owners import OrganizationOf
from usage.models.calls import Call


class CallTag(models.Model):
    """A word or two by which members sort calls; it stays when the words of the call go."""

    org = OrganizationOf(parent="call")
    call = models.ForeignKey(Call, models.CASCADE, related_name="tags", db_index=False)
    name = models.CharField(max_length=40)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["call", "name"], name="one_tag_per_name")
        ]
        indexes: ClassVar = [models.Index(fields=["org", "name", "call"], name="calls_of_tag")]

    def __str__(self) -> str:
        return self.name


class CallNote(models.Model):
    """What a member wrote about a call; gone with the words of the call."""

    org = OrganizationOf(parent="call")
    call = models.ForeignKey(Call, models.CASCADE, related_name="notes")
    text = models.TextField()  # bounded by `usage.annotations.notes`
    author = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return f"note {self.pk} on {self.call}"
