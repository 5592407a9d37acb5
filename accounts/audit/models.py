"""The tables of the audit log: entries, the head of each chain, tallies of repeats, checks.

Deleting an organization or a user leaves their entries unchanged: the digests cover the ids, and a
log that ends with the deletion of an account would be useless. So the foreign keys have no
constraint, and an entry stores the actor's name as well as the actor.
"""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class AuditEntry(models.Model):
    """Who did what to which object of an organization, or (`org` None) of the platform.

    Written only by `accounts.audit.trail.append`, never changed or deleted: the database
    refuses both.
    """

    org = models.ForeignKey(
        "accounts.Organization",
        models.DO_NOTHING,
        null=True,
        blank=True,
        db_constraint=False,
        related_name="audit_entries",
    )
    sequence = models.PositiveBigIntegerField()  # in its chain, from 1
    actor = models.ForeignKey(
        "accounts.User", models.DO_NOTHING, null=True, blank=True, db_constraint=False
    )
    actor_name = models.CharField(max_length=254, blank=True)  # the address at the time
    action = models.CharField(max_length=60)
    target = models.CharField(max_length=120, blank=True)
    # Set when an operator did it by impersonation.
    impersonation = models.ForeignKey(
        "accounts.Impersonation",
        models.DO_NOTHING,
        null=True,
        blank=True,
        db_constraint=False,
        related_name="audit_entries",
    )
    at = models.DateTimeField()
    digest = models.CharField(max_length=64)  # see `accounts.audit.trail.digest_of`

    class Meta:
        ordering: ClassVar = ["-at", "-pk"]
        verbose_name_plural = "audit entries"
        indexes: ClassVar = [models.Index(fields=["org", "-id"], name="audit_of_org")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["org", "sequence"], name="one_entry_at_a_place"),
            models.UniqueConstraint(
                fields=["sequence"],
                condition=models.Q(org=None),
                name="one_entry_of_the_platform_at_a_place",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.target}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write a new entry. Raises TypeError for one that exists."""
        if self.pk is not None:
            raise TypeError("An audit entry is never changed")
        super().save(*args, **kwargs)

    def delete(self, *_args: Any, **_kwargs: Any) -> tuple[int, dict[str, int]]:
        """Raises TypeError: entries are never deleted."""
        raise TypeError("An audit entry is never deleted")


class AuditChain(models.Model):
    """The head of a chain: how many entries it has, and the digest of the last one."""

    # The organization's id, or 0 for the platform: the chain outlives its organization.
    chain = models.BigIntegerField(primary_key=True)
    length = models.PositiveBigIntegerField(default=0)
    digest = models.CharField(max_length=64, blank=True)

    def __str__(self) -> str:
        return f"{self.length} entries of {self.chain or 'the platform'}"


class AuditTally(models.Model):
    """How often one user did the same on a day, so that not every repeat needs an entry."""

    org = models.ForeignKey("accounts.Organization", models.CASCADE, related_name="+")
    person = models.BigIntegerField(default=0)  # the actor's id; 0: a command or the system
    action = models.CharField(max_length=60)
    about = models.CharField(max_length=120, blank=True)  # what is counted
    day = models.DateField()  # UTC
    count = models.PositiveIntegerField(default=1)
    entries = models.PositiveIntegerField(default=1)  # how many of them may have one

    class Meta:
        verbose_name_plural = "audit tallies"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["org", "person", "action", "about", "day"], name="one_tally_a_day"
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.action} {self.about}: {self.count}"


class AuditCheck(models.Model):
    """A check of all chains; faults: `{"chain", "sequence", "what"}`, the first ones."""

    at = models.DateTimeField()  # when it began
    entries = models.PositiveBigIntegerField()
    chains = models.PositiveBigIntegerField()
    fault_count = models.PositiveBigIntegerField()
    faults = models.JSONField(default=list)
    # Where it is continued (`accounts.audit.check.Place`); None when it is complete.
    place = models.JSONField(null=True, blank=True, default=None)

    class Meta:
        ordering: ClassVar = ["-pk"]
        verbose_name = _("audit log check")

    def __str__(self) -> str:
        return f"{self.at}: {self.fault_count} faults in {self.entries} entries"
