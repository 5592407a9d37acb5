"""The log of webhook attempts, and the outbox."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.admin.base import BY_ORG, ReadOnlyPage, operator
from usage.admin.calls import BY_ORG_OF_CALL
from usage.meters.sending import let_run_again
from usage.models import (
    CallAnalysis,
    CallNote,
    CallShare,
    CallTag,
    DeadLetter,
    Erasure,
    HookDelivery,
    HookEndpoint,
    Message,
    MissedNotice,
    Outbox,
    Transfer,
    UnansweredQuestion,
    WebhookAttempt,
)
from usage.outbox import rows
from usage.outbox.kinds import subject_of


@admin.register(WebhookAttempt)
class WebhookAttemptPage(ReadOnlyPage):
    """What became of each request at the voice webhook."""

    list_display = ("at", "org", "outcome", "reason", "detail", "call_sid")
    list_select_related = ("org",)
    list_filter = (BY_ORG, "outcome", "reason")
    search_fields = ("call_sid", "org__name")
    date_hierarchy = "at"


@admin.register(Outbox)
class OutboxPage(ReadOnlyPage):
    """Side effects to come, done, or given up after many attempts."""

    actions = ("run_again",)
    list_display = (
        "kind",
        "call",
        "notice",
        "missed",
        "hook",
        "endpoint",
        "due_at",
        "done_at",
        "dead_at",
        "attempts",
        "last_error",
    )
    list_select_related = ("call", "notice__org", "missed__org", "hook", "endpoint")
    list_filter = (
        "kind",
        ("done_at", admin.EmptyFieldListFilter),
        ("dead_at", admin.EmptyFieldListFilter),
    )
    search_fields = ("call__carrier_call_id", "last_error")
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-pk")

    @admin.action(description=_("Run selected again"), permissions=["run"])
    def run_again(self, request: HttpRequest, queryset: Any) -> None:
        """Do their work again; calls that are settled do not change, nor is a mail sent twice.

        Webhooks are for their organization to send again.
        """
        for row in queryset.exclude(kind=Outbox.Kind.SEND_WEBHOOK):
            if row.kind == Outbox.Kind.REPORT_METER:
                let_run_again(subject_of(row))
            rows.rearm(row.kind, subject_of(row), now=timezone.now())
        messages.success(request, "The selected rows will run again")

    def has_run_permission(self, request: HttpRequest) -> bool:
        """Those who may change the outbox by their rights, though the page changes no row."""
        return operator(request).has_perm("usage.change_outbox")


@admin.register(DeadLetter)
class DeadLetterPage(ReadOnlyPage):
    """Records of calls that the database refused; the operator's pages decide on them."""

    # Not the record itself: it may hold what callers said.
    fields = ("org", "call", "kind", "about", "error", "tries", "created_at", "tried_at", "count")
    list_display = ("kind", "about", "call", "tries", "tried_at", "error")
    list_select_related = ("call",)
    list_filter = (BY_ORG_OF_CALL, "kind")
    search_fields = ("call__carrier_call_id",)
    date_hierarchy = "created_at"


@admin.register(MissedNotice)
class MissedNoticePage(ReadOnlyPage):
    """Mails to owners about callers who were not answered."""

    list_display = ("day", "org", "cause", "detail", "created_at", "sent_at")
    list_select_related = ("org",)
    list_filter = (BY_ORG, "cause", ("sent_at", admin.EmptyFieldListFilter))
    search_fields = ("org__name", "cause")
    date_hierarchy = "day"


@admin.register(Message)
class MessagePage(ReadOnlyPage):
    """Messages that callers left: whether they were mailed and done, and nothing that was said."""

    list_display = ("call", "state", "is_urgent", "taken_at", "mailed_at", "done_at")
    list_select_related = ("call",)
    list_filter = (BY_ORG_OF_CALL, "state", ("mailed_at", admin.EmptyFieldListFilter))
    search_fields = ("call__carrier_call_id",)
    date_hierarchy = "taken_at"
    fields = (
        "call",
        "state",
        "is_urgent",
        "assignee",
        "taken_at",
        "mailed_at",
        "done_at",
        "done_by",
    )


