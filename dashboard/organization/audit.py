"""The audit log: who did what, newest first, paged by key."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.members.access import member_required
from accounts.models import AuditEntry
from accounts.permissions import MANAGE_ORGANIZATION
from dashboard.bounded_fields import row_number
from dashboard.pages import MemberRequest, render_page

PAGE_SIZE: Final = 50
# What an action's name begins with, and what it is about.
SUBJECTS: Final[Mapping[str, Promise]] = {
    "account_sid": _("Twilio account"),
    "agent": _("Agents"),
    "billing": _("Billing"),
    "call": _("Calls"),
    "call_rules": _("Call limits"),
    "caller": _("Callers"),
    "export": _("Exports"),
    "facts": _("Facts"),
    "documents": _("Documents"),
    "host_secret": _("Secrets of tools"),
    "hook": _("Outgoing webhooks"),
    "impersonation": _("Impersonation"),
    "invoice": _("Invoices"),
    "key": _("API keys"),
    "member": _("Team"),
    "message": _("Messages"),
    "number": _("Numbers"),
    "organization": _("Organization"),
    "process": _("Media processes"),
    "question": _("Unanswered questions"),
    "quota": _("Plan and quota"),
    "record": _("Rejected records"),
    "recording": _("Recordings"),
    "rights": _("Platform rights"),
    "saved_test": _("Saved tests"),
    "secret": _("Credentials"),
    "tool": _("Tools"),
    "transcript": _("Transcript access"),
}
# In the log of the platform alone, so the page of an organization does not offer them.
OF_THE_PLATFORM: Final = frozenset({"process", "rights"})
ACTIONS: Final[Mapping[str, Promise]] = {
    "account_sid.changed": _("changed the Twilio account"),
    "account_sid.learned": _("detected the Twilio account"),
    "agent.archived": _("archived an agent"),
    "agent.changed": _("changed an agent"),
    "agent.created": _("created an agent"),
    "agent.draft_discarded": _("discarded a draft"),
    "agent.draft_restored": _("restored a discarded draft"),
    "agent.draft_saved": _("saved a draft"),
    "agent.duplicated": _("duplicated an agent"),
    "agent.exported": _("exported an agent"),
    "agent.imported": _("imported an agent"),
    "agent.number_added": _("added a number that callers can be put through to"),
    "agent.published": _("published a version"),
    "agent.recipient_added": _("added a recipient of callers’ messages"),
    "agent.restored": _("restored an archived agent"),
    "agent.rolled_back": _("restored a version"),
    "agent.set_aside": _("skipped an agent that took too long to prepare"),
    "agent.voice_forgotten": _("regenerated an agent’s prepared speech"),
    "billing.changed": _("changed the billing address"),
    "billing.stripe_changed": _("changed the Stripe customer"),
    "call.hung_up": _("hung up a call"),
    "call.listened": _("listened to a live call"),
    "call.noted": _("gave an agent a note during a call"),
    "call.said": _("had an agent say something during a call"),
    "call.taken_over": _("took over a call"),
    "call.not_taken_over": _("couldn’t take over the call"),
    "call.note_added": _("added a note to a call"),
    "call.note_removed": _("removed a note from a call"),
    "call.shared": _("created a link to a call"),
    "call.tagged": _("tagged a call"),
    "call.transcripts_deleted": _("deleted old transcripts"),
    "call.unshared": _("revoked a link to a call"),
    "call.untagged": _("removed a tag from a call"),
    "caller.erased": _("erased a caller’s data"),
    "caller.exported": _("downloaded a caller’s data"),
    "export.calls": _("downloaded the call list"),
    "export.events": _("downloaded a call’s events"),
    "export.invoice": _("downloaded an invoice"),
    "export.ledger": _("downloaded the ledger"),
    "export.statement": _("downloaded a statement"),
    "export.usage": _("downloaded the usage"),
    "host_secret.cleared": _("removed a secret of tools"),
    "host_secret.stored": _("saved a secret of tools"),
    "hook.added": _("added a webhook"),
    "hook.changed": _("changed a webhook"),
    "hook.paused": _("paused a webhook"),
    "hook.redirected": _("changed the address of a webhook"),
    "hook.removed": _("removed a webhook"),
    "hook.resumed": _("switched a webhook on"),
    "hook.revealed": _("viewed a webhook’s secret"),
    "hook.rotated": _("rotated a webhook’s secret"),
    "hook.sent_again": _("sent webhook deliveries again"),
    "hook.switched_off": _("switched a webhook off"),
    "hook.tested": _("tested a webhook"),
    "impersonation.began": _("started impersonating the organization"),
    "impersonation.ended": _("stopped impersonating the organization"),
    "invoice.cancelled": _("cancelled an invoice"),
    "invoice.issued": _("issued an invoice"),
    "key.issued": _("created a key"),
    "key.labelled": _("renamed a key"),
    "key.revealed": _("viewed a key"),
    "key.revoked": _("revoked a key"),
    "key.rotated": _("rotated a key"),
    "member.added": _("added a teammate"),
    "member.invited": _("invited a teammate"),
    "member.joined": _("joined the team"),
    "member.removed": _("removed a teammate"),
    "member.role_changed": _("changed a role"),
    "member.uninvited": _("revoked an invitation"),
    "message.assigned": _("assigned a message"),
    "message.done": _("marked a message done"),
    "message.reopened": _("reopened a message"),
    "number.pointed": _("connected a phone number to an agent"),
    "number.bought": _("bought a phone number"),
    "number.released": _("gave a phone number back"),
    "organization.changed": _("changed the organization’s settings"),
    "organization.created": _("created the organization"),
    "organization.resumed": _("resumed the organization"),
    "organization.suspended": _("suspended the organization"),
    "organization.proven": _("verified the organization"),
    "process.drained": _("told a media process to drain"),
    "process.kept": _("withdrew an order to drain"),
    "question.added": _("answered a question with a fact"),
    "facts.imported": _("imported facts into the draft"),
    "facts.page_read": _("read a web page for facts"),
    "facts.site_read": _("read a website for facts"),
    "documents.imported": _("imported documents into the draft"),
    "question.dismissed": _("dismissed a question"),
    "quota.changed": _("changed the plan or quota"),
    "call_rules.changed": _("changed call limits"),
    "record.discarded": _("discarded a rejected record"),
    "record.sent_again": _("stored a rejected record"),
    "recording.deleted": _("deleted a recording"),
    "recording.heard": _("listened to a recording"),
    "rights.changed": _("changed platform rights"),
    "saved_test.changed": _("changed a saved test"),
    "saved_test.created": _("saved a test"),
    "saved_test.deleted": _("deleted a saved test"),
    "saved_test.run": _("ran an agent’s saved tests"),
    "secret.cleared": _("removed a credential"),
    "secret.stored": _("saved a credential"),
    "tool.changed": _("changed a tool"),
    "tool.created": _("created a tool"),
    "tool.deleted": _("deleted a tool"),
    "tool.listed": _("listed the tools of an MCP server"),
    "tool.redirected": _("changed the address of a tool"),
    "tool.tried": _("tried a tool"),
    "transcript.messages": _("read messages"),
    "transcript.questions": _("read unanswered questions"),
    "transcript.read": _("read a transcript"),
}


# Read day by day and call by call, transcripts would push everything else off the first page.
READING: Final = "transcript."
EVERYTHING: Final = "everything"


@require_safe
@member_required(MANAGE_ORGANIZATION)
def audit(request: MemberRequest, org_id: str) -> HttpResponse:
    """A page of entries of the subject `?about=`; without one all but READING."""
    subject = request.GET.get("about", "")
    subject = subject if subject in SUBJECTS or subject == EVERYTHING else ""
    entries = AuditEntry.objects.filter(org=request.org)
    if subject in SUBJECTS:
        entries = entries.filter(action__startswith=f"{subject}.")
    elif not subject:
        entries = entries.exclude(action__startswith=READING)
    home = reverse("dashboard:audit", args=[org_id])
    offered = [each for each in SUBJECTS.items() if each[0] not in OF_THE_PLATFORM]
    context: dict[str, Any] = {"subjects": offered, "subject": subject}
    context |= entries_page(entries, request.GET, home=home, about=subject)
    return render_page(request, "audit.html", context)


def entries_page(
    entries: QuerySet[AuditEntry], query: QueryDict, *, home: str, about: str = ""
) -> dict[str, Any]:
    """The context of `_audit_entries.html`; `before` in `query` is the end of the previous page.

    home: the page's URL; about: its filter, for the URLs of further pages.
    """
    before = row_number(query.get("before", ""))
    is_first = before is None
    if before is not None:
        entries = entries.filter(pk__lt=before)
    found = list(entries.order_by("-pk")[: PAGE_SIZE + 1])
    page = found[:PAGE_SIZE]
    return {
        "entries": [(entry, ACTIONS.get(entry.action, entry.action)) for entry in page],
        "newest_url": "" if is_first else f"{home}?{urlencode({'about': about})}",
        "older_url": f"{home}?{urlencode({'about': about, 'before': page[-1].pk})}"
        if len(found) > PAGE_SIZE
        else "",
    }
