"""The audit log with its chains, tallies and checks, read-only."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.admin.base import BY_ORG, ReadOnlyPage
from accounts.audit.models import AuditChain, AuditCheck, AuditTally
from accounts.models import AuditEntry


@admin.register(AuditEntry)
class AuditEntryPage(ReadOnlyPage):
    """Audit entries: who did what."""

    list_display = ("at", "org", "actor_name", "action", "target", "impersonation")
    list_select_related = ("org", "impersonation__operator", "impersonation__org")
    list_filter = (BY_ORG, "action")
    search_fields = ("target", "actor_name", "org__name")
    date_hierarchy = "at"
    fields = ("at", "org", "actor_name", "action", "target", "sequence", "digest")


@admin.register(AuditChain)
class AuditChainPage(ReadOnlyPage):
    """Where each chain ends; its number is the organization's, 0 the platform's."""

    list_display = ("chain", "length", "digest")
    search_fields = ("chain", "digest")
    fields = ("chain", "length", "digest")


@admin.register(AuditTally)
class AuditTallyPage(ReadOnlyPage):
    """Actions that were only counted today, without an entry each time."""

    list_display = ("day", "org", "person", "action", "about", "count")
    list_select_related = ("org",)
    list_filter = (BY_ORG, "action")
    search_fields = ("action", "about", "org__name")
    date_hierarchy = "day"
    fields = ("day", "org", "person", "action", "about", "count", "entries")


@admin.register(AuditCheck)
class AuditCheckPage(ReadOnlyPage):
    """What each nightly check found."""

    list_display = ("at", "entries", "chains", "fault_count", "is_complete")
    search_fields = ("fault_count",)
    date_hierarchy = "at"
    fields = ("at", "entries", "chains", "fault_count", "faults")

    @admin.display(boolean=True, description=_("Complete"))
    def is_complete(self, check: AuditCheck) -> bool:
        """Whether every chain was followed to its end."""
        return check.place is None
