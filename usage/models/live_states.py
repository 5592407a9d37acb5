"""What another process needs to continue a live call."""

from django.db import models

from accounts.row_owners import OrganizationOf
from usage.models.calls import Call


class LiveState(models.Model):
    """The state of a live call, overwritten as it changes, and gone when the call has ended.

    It holds what was said until now, so it is for the process that takes the call over alone.
    """

    org = OrganizationOf(parent="call")
    call = models.OneToOneField(Call, models.CASCADE, related_name="live_state")
    # `Call.generation` of the process that wrote it.
    generation = models.PositiveSmallIntegerField()
    # `telephony.session.resuming.state`, and what was used until then, as JSON: the counts of a
    # `UsageFact`.
    state = models.BinaryField()
    used = models.TextField()
    saved_at = models.DateTimeField()
    # Its owner has left it at that moment, so that another process continues.
    is_left = models.BooleanField(default=False, db_default=False)
    # How often the line was lost and the call continued, when last, and until when the process
    # before carried it, as far as is known.
    takeovers = models.PositiveSmallIntegerField(default=0, db_default=0)
    taken_over_at = models.DateTimeField(null=True)
    alive_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"state of {self.call}"