@admin.register(CallAnalysis)
class CallAnalysisPage(ReadOnlyPage):
    """Analyses of calls: outcome, attempts and tokens, without words."""

    list_display = ("call", "outcome", "author", "tries", "tokens_in", "tokens_out", "made_at")
    list_select_related = ("call",)
    list_filter = (BY_ORG_OF_CALL, "outcome", "author")
    search_fields = ("call__carrier_call_id",)
    date_hierarchy = "made_at"
    fields = (
        "call",
        "outcome",
        "author",
        "language",
        "tries",
        "tokens_in",
        "tokens_out",
        "made_at",
    )


@admin.register(CallTag)
class CallTagPage(ReadOnlyPage):
    """By what members sort their calls."""

    list_display = ("name", "call", "created_by", "created_at")
    list_select_related = ("call", "created_by")
    list_filter = (BY_ORG_OF_CALL,)
    search_fields = ("call__carrier_call_id", "name")
    date_hierarchy = "created_at"


@admin.register(CallNote)
class CallNotePage(ReadOnlyPage):
    """Notes of members on calls: who wrote one and when, and not what."""

    list_display = ("call", "author", "created_at")
    list_select_related = ("call", "author")
    list_filter = (BY_ORG_OF_CALL,)
    search_fields = ("call__carrier_call_id",)
    date_hierarchy = "created_at"
    fields = ("call", "author", "created_at")


@admin.register(Transfer)
class TransferPage(ReadOnlyPage):
    """Callers who were put through, and what became of it."""

    exclude = ("briefing",)  # words of the call
    list_display = ("call", "number", "target", "result", "seconds", "began_at", "ended_at")
    list_select_related = ("call",)
    list_filter = (BY_ORG_OF_CALL, "result")
    search_fields = ("call__carrier_call_id", "target")
    date_hierarchy = "began_at"


@admin.register(UnansweredQuestion)
class UnansweredQuestionPage(ReadOnlyPage):
    """Questions that agents did not know: of which call, and what became of them; not what."""

    list_display = ("call", "agent", "asked_at", "state", "handled_by", "handled_at")
    list_select_related = ("call", "agent", "handled_by")
    list_filter = (BY_ORG_OF_CALL, "state")
    search_fields = ("call__carrier_call_id",)
    date_hierarchy = "asked_at"
    fields = ("call", "agent", "number", "asked_at", "state", "handled_by", "handled_at")


@admin.register(HookEndpoint)
class HookEndpointPage(ReadOnlyPage):
    """Where organizations have events sent to, without address and secret."""

    exclude = ("ciphertext",)
    list_display = ("public_id", "org", "target", "shown_url", "state", "failures", "served_at")
    list_select_related = ("org",)
    list_filter = (BY_ORG, "state", "target")
    search_fields = ("public_id", "org__name")


@admin.register(HookDelivery)
class HookDeliveryPage(ReadOnlyPage):
    """Deliveries of outgoing webhooks, without their bodies."""

    exclude = ("body", "answer")
    list_display = ("created_at", "org", "endpoint", "event", "state", "attempts", "status")
    list_select_related = ("org", "endpoint")
    list_filter = (BY_ORG, "state", "event")
    search_fields = ("message_id",)
    date_hierarchy = "created_at"


@admin.register(CallShare)
class CallSharePage(ReadOnlyPage):
    """Links to calls for people without an account; the link itself is not stored."""

    list_display = ("call", "created_by", "created_at", "expires_at", "revoked_at", "opened_count")
    list_select_related = ("call", "created_by")
    list_filter = (BY_ORG_OF_CALL, "has_recording", ("revoked_at", admin.EmptyFieldListFilter))
    search_fields = ("call__carrier_call_id",)
    date_hierarchy = "created_at"
    exclude = ("digest",)


@admin.register(Erasure)
class ErasurePage(ReadOnlyPage):
    """Callers of whom an organization had everything deleted."""

    exclude = ("caller_digest",)  # enough to try numbers with, given the key of digests
    list_display = ("asked_at", "org", "asked_by", "calls", "turns", "recordings", "done_at")
    list_select_related = ("org", "asked_by")
    list_filter = (BY_ORG, ("done_at", admin.EmptyFieldListFilter))
    search_fields = ("org__name",)
    date_hierarchy = "asked_at"
