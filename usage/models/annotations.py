"""The tables of tags, notes and shared links of calls."""

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


class CallShare(models.Model):
    """A link to the transcript of one call; its token is stored as a digest alone."""

    org = OrganizationOf(parent="call")
    call = models.ForeignKey(Call, models.CASCADE, related_name="shares")
    digest = models.CharField(max_length=64, unique=True, editable=False)  # SHA-256, hex
    has_recording = models.BooleanField(default=False)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    opened_count = models.PositiveIntegerField(default=0)
    opened_at = models.DateTimeField(null=True, blank=True)  # last

    class Meta:
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return f"link {self.pk} to {self.call}"
